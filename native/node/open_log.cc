#include "node/open_log.h"

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "node/addon_values.h"
#include "node/sole_log.h"

namespace dllogger {
namespace {

// prepare()'s answers that are no number of a shape.
constexpr double kFull = -1;
constexpr double kDropped = -2;

// Null where all is well. Undefined would also be what JavaScript sees of a call that Node-API
// refused because the thread is being ended: the record of such a call is not taken.
Napi::Value Answered(Napi::Env env, const Fault& fault) {
  return fault ? ToValue(env, fault) : env.Null();
}

napi_value Construct(napi_env env, napi_callback_info info) {
  napi_value object = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, &object, nullptr);
  return object;
}

}  // namespace

Napi::Function OpenLog::DefineClass(Napi::Env env) {
  const auto method = [](const char* name, napi_callback call) -> napi_property_descriptor {
    return {name, nullptr, call, nullptr, nullptr, nullptr, napi_default, nullptr};
  };
  const napi_property_descriptor methods[] = {
      method("prepare", Call<&OpenLog::Prepare>),
      method("waitForRoom", Call<&OpenLog::WaitForRoom>),
      method("writeOversized", Call<&OpenLog::WriteOversized>),
      method("putOverflow", Call<&OpenLog::PutOverflow>),
      method("flush", Call<&OpenLog::Flush>),
      method("reopen", Call<&OpenLog::Reopen>),
      method("stats", Call<&OpenLog::Stats>),
      method("close", Call<&OpenLog::Close>),
  };
  napi_value object_class = nullptr;
  napi_define_class(env, "OpenLog", NAPI_AUTO_LENGTH, Construct, nullptr, std::size(methods),
                    methods, &object_class);
  return {env, object_class};
}

Napi::Value OpenLog::Begin(Napi::Env env, const Napi::Function& object_class,
                           const Writer::Opened& opened, const Napi::Value& on_fault) {
  if (!memory_.HandOver(env, opened.writer->Memory())) {
    // Another attempt is the writer's own, since nobody else will know of it.
    if (opened.writer->Close()) opened.writer->BeginClosing();
    return ToValue(env, {ENOTSUP, "napi_create_external_arraybuffer"});
  }
  writer_ = opened.writer;
  producer_.emplace(Ring(writer_->Memory().get()));
  if (on_fault.IsFunction()) on_fault_ = Napi::Persistent(on_fault.As<Napi::Function>());
  napi_value made = nullptr;
  // A worker that is being ended: its log is closed with its environment.
  if (napi_new_instance(env, object_class, 0, nullptr, &made) != napi_ok) return {};
  Napi::Object object(env, made);
  napi_wrap(env, object, this, nullptr, nullptr, nullptr);
  object["memory"] = memory_.Buffer();
  object["recovery"] = ToValue(env, opened.recovery, opened.recovery_fault);
  object["lacksRoom"] = Napi::Boolean::New(env, opened.lacks_room);
  // Functions of their own: finding out which object a method is called for would take longer.
  object["commit"] = RawFunction(env, Commit<&CallBlock::Commit>, this);
  object["commitNumbers"] = RawFunction(env, Commit<&CallBlock::CommitNumbers>, this);
  return object;
}

void OpenLog::Report(const Fault& fault) const {
  if (on_fault_.IsEmpty()) return;
  const Napi::Env env = on_fault_.Env();
  const Napi::HandleScope scope(env);
  on_fault_.Call({ToValue(env, fault)});
}

void OpenLog::Forget() {
  producer_.reset();
  writer_.reset();
  on_fault_.Reset();
}

template <OpenLog::Method kMethod>
napi_value OpenLog::Call(napi_env env, napi_callback_info info) {
  return Dispatch(env, info, kMethod);
}

// Makes a call for the log whose object it is; throws once that log is closed.
napi_value OpenLog::Dispatch(napi_env env, napi_callback_info info, Method method) {
  const Napi::CallbackInfo call(env, info);
  void* self = nullptr;
  if (napi_unwrap(env, call.This(), &self) == napi_ok) {
    auto* const log = static_cast<OpenLog*>(self);
    if (log->writer_ != nullptr) return (log->*method)(call);
  }
  napi_throw_error(env, nullptr, "the log is closed");
  return nullptr;
}

// commit() or commitNumbers() -> undefined, or what has to be done before it is repeated
template <Answer (CallBlock::*kCommit)(Clock*, RingProducer*)>
napi_value OpenLog::Commit(napi_env env, napi_callback_info info) {
  auto* log = static_cast<OpenLog*>(SoleLog::Get());
  if (log == nullptr) log = DataOf<OpenLog>(env, info);
  if (log == nullptr || !log->producer_) return nullptr;
  RingProducer& ring = *log->producer_;
  const Answer answer = (log->call_block_.*kCommit)(&log->clock_, &ring);
  if (answer != Answer::kDone) {
    napi_value value = nullptr;
    napi_create_uint32(env, static_cast<std::uint32_t>(answer), &value);
    return value;
  }
  if (ring.HasToLook() && ring.Look()) log->writer_->WakeIfBehind();
  if (ring.ConsumerState() == Consumer::kAsleep) log->writer_->Wake();
  return nullptr;
}

// prepare(bytes, shape, definition: TypedArray?) -> the shape's number, or why there is no room
Napi::Value OpenLog::Prepare(const Napi::CallbackInfo& info) {
  RingProducer& ring = *producer_;
  if (!ring.IsIntact()) ring.Mend();
  RecordPiece definition = {};
  if (info[2].IsTypedArray()) definition = PieceOf(info[2]);
  const std::size_t size = Uint32Of(info, 0) + definition.size;
  if (size > Ring::kHalf) return ToValue(info.Env(), std::uint64_t{0});
  const RingProducer::Room room = ring.Reserve(static_cast<std::uint32_t>(size));
  if (room == RingProducer::Room::kFull) return Napi::Number::New(info.Env(), kFull);
  if (room == RingProducer::Room::kDropped) return Napi::Number::New(info.Env(), kDropped);
  auto number =
      static_cast<RingProducer::ShapeNumber>(static_cast<std::int64_t>(NumberOf(info, 1)));
  if (definition.size > 0 && ring.IdOf(number) == 0) {
    number = ring.Define(definition.data, static_cast<std::uint32_t>(definition.size));
  }
  call_block_.shape = static_cast<double>(ring.Forgotten());
  return ToValue(info.Env(), number);
}

// waitForRoom() -> fault or null
Napi::Value OpenLog::WaitForRoom(const Napi::CallbackInfo& info) {
  // The current record belongs to the time before the wait.
  if (std::isnan(call_block_.times.wall)) call_block_.Stamp(&clock_);
  producer_->BeginWait();
  const Fault fault = writer_->WaitForRoom(producer_->HalfStart(), Slice());
  if (!fault.IsWaiting()) producer_->EndWait(static_cast<bool>(fault));
  return Answered(info.Env(), fault);
}

// writeOversized(id, ...pieces: Uint8Array[]) -> fault or null
Napi::Value OpenLog::WriteOversized(const Napi::CallbackInfo& info) {
  const Fault fault = writer_->WriteOversized(Uint32Of(info, 0), PiecesOf(info, 1), Slice());
  return Answered(info.Env(), fault);
}

// putOverflow(...pieces: Uint8Array[]) -> fault or null
Napi::Value OpenLog::PutOverflow(const Napi::CallbackInfo& info) {
  const Fault fault = writer_->PutOverflow(PiecesOf(info, 0));
  if (!fault) producer_->Skip(Ring::kOverflowSize);
  return Answered(info.Env(), fault);
}

// flush(sync) -> fault or null
Napi::Value OpenLog::Flush(const Napi::CallbackInfo& info) {
  Fault fault = writer_->Flush(producer_->Head(), Slice());
  if (!fault && BooleanOf(info, 0)) fault = writer_->Sync();
  return Answered(info.Env(), fault);
}

// reopen() -> fault or null
Napi::Value OpenLog::Reopen(const Napi::CallbackInfo& info) {
  return Answered(info.Env(), writer_->Reopen(Slice()));
}

// stats() -> { records, unsaved, bytes, waits, dropped, faults, fault, notCrashSafe, ... }
Napi::Value OpenLog::Stats(const Napi::CallbackInfo& info) {
  return ToValue(info.Env(), writer_->GetStats());
}

// close() -> fault or null
Napi::Value OpenLog::Close(const Napi::CallbackInfo& info) {
  const Fault fault = writer_->Close(Slice());
  if (!fault) {
    Forget();
    memory_.TakeBack();
    void* self = nullptr;
    napi_remove_wrap(info.Env(), info.This(), &self);
  }
  return Answered(info.Env(), fault);
}

}  // namespace dllogger
