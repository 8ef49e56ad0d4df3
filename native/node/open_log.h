// JavaScript's object of an open log: its writer, its ring, and the calls that JavaScript makes on
// it.
//
// Owner: an Environment, for the life of its thread, since functions that JavaScript holds refer to
// an OpenLog. After close() it may serve another log, with another object.
#pragma once

#include <napi.h>

#include <chrono>
#include <memory>
#include <optional>

#include "node/call_block.h"
#include "node/clock.h"
#include "node/ring_memory.h"
#include "ring/ring_producer.h"
#include "writer/writer.h"

namespace dllogger {

// How long a call of JavaScript's may wait before JavaScript repeats it: in between the engine can
// end the thread, as it must when a worker is to end while its log hangs.
inline Writer::Clock::time_point Slice() {
  return Writer::Clock::now() + std::chrono::milliseconds(100);
}

class OpenLog {
 public:
  // Both are the thread's, and outlive this.
  OpenLog(Clock* clock, CallBlock* call_block) : clock_(*clock), call_block_(*call_block) {}
  OpenLog(const OpenLog&) = delete;
  OpenLog& operator=(const OpenLog&) = delete;

  // The class of the objects, whose methods make the calls.
  static Napi::Function DefineClass(Napi::Env env);

  // Takes over a writer. Returns the log's object, or a fault; then the writer is closed.
  Napi::Value Begin(Napi::Env env, const Napi::Function& object_class, const Writer::Opened& opened,
                    const Napi::Value& on_fault);
  // Null while no log is open.
  Writer* OpenWriter() const { return writer_.get(); }
  // Tells JavaScript that writing begins to fail.
  void Report(const Fault& fault) const;
  void Forget();

 private:
  using Method = Napi::Value (OpenLog::*)(const Napi::CallbackInfo&);
  template <Method kMethod>
  static napi_value Call(napi_env env, napi_callback_info info);
  static napi_value Dispatch(napi_env env, napi_callback_info info, Method method);
  template <Answer (CallBlock::*kCommit)(Clock*, RingProducer*)>
  static napi_value Commit(napi_env env, napi_callback_info info);

  Napi::Value Prepare(const Napi::CallbackInfo& info);
  Napi::Value WaitForRoom(const Napi::CallbackInfo& info);
  Napi::Value WriteOversized(const Napi::CallbackInfo& info);
  Napi::Value PutOverflow(const Napi::CallbackInfo& info);
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value Reopen(const Napi::CallbackInfo& info);
  Napi::Value Stats(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  Clock& clock_;
  CallBlock& call_block_;
  std::shared_ptr<Writer> writer_;
  std::optional<RingProducer> producer_;  // while there is a writer
  RingMemory memory_;
  Napi::FunctionReference on_fault_;
};

}  // namespace dllogger
