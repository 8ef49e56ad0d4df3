#include "writer/writer_registry.h"

#include <algorithm>
#include <utility>

#include "platform/platform.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

void CloseAllAtExit() {
  WriterRegistry::Instance().CloseAll();
}

}  // namespace

WriterRegistry& WriterRegistry::Instance() {
  // Leaked on purpose: see the header.
  static WriterRegistry* const registry = [] {
    platform::AtExit(CloseAllAtExit);
    return std::make_unique<WriterRegistry>().release();
  }();
  return *registry;
}

void WriterRegistry::Add(std::shared_ptr<Writer> writer) {
  const std::scoped_lock lock(mutex_);
  writers_.push_back(std::move(writer));
}

void WriterRegistry::Remove(const Writer* writer) {
  const std::scoped_lock lock(mutex_);
  const auto is_it = [&](const std::shared_ptr<Writer>& one) { return one.get() == writer; };
  writers_.erase(std::remove_if(writers_.begin(), writers_.end(), is_it), writers_.end());
}

void WriterRegistry::CloseAll() {
  std::vector<std::shared_ptr<Writer>> writers;
  if (platform::IsAloneAtExit()) {
    // A thread that still holds the lock does not use it any more.
    const std::unique_lock lock(mutex_, std::try_to_lock);
    for (const auto& writer : writers_) writer->CloseAlone();
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    writers = writers_;
  }
  const auto deadline = Writer::Clock::now() + Writer::kExitGrace;
  // All at once: a failing log must not use up the time of the logs after it.
  for (const auto& writer : writers) writer->BeginClosing();
  for (const auto& writer : writers) writer->CloseAtExit(deadline);
}

}  // namespace dllogger
