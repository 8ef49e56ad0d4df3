// What the addon exports: the calls that concern no open log, and the logs of a thread. Declared
// once for TypeScript in lib/sink/native.ts. Bytes cross here, not objects.
//
// One Environment per JavaScript thread (main or worker) that loads the addon. It owns the logs
// that the thread has opened and closes those still open in its cleanup hook; process.exit() runs
// no such hook, and then the registry's exit handler does it.
#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "log/recover.h"
#include "node/addon_values.h"
#include "node/call_block.h"
#include "node/clock.h"
#include "node/open_log.h"
#include "node/ring_memory.h"
#include "node/sole_log.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

class Environment : public Napi::Addon<Environment> {
 public:
  Environment(Napi::Env env, Napi::Object exports);

 private:
  static napi_value StampNow(napi_env env, napi_callback_info info);
  Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Recover(const Napi::CallbackInfo& info);
  Napi::Value Missing(const Napi::CallbackInfo& info);

  // A fault on its way from a writer thread to JavaScript.
  struct Notice {
    OpenLog* log;
    Fault fault;
  };
  void OpenNotices(Napi::Env env);
  static void Tell(napi_env env, napi_value function, void* context, void* data);
  void End();

  std::vector<std::unique_ptr<OpenLog>> logs_;
  SoleLog::User user_;
  Napi::FunctionReference log_class_;
  napi_threadsafe_function notices_ = nullptr;
  Clock clock_;
  CallBlock* call_block_ = nullptr;
  Napi::Reference<Napi::ArrayBuffer> call_block_memory_;
};

Environment::Environment(Napi::Env env, Napi::Object exports) {
  Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, sizeof(CallBlock));
  const Napi::Function log_class = OpenLog::DefineClass(env);
  // While a worker is being ended, Node-API returns empty values; no JavaScript will run to notice.
  if (memory.IsEmpty() || log_class.IsEmpty()) return;
  call_block_ = static_cast<CallBlock*>(memory.Data());
  *call_block_ = CallBlock{};
  call_block_memory_ = Napi::Persistent(memory);
  log_class_ = Napi::Persistent(log_class);
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
          InstanceMethod("recover", &Environment::Recover),
          InstanceMethod("missing", &Environment::Missing),
      });
  OpenNotices(env);
  // Hooks run in the opposite order: this one before that which ends the notices.
  env.AddCleanupHook([this] { End(); });
}

void Environment::End() {
  const auto for_each_writer = [this](auto call) {
    for (const auto& log : logs_) {
      if (Writer* const writer = log->OpenWriter()) call(writer);
    }
  };
  for_each_writer([](Writer* writer) { writer->Mute(); });
  if (notices_ != nullptr) napi_release_threadsafe_function(notices_, napi_tsfn_abort);
  const auto deadline = Writer::Clock::now() + Writer::kExitGrace;
  // All at once: a failing log must not use up the time of the logs after it.
  for_each_writer([](Writer* writer) { writer->BeginClosing(); });
  for_each_writer([&](Writer* writer) { writer->CloseAtExit(deadline); });
  for (const auto& log : logs_) log->Forget();
}

void Environment::OpenNotices(Napi::Env env) {
  const Napi::String name = Napi::String::New(env, "dllogger");
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, Tell, &notices_);
  if (status != napi_ok) notices_ = nullptr;
  // Does not keep the process alive.
  if (notices_ != nullptr) napi_unref_threadsafe_function(env, notices_);
}

// Runs on the JavaScript thread; without an environment when that is about to end.
void Environment::Tell(napi_env env, napi_value /*function*/, void* /*context*/, void* data) {
  const std::unique_ptr<Notice> notice(static_cast<Notice*>(data));
  if (env != nullptr) notice->log->Report(notice->fault);
}

// stamp(): tells both clocks
napi_value Environment::StampNow(napi_env env, napi_callback_info info) {
  if (auto* self = DataOf<Environment>(env, info)) self->call_block_->Stamp(&self->clock_);
  return nullptr;
}

// open(path, append, nonFiniteNull, refusal, onFault) -> the log's object, or a fault
Napi::Value Environment::Open(const Napi::CallbackInfo& info) {
  auto free = std::find_if(logs_.begin(), logs_.end(),
                           [](const auto& log) { return log->OpenWriter() == nullptr; });
  if (free == logs_.end()) {
    free = logs_.insert(free, std::make_unique<OpenLog>(&clock_, call_block_));
  }
  OpenLog* const log = free->get();
  Writer::Options options;
  options.path = StringOf(info, 0);
  options.mode = BooleanOf(info, 1) ? LogFile::Mode::kAppend : LogFile::Mode::kTruncate;
  options.non_finite = BooleanOf(info, 2) ? NonFinite::kNull : NonFinite::kLiteral;
  options.ring_refusal = StringOf(info, 3);
  options.deadline = Slice();
  options.on_fault = [notices = notices_, log](const Fault& fault) {
    if (notices == nullptr) return;
    // Without memory, the log's counts alone tell of the fault.
    std::unique_ptr<Notice> notice(new (std::nothrow) Notice{log, fault});
    if (notice == nullptr) return;
    const napi_status status =
        napi_call_threadsafe_function(notices, notice.get(), napi_tsfn_nonblocking);
    if (status == napi_ok) static_cast<void>(notice.release());
  };
  const Writer::Opened opened = Writer::Open(options);
  if (opened.fault) return ToValue(info.Env(), opened.fault);
  const Napi::Value object = log->Begin(info.Env(), log_class_.Value(), opened, info[4]);
  if (log->OpenWriter() != nullptr) user_.Opened(log, logs_.size() == 1);
  return object;
}

// recover(path) -> { records, unfinished, left, fault }
Napi::Value Environment::Recover(const Napi::CallbackInfo& info) {
  Recovery recovery;
  const Fault fault = RecoverPath(StringOf(info, 0), &recovery, Slice());
  return ToValue(info.Env(), recovery, fault);
}

// missing(path) -> { records, unfinished, left, fault, end, lines }
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
