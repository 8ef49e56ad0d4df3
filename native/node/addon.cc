// The only file that knows Node-API: a handful of entries, declared once for TypeScript in
// lib/sink/native.ts. Bytes cross here, not objects.
//
// One Environment per JavaScript thread (main or worker) that loads the addon. It owns the logs
// that the thread has opened and closes those still open in its cleanup hook; process.exit() runs
// no such hook, and then the registry's exit handler does it.
#include <napi.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/recover.h"
#include "node/addon_values.h"
#include "node/call_block.h"
#include "node/clock.h"
#include "node/ring_memory.h"
#include "node/sole_log.h"
#include "ring/ring_producer.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

class Environment : public Napi::Addon<Environment> {
 public:
  Environment(Napi::Env env, Napi::Object exports);

 private:
  Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value Prepare(const Napi::CallbackInfo& info);
  Napi::Value WaitForRoom(const Napi::CallbackInfo& info);
  Napi::Value WriteOversized(const Napi::CallbackInfo& info);
  Napi::Value PutOverflow(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Reopen(const Napi::CallbackInfo& info);
  Napi::Value Stats(const Napi::CallbackInfo& info);
  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Recover(const Napi::CallbackInfo& info);
  Napi::Value Missing(const Napi::CallbackInfo& info);
  static napi_value StampNow(napi_env env, napi_callback_info info);
  template <Answer (CallBlock::*kCommit)(Clock*, RingProducer*)>
  static napi_value Commit(napi_env env, napi_callback_info info);

  // Lives as long as the thread, since functions that JavaScript has refer to it.
  struct Log {
    Environment* environment;
    std::shared_ptr<Writer> writer;  // empty once it is closed
    RingMemory memory;
    std::optional<RingProducer> producer;  // while there is a writer
  };
  // The log that the call's first argument names; null for none.
  Log* LogOf(const Napi::CallbackInfo& info) const;
  // The writer of that log; empty once the log is closed.
  std::shared_ptr<Writer> WriterOf(const Napi::CallbackInfo& info) const;

  // A fault on its way from a writer thread to JavaScript.
  struct Notice {
    std::size_t log;
    Fault fault;
  };
  void OpenNotices(Napi::Env env);
  static void Tell(napi_env env, napi_value function, void* context, void* data);
  void End();

  std::vector<std::unique_ptr<Log>> logs_;  // by number
  SoleLog::User user_;
  Napi::FunctionReference listener_;
  napi_threadsafe_function notices_ = nullptr;
  Clock clock_;
  CallBlock* call_block_ = nullptr;
  Napi::Reference<Napi::ArrayBuffer> call_block_memory_;
};

// How long a call of JavaScript's may wait before JavaScript repeats it: in between the engine can
// end the thread, as it must when a worker is to end while its log hangs.
Writer::Clock::time_point Slice() {
  return Writer::Clock::now() + std::chrono::milliseconds(100);
}

// Makes a function without node-addon-api, since some functions run for every record.
Napi::Value RawFunction(Napi::Env env, napi_callback callback, void* data) {
  napi_value function = nullptr;
  napi_create_function(env, nullptr, 0, callback, data, &function);
  return {env, function};
}

template <typename T>
T* DataOf(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return static_cast<T*>(data);
}

Environment::Environment(Napi::Env env, Napi::Object exports) {
  Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, sizeof(CallBlock));
  // While a worker is being ended, Node-API returns empty values; no JavaScript will run to notice.
  if (memory.IsEmpty()) return;
  call_block_ = static_cast<CallBlock*>(memory.Data());
  *call_block_ = CallBlock{};
  call_block_memory_ = Napi::Persistent(memory);
  DefineAddon(
      exports,
      {
          InstanceValue("version", Napi::String::New(env, DLLOGGER_VERSION)),
          InstanceValue("format", Format(env)),
          InstanceValue("hasExternalBuffers", Napi::Boolean::New(env, HasExternalBuffers(env))),
          InstanceValue("callBlock",
                        Napi::Float64Array::New(env, offsetof(CallBlock, numbers) / sizeof(double),
                                                memory, 0)),
          InstanceValue("numbers", Napi::Float64Array::New(env, std::size(CallBlock{}.numbers),
                                                           memory, offsetof(CallBlock, numbers))),
          InstanceValue("stamp", RawFunction(env, StampNow, this)),
          InstanceMethod("open", &Environment::Open),
          InstanceMethod("prepare", &Environment::Prepare),
          InstanceMethod("waitForRoom", &Environment::WaitForRoom),
          InstanceMethod("writeOversized", &Environment::WriteOversized),
          InstanceMethod("putOverflow", &Environment::PutOverflow),
          InstanceMethod("flush", &Environment::Flush),
          InstanceMethod("reopen", &Environment::Reopen),
          InstanceMethod("stats", &Environment::Stats),
          InstanceMethod("listen", &Environment::Listen),
          InstanceMethod("close", &Environment::Close),
          InstanceMethod("recover", &Environment::Recover),
          InstanceMethod("missing", &Environment::Missing),
      });
  OpenNotices(env);
  // Hooks run in the opposite order: this one before that which ends the notices.
  env.AddCleanupHook([this] { End(); });
}

void Environment::End() {
  for (const auto& log : logs_) {
    if (log->writer) log->writer->Mute();
  }
  if (notices_ != nullptr) napi_release_threadsafe_function(notices_, napi_tsfn_abort);
  const auto deadline = Writer::Clock::now() + Writer::kExitGrace;
  // All at once: a failing log must not use up the time of the logs after it.
  for (const auto& log : logs_) {
    if (log->writer) log->writer->BeginClosing();
  }
  for (const auto& log : logs_) {
    if (log->writer) log->writer->CloseAtExit(deadline);
    log->producer.reset();
    log->writer.reset();
  }
}

void Environment::OpenNotices(Napi::Env env) {
  const Napi::String name = Napi::String::New(env, "dllogger");
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, Tell, &notices_);
  if (status != napi_ok) notices_ = nullptr;
  // Does not keep the process alive.
  if (notices_ != nullptr) napi_unref_threadsafe_function(env, notices_);
}

// Runs on the JavaScript thread; without an environment when that is about to end.
void Environment::Tell(napi_env env, napi_value /*function*/, void* context, void* data) {
  const std::unique_ptr<Notice> notice(static_cast<Notice*>(data));
  auto* self = static_cast<Environment*>(context);
  if (env == nullptr || self->listener_.IsEmpty()) return;
  const Napi::HandleScope scope(env);
  const Napi::Value log = ToValue(env, std::uint64_t{notice->log});
  self->listener_.Call({log, ToValue(env, notice->fault)});
}

// stamp(): tells both clocks
napi_value Environment::StampNow(napi_env env, napi_callback_info info) {
  if (auto* self = DataOf<Environment>(env, info)) self->call_block_->Stamp(&self->clock_);
  return nullptr;
}

// commit() or commitNumbers() -> undefined, or what has to be done before it is repeated
template <Answer (CallBlock::*kCommit)(Clock*, RingProducer*)>
napi_value Environment::Commit(napi_env env, napi_callback_info info) {
  auto* log = static_cast<Log*>(SoleLog::Get());
  if (log == nullptr) log = DataOf<Log>(env, info);
  if (log == nullptr || !log->producer) return nullptr;
  Environment* self = log->environment;
  RingProducer& ring = *log->producer;
  const Answer answer = (self->call_block_->*kCommit)(&self->clock_, &ring);
  if (answer != Answer::kDone) {
    napi_value value = nullptr;
    napi_create_uint32(env, static_cast<std::uint32_t>(answer), &value);
    return value;
  }
  if (ring.HasToLook() && ring.Look()) log->writer->WakeIfBehind();
  if (ring.ConsumerState() == Consumer::kAsleep) log->writer->Wake();
  return nullptr;
}

// open(path, append, nonFiniteNull, refusal) -> { log, memory, recovery, commit,
// commitNumbers } or a fault
Napi::Value Environment::Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto free = std::find_if(logs_.begin(), logs_.end(),
                           [](const auto& log) { return log->writer == nullptr; });
  if (free == logs_.end()) free = logs_.insert(free, std::make_unique<Log>(Log{this, {}, {}, {}}));
  const auto number = static_cast<std::size_t>(free - logs_.begin());
  Log* const log = free->get();
  RingMemory& memory = log->memory;
  Writer::Options options;
  options.path = StringOf(info, 0);
  options.mode = BooleanOf(info, 1) ? LogFile::Mode::kAppend : LogFile::Mode::kTruncate;
  options.non_finite = BooleanOf(info, 2) ? NonFinite::kNull : NonFinite::kLiteral;
  options.ring_refusal = StringOf(info, 3);
  options.deadline = Slice();
  options.on_fault = [notices = notices_, number](const Fault& fault) {
    if (notices == nullptr) return;
    auto notice = std::make_unique<Notice>(Notice{number, fault});
    const napi_status status =
        napi_call_threadsafe_function(notices, notice.get(), napi_tsfn_nonblocking);
    if (status == napi_ok) static_cast<void>(notice.release());
  };
  const Writer::Opened opened = Writer::Open(options);
  if (opened.fault) return ToValue(env, opened.fault);
  if (!memory.HandOver(env, opened.writer->Memory())) {
    static_cast<void>(opened.writer->Close());
    return ToValue(env, {ENOTSUP, "napi_create_external_arraybuffer"});
  }
  log->writer = opened.writer;
  log->producer.emplace(Ring(opened.writer->Memory().get()));
  user_.Opened(log, logs_.size() == 1);
  Napi::Object result = Napi::Object::New(env);
  result["log"] = ToValue(env, std::uint64_t{number});
  result["memory"] = memory.Buffer();
  result["recovery"] = ToValue(env, opened.recovery, opened.recovery_fault);
  result["lacksRoom"] = Napi::Boolean::New(env, opened.lacks_room);
  result["commit"] = RawFunction(env, Commit<&CallBlock::Commit>, log);
  result["commitNumbers"] = RawFunction(env, Commit<&CallBlock::CommitNumbers>, log);
  return result;
}

Environment::Log* Environment::LogOf(const Napi::CallbackInfo& info) const {
  const std::uint32_t log = Uint32Of(info, 0);
  return log < logs_.size() ? logs_[log].get() : nullptr;
}

std::shared_ptr<Writer> Environment::WriterOf(const Napi::CallbackInfo& info) const {
  const Log* const log = LogOf(info);
  return log == nullptr ? nullptr : log->writer;
}

// prepare(log, bytes, shape, definition: TypedArray?) -> the shape's number, or why there is no
// room
constexpr double kFull = -1;
constexpr double kDropped = -2;

Napi::Value Environment::Prepare(const Napi::CallbackInfo& info) {
  Log* const log = LogOf(info);
  if (log == nullptr || !log->producer) return ToValue(info.Env(), std::uint64_t{0});
  RingProducer& ring = *log->producer;
  if (!ring.IsIntact()) ring.Mend();
  RecordPiece definition = {};
  if (info[3].IsTypedArray()) definition = PieceOf(info[3]);
  const std::size_t size = Uint32Of(info, 1) + definition.size;
  if (size > Ring::kHalf) return ToValue(info.Env(), std::uint64_t{0});
  const RingProducer::Room room = ring.Reserve(static_cast<std::uint32_t>(size));
  if (room == RingProducer::Room::kFull) return Napi::Number::New(info.Env(), kFull);
  if (room == RingProducer::Room::kDropped) return Napi::Number::New(info.Env(), kDropped);
  auto number =
      static_cast<RingProducer::ShapeNumber>(static_cast<std::int64_t>(NumberOf(info, 2)));
  if (definition.size > 0 && ring.IdOf(number) == 0) {
    number = ring.Define(definition.data, static_cast<std::uint32_t>(definition.size));
  }
  call_block_->shape = static_cast<double>(ring.Forgotten());
  return ToValue(info.Env(), number);
}

// waitForRoom(log) -> fault
Napi::Value Environment::WaitForRoom(const Napi::CallbackInfo& info) {
  Log* const log = LogOf(info);
  // The current record belongs to the time before the wait.
  if (std::isnan(call_block_->times.wall)) call_block_->Stamp(&clock_);
  Fault fault;
  if (log != nullptr && log->producer) {
    log->producer->BeginWait();
    fault = log->writer->WaitForRoom(log->producer->HalfStart(), Slice());
    if (!fault.IsWaiting()) log->producer->EndWait(static_cast<bool>(fault));
  }
  return ToValue(info.Env(), fault);
}

// writeOversized(log, id, ...pieces: Uint8Array[]) -> fault
Napi::Value Environment::WriteOversized(const Napi::CallbackInfo& info) {
  const auto writer = WriterOf(info);
  const Fault fault =
      writer ? writer->WriteOversized(Uint32Of(info, 1), PiecesOf(info, 2), Slice()) : Fault{};
  return ToValue(info.Env(), fault);
}

// putOverflow(log, ...pieces: Uint8Array[]) -> fault
Napi::Value Environment::PutOverflow(const Napi::CallbackInfo& info) {
  Log* const log = LogOf(info);
  Fault fault;
  if (log != nullptr && log->producer) {
    fault = log->writer->PutOverflow(PiecesOf(info, 1));
    if (!fault) log->producer->Skip(Ring::kOverflowSize);
  }
  return ToValue(info.Env(), fault);
}

// flush(log, sync) -> fault
Napi::Value Environment::Flush(const Napi::CallbackInfo& info) {
  const Log* const log = LogOf(info);
  Fault fault;
  if (log != nullptr && log->producer) {
    fault = log->writer->Flush(log->producer->Head(), Slice());
    if (!fault && BooleanOf(info, 1)) fault = log->writer->Sync();
  }
  return ToValue(info.Env(), fault);
}

// close(log) -> fault
Napi::Value Environment::Close(const Napi::CallbackInfo& info) {
  Log* const log = LogOf(info);
  const auto writer = WriterOf(info);
  const Fault fault = writer ? writer->Close(Slice()) : Fault{};
  if (log != nullptr && !fault) {
    log->producer.reset();
    log->writer.reset();
    log->memory.TakeBack();
  }
  return ToValue(info.Env(), fault);
}

// reopen(log) -> fault
Napi::Value Environment::Reopen(const Napi::CallbackInfo& info) {
  const auto writer = WriterOf(info);
  return ToValue(info.Env(), writer ? writer->Reopen(Slice()) : Fault{});
}

// stats(log) -> { records, unsaved, bytes, waits, dropped, faults, fault, notCrashSafe }
Napi::Value Environment::Stats(const Napi::CallbackInfo& info) {
  const auto writer = WriterOf(info);
  return ToValue(info.Env(), writer ? writer->GetStats() : Writer::Stats{});
}

// listen((log, fault) => void)
Napi::Value Environment::Listen(const Napi::CallbackInfo& info) {
  if (info[0].IsFunction()) listener_ = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

// recover(path) -> { records, cut, left, fault }
Napi::Value Environment::Recover(const Napi::CallbackInfo& info) {
  Recovery recovery;
  const Fault fault = RecoverPath(StringOf(info, 0), &recovery, Slice());
  return ToValue(info.Env(), recovery, fault);
}

// missing(path) -> { records, cut, left, fault, end, lines }
Napi::Value Environment::Missing(const Napi::CallbackInfo& info) {
  Recovery recovery;
  MissingLines missing;
  const Fault fault = FindMissing(StringOf(info, 0), &missing, &recovery);
  auto result = ToValue(info.Env(), recovery, fault).As<Napi::Object>();
  result["end"] = ToValue(info.Env(), static_cast<std::uint64_t>(missing.end));
  result["lines"] =
      Napi::Buffer<char>::Copy(info.Env(), missing.lines.data(), missing.lines.size());
  return result;
}

}  // namespace

NODE_API_ADDON(Environment)

}  // namespace dllogger
