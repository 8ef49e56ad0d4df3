// Conversions of the values that cross Node-API, with the names of lib/sink/native.ts; functions
// without node-addon-api.
//
// Owner: nobody; functions of the JavaScript thread.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "log/recover.h"
#include "record/record.h"
#include "ring/ring.h"
#include "writer/writer.h"

namespace dllogger {

// Makes a function without node-addon-api, since some functions run for every record.
inline Napi::Value RawFunction(Napi::Env env, napi_callback callback, void* data) {
  napi_value function = nullptr;
  napi_create_function(env, nullptr, 0, callback, data, &function);
  return {env, function};
}

// The data of such a function.
template <typename T>
T* DataOf(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return static_cast<T*>(data);
}

inline const char* KindOf(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::kWaiting:
      return "waiting";
    case Fault::Kind::kHeld:
      return "held";
    case Fault::Kind::kDamaged:
      return "damaged";
    case Fault::Kind::kSystem:
      break;
  }
  return "system";
}

// A Fault for TypeScript; undefined if there is none.
inline Napi::Value ToValue(Napi::Env env, const Fault& fault) {
  if (!fault) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object["errno"] = fault.error;
  object["syscall"] = fault.call;
  object["kind"] = KindOf(fault);
  object["isForeign"] = fault.is_foreign;
  if (fault.holder != Fault::kUnknown) object["holder"] = static_cast<double>(fault.holder);
  return object;
}

inline Napi::Value ToValue(Napi::Env env, std::uint64_t count) {
  return Napi::Number::New(env, static_cast<double>(count));
}

inline const char* ReasonOf(DeadRing::State state) {
  switch (state) {
    case DeadRing::State::kReboot:
      return "reboot";
    case DeadRing::State::kNoBoot:
      return "noBoot";
    case DeadRing::State::kVersion:
      return "version";
    case DeadRing::State::kUntrusted:
      return "untrusted";
    case DeadRing::State::kFault:
      return "fault";
    case DeadRing::State::kGone:
      return "gone";
    case DeadRing::State::kDamaged:
    case DeadRing::State::kDead:
    case DeadRing::State::kLive:
    case DeadRing::State::kEmpty:
      break;
  }
  return "damaged";
}

inline Napi::Value ToValue(Napi::Env env, const Recovery& recovery, const Fault& fault) {
  Napi::Object object = Napi::Object::New(env);
  object["records"] = ToValue(env, recovery.records);
  object["unfinished"] = ToValue(env, recovery.unfinished);
  object["fault"] = ToValue(env, fault);
  Napi::Array left = Napi::Array::New(env);
  for (const Recovery::Left& one : recovery.left) {
    Napi::Object item = Napi::Object::New(env);
    item["reason"] = ReasonOf(one.reason);
    item["ring"] = one.ring;
    item["count"] = ToValue(env, one.count);
    item["fault"] = ToValue(env, one.fault);
    left[left.Length()] = item;
  }
  object["left"] = left;
  return object;
}

inline Napi::Value ToValue(Napi::Env env, const Writer::Stats& stats) {
  Napi::Object object = Napi::Object::New(env);
  object["records"] = ToValue(env, stats.records);
  object["unsaved"] = ToValue(env, stats.unsaved);
  object["bytes"] = ToValue(env, stats.bytes);
  object["waits"] = ToValue(env, stats.waits);
  object["dropped"] = ToValue(env, stats.dropped);
  object["faults"] = ToValue(env, stats.faults);
  object["fault"] = ToValue(env, stats.fault);
  object["notCrashSafe"] = Napi::String::New(env, stats.not_crash_safe);
  object["ring"] = Napi::String::New(env, stats.ring);
  object["hasLocks"] = Napi::Boolean::New(env, stats.has_locks);
  return object;
}

inline std::uint32_t Uint32Of(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Uint32Value() : 0;
}

inline double NumberOf(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : 0;
}

inline bool BooleanOf(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsBoolean() && info[index].As<Napi::Boolean>().Value();
}

inline std::string StringOf(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsString() ? info[index].As<Napi::String>().Utf8Value() : std::string();
}

inline RecordPiece PieceOf(const Napi::Value& value) {
  const auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.ByteLength()};
}

// The call's arguments from `first` on.
inline RecordPieces PiecesOf(const Napi::CallbackInfo& info, std::size_t first) {
  RecordPieces pieces;
  for (std::size_t i = first; i < info.Length(); ++i) {
    if (!info[i].IsTypedArray()) continue;
    pieces.push_back(PieceOf(info[i]));
  }
  return pieces;
}

// The wire format, for the encoder.
inline Napi::Object Format(Napi::Env env) {
  Napi::Object format = Napi::Object::New(env);
  const auto set = [&](const char* name, std::uint64_t value) {
    format[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  // Signed, so that the engine takes the tag for a small integer.
  const auto set_tag = [&](const char* name, Tag tag) {
    const auto half = static_cast<std::int32_t>(kTagBase + static_cast<std::uint32_t>(tag));
    format[name] = Napi::Number::New(env, half);
  };
  set("headOffset", offsetof(RingControl, head));
  set("tailOffset", offsetof(RingControl, tail));
  set("dataOffset", Ring::kDataOffset);
  set("capacity", Ring::kCapacity);
  set("maxRecord", Ring::kMaxRecord);
  set("overflowSize", Ring::kOverflowSize);
  set("headerSize", sizeof(RecordHeader));
  set("alignment", kRecordAlignment);
  set("half", Ring::kHalf);
  set("kindShape", static_cast<std::uint32_t>(Kind::kShape));
  set("kindLog", static_cast<std::uint32_t>(Kind::kLog));
  set("kindMetadata", static_cast<std::uint32_t>(Kind::kMetadata));
  set_tag("tagNull", Tag::kNull);
  set_tag("tagFalse", Tag::kFalse);
  set_tag("tagTrue", Tag::kTrue);
  set_tag("tagNan", Tag::kNan);
  set_tag("tagFloat", Tag::kFloat);
  set_tag("tagInteger", Tag::kInteger);
  set_tag("tagLatin1", Tag::kLatin1);
  set_tag("tagUtf16", Tag::kUtf16);
  set_tag("tagArray", Tag::kArray);
  set_tag("tagObject", Tag::kObject);
  set_tag("tagFloats", Tag::kFloats);
  return format;
}

}  // namespace dllogger
