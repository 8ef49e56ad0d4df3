// The only file that knows Node-API: a handful of entries, declared once for TypeScript in
// lib/sink/native.ts. Bytes cross here, not objects.
//
// One Environment per JavaScript thread (main or worker) that loads the addon. It owns the logs
// that the thread has opened and closes what is left of them in its cleanup hook; process.exit()
// runs no such hook, and then the registry's exit handler does it.
#include <napi.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clock.h"
#include "record.h"
#include "ring.h"
#include "writer.h"

namespace dllogger {
namespace {

class Environment : public Napi::Addon<Environment> {
 public:
  Environment(Napi::Env env, Napi::Object exports);

 private:
  Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value WaitForRoom(const Napi::CallbackInfo& info);
  Napi::Value WriteThrough(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Wake(const Napi::CallbackInfo& info);
  static napi_value StampNow(napi_env env, napi_callback_info info);
  static napi_value Commit(napi_env env, napi_callback_info info);
  static Environment* Of(napi_env env, napi_callback_info info);

  // The log that the call's first argument names; empty once it is closed.
  std::shared_ptr<Writer> LogOf(const Napi::CallbackInfo& info) const;

  // What stamp() and commit() are told and tell, as the elements of an array: no argument costs as
  // little.
  struct Exchange {
    RecordTimes times;
    double second;  // of the wall clock, in microseconds, for which the next holds
    double utc_offset;
    double log;
  };
  // Turns the start in `elapsed` into the time since.
  void Stamp(RecordTimes* times) {
    const Clock::Stamp now = clock_.Now();
    *times = {static_cast<double>(now.wall), static_cast<double>(now.monotonic) - times->elapsed};
  }

  std::vector<std::shared_ptr<Writer>> logs_;  // by number; empty where one is closed
  Clock clock_;
  Exchange* exchange_ = nullptr;
  Napi::Reference<Napi::ArrayBuffer> exchange_memory_;
};

// What TypeScript gets for a Fault: undefined for none.
Napi::Value ToValue(Napi::Env env, const Fault& fault) {
  if (!fault) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object["errno"] = fault.error;
  object["syscall"] = fault.call;
  return object;
}

std::uint32_t Uint32Of(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Uint32Value() : 0;
}

bool BooleanOf(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsBoolean() && info[index].As<Napi::Boolean>().Value();
}

// How long a call of JavaScript's may wait before JavaScript repeats it: in between the engine can
// end the thread, as it must when a worker is to end while its log hangs.
Writer::Clock::time_point Slice() {
  return Writer::Clock::now() + std::chrono::milliseconds(100);
}

// The wire format, for the encoder.
Napi::Object Format(Napi::Env env) {
  Napi::Object format = Napi::Object::New(env);
  const auto set = [&](const char* name, std::uint64_t value) {
    format[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  set("headOffset", offsetof(RingControl, head));
  set("consumerOffset", offsetof(RingControl, consumer));
  set("tailOffset", offsetof(RingControl, tail));
  set("dataOffset", Ring::kDataOffset);
  set("capacity", Ring::kCapacity);
  set("maxRecord", Ring::kMaxRecord);
  set("headerSize", sizeof(RecordHeader));
  set("alignment", kRecordAlignment);
  set("awake", static_cast<std::uint32_t>(Consumer::kAwake));
  set("stillWaiting", Writer::kStillWaiting);
  set("asleep", static_cast<std::uint32_t>(Consumer::kAsleep));
  set("kindPad", static_cast<std::uint32_t>(Kind::kPad));
  set("kindShape", static_cast<std::uint32_t>(Kind::kShape));
  set("kindLog", static_cast<std::uint32_t>(Kind::kLog));
  set("kindMetadata", static_cast<std::uint32_t>(Kind::kMetadata));
  set("tagNull", kTagBase + static_cast<std::uint32_t>(Tag::kNull));
  set("tagFalse", kTagBase + static_cast<std::uint32_t>(Tag::kFalse));
  set("tagTrue", kTagBase + static_cast<std::uint32_t>(Tag::kTrue));
  set("tagNan", kTagBase + static_cast<std::uint32_t>(Tag::kNan));
  set("tagFloat", kTagBase + static_cast<std::uint32_t>(Tag::kFloat));
  set("tagInteger", kTagBase + static_cast<std::uint32_t>(Tag::kInteger));
  set("tagLatin1", kTagBase + static_cast<std::uint32_t>(Tag::kLatin1));
  set("tagUtf16", kTagBase + static_cast<std::uint32_t>(Tag::kUtf16));
  set("tagArray", kTagBase + static_cast<std::uint32_t>(Tag::kArray));
  set("tagObject", kTagBase + static_cast<std::uint32_t>(Tag::kObject));
  set("tagFloats", kTagBase + static_cast<std::uint32_t>(Tag::kFloats));
  return format;
}

Environment::Environment(Napi::Env env, Napi::Object exports) {
  Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, sizeof(Exchange));
  exchange_ = static_cast<Exchange*>(memory.Data());
  *exchange_ = {{NAN, 0}, NAN, 0, 0};
  exchange_memory_ = Napi::Persistent(memory);
  // Raw Node-API, since one of them runs for every record.
  const auto function = [&](const char* name, napi_callback callback) {
    napi_value value = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, this, &value);
    return InstanceValue(name, Napi::Value(env, value));
  };
  DefineAddon(exports,
              {
                  InstanceValue("version", Napi::String::New(env, DLLOGGER_VERSION)),
                  InstanceValue("format", Format(env)),
                  InstanceValue("times", Napi::Float64Array::New(
                                             env, sizeof(Exchange) / sizeof(double), memory, 0)),
                  function("stamp", StampNow),
                  function("commit", Commit),
                  InstanceMethod("open", &Environment::Open),
                  InstanceMethod("wake", &Environment::Wake),
                  InstanceMethod("waitForRoom", &Environment::WaitForRoom),
                  InstanceMethod("writeThrough", &Environment::WriteThrough),
                  InstanceMethod("flush", &Environment::Flush),
                  InstanceMethod("close", &Environment::Close),
              });
  env.AddCleanupHook([this] {
    const auto deadline = Writer::Clock::now() + Writer::kExitGrace;
    for (const auto& log : logs_) {
      if (log) log->CloseAtExit(deadline);
    }
    logs_.clear();
  });
}

Environment* Environment::Of(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return static_cast<Environment*>(data);
}

// stamp(): tells both clocks
napi_value Environment::StampNow(napi_env env, napi_callback_info info) {
  if (auto* self = Of(env, info)) self->Stamp(&self->exchange_->times);
  return nullptr;
}

// commit() -> true when the UTC offset that it was told is of another second than the record
napi_value Environment::Commit(napi_env env, napi_callback_info info) {
  auto* self = Of(env, info);
  if (self == nullptr) return nullptr;
  Exchange& exchange = *self->exchange_;
  const auto log = static_cast<std::size_t>(exchange.log);
  if (log >= self->logs_.size() || !self->logs_[log]) return nullptr;
  Writer& writer = *self->logs_[log];
  Ring& ring = writer.ProducerRing();
  RecordTimes times;
  if (!ring.LoadTimes(&times)) return nullptr;
  if (std::isnan(times.wall)) {
    self->Stamp(&times);
    ring.StoreTimes(times);
  }
  exchange.times = times;
  if (!(times.wall >= exchange.second && times.wall < exchange.second + 1e6)) {
    napi_value anew = nullptr;
    napi_get_boolean(env, true, &anew);
    return anew;
  }
  ring.Commit(static_cast<std::int32_t>(exchange.utc_offset));
  if (ring.ConsumerState() == Consumer::kAsleep) writer.Wake();
  return nullptr;
}

// open(path, append, nonFiniteNull) -> { log, memory } or { errno, syscall, holder }
Napi::Value Environment::Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Writer::Options options;
  if (info[0].IsString()) options.path = info[0].As<Napi::String>().Utf8Value();
  options.mode = BooleanOf(info, 1) ? LogFile::Mode::kAppend : LogFile::Mode::kTruncate;
  options.non_finite = BooleanOf(info, 2) ? NonFinite::kNull : NonFinite::kLiteral;
  const Writer::Opened opened = Writer::Open(options);
  if (opened.fault) {
    Napi::Value fault = ToValue(env, opened.fault);
    if (opened.holder != -1) {
      fault.As<Napi::Object>()["holder"] =
          Napi::Number::New(env, static_cast<double>(opened.holder));
    }
    return fault;
  }
  // The buffer holds the memory too: JavaScript may keep it beyond the log.
  auto owner = std::make_unique<std::shared_ptr<void>>(opened.writer->Memory());
  napi_value memory = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, owner->get(), Ring::kMemorySize,
      [](napi_env, void*, void* hint) {
        const std::unique_ptr<std::shared_ptr<void>> released(
            static_cast<std::shared_ptr<void>*>(hint));
      },
      owner.get(), &memory);
  if (status != napi_ok) {
    static_cast<void>(opened.writer->Close());
    return ToValue(env, {ENOTSUP, "napi_create_external_arraybuffer"});
  }
  static_cast<void>(owner.release());
  auto free = std::find(logs_.begin(), logs_.end(), nullptr);
  if (free == logs_.end()) free = logs_.emplace(free);
  *free = opened.writer;
  Napi::Object result = Napi::Object::New(env);
  result["log"] = Napi::Number::New(env, static_cast<double>(free - logs_.begin()));
  result["memory"] = Napi::Value(env, memory);
  return result;
}

std::shared_ptr<Writer> Environment::LogOf(const Napi::CallbackInfo& info) const {
  const std::uint32_t log = Uint32Of(info, 0);
  return log < logs_.size() ? logs_[log] : nullptr;
}

// wake(log)
Napi::Value Environment::Wake(const Napi::CallbackInfo& info) {
  if (const auto log = LogOf(info)) log->Wake();
  return info.Env().Undefined();
}

// waitForRoom(log, position) -> fault
Napi::Value Environment::WaitForRoom(const Napi::CallbackInfo& info) {
  const auto log = LogOf(info);
  return ToValue(info.Env(), log ? log->WaitForRoom(Uint32Of(info, 1), Slice()) : Fault{});
}

// writeThrough(log, ...parts: Uint8Array[]) -> fault
Napi::Value Environment::WriteThrough(const Napi::CallbackInfo& info) {
  const auto log = LogOf(info);
  std::vector<Writer::Bytes> parts;
  for (std::size_t i = 1; i < info.Length(); ++i) {
    if (!info[i].IsTypedArray()) continue;
    const auto bytes = info[i].As<Napi::Uint8Array>();
    parts.push_back({bytes.Data(), bytes.ByteLength()});
  }
  return ToValue(info.Env(), log ? log->WriteThrough(parts, Slice()) : Fault{});
}

// flush(log, position, sync) -> fault
Napi::Value Environment::Flush(const Napi::CallbackInfo& info) {
  const auto log = LogOf(info);
  Fault fault;
  if (log) fault = log->Flush(Uint32Of(info, 1), Slice());
  if (log && !fault && BooleanOf(info, 2)) fault = log->Sync();
  return ToValue(info.Env(), fault);
}

// close(log) -> fault
Napi::Value Environment::Close(const Napi::CallbackInfo& info) {
  const auto log = LogOf(info);
  const Fault fault = log ? log->Close(Slice()) : Fault{};
  if (log && !fault) logs_[Uint32Of(info, 0)].reset();
  return ToValue(info.Env(), fault);
}

}  // namespace

NODE_API_ADDON(Environment)

}  // namespace dllogger
