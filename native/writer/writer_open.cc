// Creates a writer: opens the log, recovers dead writers' records into it, makes the ring, starts
// the thread.
#include <cerrno>
#include <utility>

#include "log/spent_rings.h"
#include "writer/thread_ahead.h"
#include "writer/writer.h"
#include "writer/writer_registry.h"

namespace dllogger {
namespace {

// Holds the append lock from recovery until the new ring is locked: another process that recovers
// the log meanwhile would take the young ring for a dead one. The result of the recovery is
// reported even if a later step fails.
Fault Prepare(const Writer::Options& options, LogFile* file, Writer::Opened* opened,
              std::unique_ptr<RingFile>* made, std::vector<std::string>* renamed) {
  RingFile::Options ring;
  ring.memory = platform::MapMemory(Ring::kMemorySize);
  if (ring.memory == nullptr) return {ENOMEM, "mmap"};
  if (Fault fault = file->Open(options.path, options.mode, options.deadline)) {
    return fault;
  }
  LogFile::AppendLock append_lock(file);
  const bool appends = options.mode == LogFile::Mode::kAppend;
  std::size_t nothing = 0;
  if (Fault fault = appends ? append_lock.Begin({}, &nothing, options.deadline)
                            : append_lock.Take(options.deadline)) {
    return fault;
  }
  if (appends) {
    // A fault of the recovery does not keep this run from writing its log.
    opened->recovery_fault = Recover(&append_lock, &opened->recovery, renamed);
    if (!opened->recovery_fault && file->IsRegular()) {
      // A line that another process is writing now is looked at again with the first batch.
      const Fault fault = append_lock.EndLine(LogFile::AppendLock::Ending::kIfSettled,
                                              Writer::Clock::now(), &opened->recovery.unfinished);
      if (fault) return fault;
    }
  } else if (Fault fault = EmptyLog(file, &opened->recovery)) {
    return fault;
  }
  ring.log_path = platform::RealPath(options.path);
  ring.log = file->Id();
  ring.non_finite = options.non_finite;
  ring.refusal = options.ring_refusal;
  if (!file->IsRegular()) ring.refusal = "it is not a regular file";
  ring.make_room = [&] { return MakeRoomForRing(&opened->recovery); };
  *made = RingFile::Create(std::move(ring));
  opened->lacks_room = (*made)->LacksRoom();
  if ((*made)->IsInMemory()) RemoveSpentRings();
  auto* control = static_cast<RingControl*>((*made)->Memory().get());
  control->tail = options.ring_start;
  control->head = options.ring_start;
  return {};
}

}  // namespace

Writer::Opened Writer::Open(const Options& options) {
  Opened opened;
  // Steps that the system may refuse come first: a log that cannot be opened must not have been
  // emptied.
  ThreadAhead<Writer> thread;
  opened.fault = thread.Start([](Writer* writer) { writer->Run(); });
  if (opened.fault) return opened;
  auto file = std::make_unique<LogFile>();
  std::unique_ptr<RingFile> ring;
  std::vector<std::string> renamed;
  opened.fault = Prepare(options, file.get(), &opened, &ring, &renamed);
  if (opened.fault) return opened;
  const Fault other = RecoverRenamed(renamed, &opened.recovery);
  if (!opened.recovery_fault) opened.recovery_fault = other;
  // Another writer of this library may be killed in the middle of a line while this one lives.
  file->CompleteBy([](LogFile::AppendLock* append_lock) {
    Recovery recovery;
    static_cast<void>(Recover(append_lock, &recovery, nullptr));
  });
  auto writer = std::make_shared<Writer>(Key{}, options, std::move(file), std::move(ring));
  thread.HandTo(writer, &writer->thread_);
  WriterRegistry::Instance().Add(writer);
  opened.writer = std::move(writer);
  return opened;
}

Writer::Writer(Key, const Options& options, std::unique_ptr<LogFile> file,
               std::unique_ptr<RingFile> ring)
    : path_(options.path),
      file_(std::move(file)),
      ring_file_(std::move(ring)),
      ring_(Memory().get()),
      reader_(&ring_, options.non_finite,
              [ring_file = ring_file_.get()](std::uint64_t offset, void* bytes, std::size_t size,
                                             std::size_t* read) {
                return ring_file->ReadOverflow(offset, bytes, size, read);
              }),
      on_fault_(options.on_fault) {
  released_ = ring_.Tail();
  reader_.Seek(released_);
}

}  // namespace dllogger
