// What others ask of a writer: the thread that logs, and whoever ends the process.
#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "log/spent_rings.h"
#include "writer/writer.h"
#include "writer/writer_registry.h"

namespace dllogger {
namespace {

// One turn for all of it: whoever recovers the log takes no ring for dead that is young, and what a
// recovery has found is told though somebody stands in the way of what follows.
Fault Prepare(const Writer::Options& options, LogFile* file, Writer::Opened* opened,
              std::unique_ptr<RingFile>* made, std::vector<std::string>* renamed) {
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
    // Whatever stands in its way, this run has a log to write.
    opened->recovery_fault = Recover(&append_lock, &opened->recovery, renamed);
    if (!opened->recovery_fault && file->IsRegular()) {
      // A line that is being written this moment is looked at again with the first batch.
      const Fault fault = append_lock.EndLine(LogFile::AppendLock::Ending::kIfSettled,
                                              Writer::Clock::now(), &opened->recovery.unfinished);
      if (fault) return fault;
    }
  } else if (Fault fault = EmptyLog(file, &opened->recovery)) {
    return fault;
  }
  RingFile::Options ring;
  ring.log_path = platform::RealPath(options.path);
  ring.log = file->Id();
  ring.non_finite = options.non_finite;
  ring.refusal = options.ring_refusal;
  if (!file->IsRegular()) ring.refusal = "it is no regular file";
  ring.make_room = [&] { return MakeRoomForRing(&opened->recovery); };
  *made = RingFile::Create(ring);
  if (*made == nullptr) return {ENOMEM, "mmap"};
  opened->lacks_room = (*made)->LacksRoom();
  if ((*made)->IsInMemory()) RemoveSpentRings();
  auto* control = static_cast<RingControl*>((*made)->Memory().get());
  control->tail = options.ring_start;
  control->head = options.ring_start;
  return {};
}

std::string WordsFor(const Fault& fault) {
  if (fault.IsWaiting()) return "a write does not return";
  if (fault.IsDamaged()) return "it was damaged in memory";
  return std::generic_category().message(fault.error);
}

std::string Counted(std::uint64_t count, const char* singular, const char* plural) {
  return std::to_string(count) + " " + (count == 1 ? singular : plural);
}

}  // namespace

Writer::Opened Writer::Open(const Options& options) {
  Opened opened;
  auto file = std::make_unique<LogFile>();
  std::unique_ptr<RingFile> ring;
  std::vector<std::string> renamed;
  opened.fault = Prepare(options, file.get(), &opened, &ring, &renamed);
  if (opened.fault) return opened;
  const Fault other = RecoverRenamed(renamed, &opened.recovery);
  if (!opened.recovery_fault) opened.recovery_fault = other;
  // Another writer of ours may be killed in the middle of a line while this one lives.
  file->CompleteBy([](LogFile::AppendLock* append_lock) {
    Recovery recovery;
    static_cast<void>(Recover(append_lock, &recovery, nullptr));
  });
  auto writer = std::make_shared<Writer>(Key{}, options, std::move(file), std::move(ring));
  try {
    writer->thread_ = std::thread([writer] { writer->Run(); });
  } catch (const std::system_error& error) {
    static_cast<void>(writer->ring_file_->Remove());
    opened.fault = {error.code().value(), "pthread_create"};
    return opened;
  }
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
      pause_(kFirstPause),
      on_fault_(options.on_fault) {
  released_ = ring_.Tail();
  reader_.Seek(released_);
}

void Writer::Wake() {
  const std::scoped_lock lock(mutex_);
  Notify();
}

void Writer::WakeIfBehind() {
  if (IsBehind()) Wake();
}

bool Writer::IsBehind() const {
  constexpr std::uint32_t kBehind = Ring::kCapacity / 4;
  return ring_.ConsumerState() != Consumer::kAwake && ring_.Head() - ring_.Tail() >= kBehind;
}

void Writer::Notify() {
  is_woken_ = true;
  wake_.NotifyOne();
}

template <typename Done>
Fault Writer::Await(std::unique_lock<std::mutex>* lock, Clock::time_point deadline, Done done) {
  // The attempt that is under way may have begun before what we wait for was there, or before a
  // fault was healed: only a later one counts against us.
  const std::uint64_t asked = asked_.value_or(round_);
  asked_ = asked;
  if (!done()) Notify();
  while (!done()) {
    if (fault_ && fault_round_ > asked) {
      asked_.reset();
      return fault_;
    }
    if (deadline == kNever) {
      progress_.Wait(lock);
    } else if (!progress_.WaitUntil(lock, deadline) && !done()) {
      return Fault::Waiting();
    }
  }
  asked_.reset();
  return {};
}

Fault Writer::Flush(std::uint32_t position, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  // The caller is the one who publishes, so that nothing else moves the head.
  const std::uint32_t head = ring_.Head();
  if (!Ring::Reached(head, position)) {
    Notify();
    return Fault::Damaged();
  }
  const Fault fault =
      Await(&lock, deadline, [&] { return IsReleased(head) && !batch_is_oversized_; });
  return fault ? fault : std::exchange(damage_fault_, {});
}

Fault Writer::Sync() {
  const Fault fault = file_->Sync();
  const std::scoped_lock lock(mutex_);
  if (fault) last_fault_ = fault;
  return fault;
}

Fault Writer::WaitForRoom(std::uint32_t position, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  dropped_ += ring_.TakeDropped();
  if (IsBehind()) Notify();
  if (!Ring::Reached(ring_.Head(), position)) {
    ++dropped_;
    return Fault::Damaged();
  }
  const auto is_released = [&] { return IsReleased(position); };
  Fault fault = fault_;
  if (fault && !is_released()) {
    asked_.reset();
  } else {
    if (!is_released() && !asked_) ++waits_;
    fault = Await(&lock, deadline, is_released);
  }
  if (fault && !fault.IsWaiting()) ++dropped_;
  return fault;
}

Fault Writer::WriteOversized(std::uint64_t id, const RecordPieces& pieces,
                             Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (oversized_id_ != id) {
    // The caller of the one before was ended while he waited, and hears no more of it.
    const Fault fault =
        Await(&lock, deadline, [&] { return oversized_ != OversizedState::kBatch; });
    if (oversized_ == OversizedState::kBatch) return fault;
    oversized_id_ = id;
    oversized_ = OversizedState::kNone;
  }
  if (oversized_ == OversizedState::kNone) oversized_ = OversizedState::kOffered;
  oversized_pieces_ = &pieces;
  Fault fault = Await(&lock, deadline, [&] { return oversized_ == OversizedState::kDone; });
  // The caller's memory must not be read any more once it has its answer.
  oversized_pieces_ = nullptr;
  if (oversized_ == OversizedState::kOffered) oversized_ = OversizedState::kNone;
  if (oversized_ == OversizedState::kBatch) return Fault::Waiting();
  if (oversized_ == OversizedState::kDone) {
    asked_.reset();
    fault = oversized_fault_;
  }
  return fault;
}

Fault Writer::PutOverflow(const RecordPieces& pieces) {
  const std::scoped_lock lock(mutex_);
  RecordOverflow overflow = {};
  // Of a record that is still on its way, since some of it may be in the file, there is no second.
  Fault fault =
      batch_is_oversized_ && oversized_ == OversizedState::kDone ? oversized_fault_ : Fault{};
  if (!fault && Ring::UntilHalfEnd(ring_.Head()) < Ring::kOverflowSize) fault = Fault::Damaged();
  if (!fault) fault = ring_file_->PutOverflow(pieces, &overflow);
  if (fault) {
    ++dropped_;
    return fault;
  }
  ring_.PublishOverflow(overflow);
  Notify();
  return {};
}

Fault Writer::Reopen(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (!next_file_) {
    const std::uint32_t head = ring_.Head();
    const Fault fault =
        Await(&lock, deadline, [&] { return IsReleased(head) && !batch_is_oversized_; });
    if (fault.IsWaiting()) return fault;
    lock.unlock();
    LogFile::Next next;
    if (Fault open_fault =
            LogFile::OpenReplacement(path_, LogFile::Mode::kAppend, deadline, &next)) {
      return open_fault;
    }
    lock.lock();
    next_file_ = std::move(next);
  }
  // The writer takes it between two attempts, failing or not.
  Notify();
  while (next_file_ && !is_ended_) {
    if (deadline == kNever) {
      progress_.Wait(&lock);
    } else if (!progress_.WaitUntil(&lock, deadline)) {
      if (next_file_) return Fault::Waiting();
    }
  }
  lock.unlock();
  // What Sync() promises is about these records too, and the file may have another name by then.
  file_->SyncBefore();
  return {};
}

Fault Writer::Close(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  is_closing_ = true;
  const Fault fault = Await(&lock, deadline, [&] { return is_ended_; });
  if (fault) {
    is_closing_ = false;
    return fault;
  }
  if (Join(&lock)) SayWhatIsLost({});
  return {};
}

// The thread has ended its work. False when another one of those who close has waited for it to be
// gone, or does so now: two must not.
bool Writer::Join(std::unique_lock<std::mutex>* lock) {
  std::thread thread = std::exchange(thread_, {});
  lock->unlock();
  if (!thread.joinable()) return false;
  thread.join();
  WriterRegistry::Instance().Remove(this);
  return true;
}

void Writer::BeginClosing() {
  const std::scoped_lock lock(mutex_);
  is_closing_ = true;
  Notify();
}

void Writer::CloseAtExit(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  // An environment that ends is followed by the process: one wait and one word are enough.
  if (has_given_up_) return;
  asked_.reset();
  is_closing_ = true;
  Fault fault;
  do {
    fault = Await(&lock, deadline, [&] { return is_ended_; });
    // Each attempt has its pause, or a full disk would be asked as fast as it can say no.
    if (fault) progress_.WaitUntil(&lock, std::min(deadline, Clock::now() + kFirstPause));
  } while (fault && Clock::now() < deadline);
  if (is_ended_) fault = {};
  // An environment of another thread may end at the same time as the process.
  if (has_given_up_) return;
  has_given_up_ = true;
  if (fault && fault_) fault = fault_;
  SayWhatIsLost(fault);
  if (fault) {
    if (thread_.joinable()) thread_.detach();
    return;
  }
  Join(&lock);
}

void Writer::CloseAlone() {
  Fault fault = ring_file_->Spill();
  // Ends their locks, whoever took them.
  ring_file_.reset();
  file_.reset();
  Recovery recovery;
  if (!fault) fault = RecoverPath(path_, &recovery, Clock::now() + kExitGrace);
  if (!fault) return;
  platform::PrintError("dllogger: the last records are not saved: cannot write log \"" + path_ +
                       "\": " + std::generic_category().message(fault.error));
}

// The last word on a log, where there is something to say. The mutex is held, or nobody is left.
void Writer::SayWhatIsLost(const Fault& fault) const {
  std::string words;
  const std::uint64_t unsaved = CountUnsaved();
  if (fault && unsaved > 0) {
    words = Counted(unsaved, "record is", "records are") + " not saved: cannot write log \"" +
            path_ + "\": " + WordsFor(fault);
    if (ring_file_->Reason().empty()) {
      words += "; they are kept beside it until it is opened for appending, or recovered";
    }
  }
  const std::uint64_t dropped = CountDropped() - damaged_;
  if (dropped > 0) {
    words += (words.empty() ? "" : "; ") + Counted(dropped, "record was", "records were") +
             " dropped while log \"" + path_ + "\" could not be written";
  }
  if (damaged_ > 0) {
    words += (words.empty() ? "" : "; ") + Counted(damaged_, "record", "records") + " of log \"" +
             path_ + "\" could not be read in memory, where others have written, and " +
             (damaged_ == 1 ? "is" : "are") + " lost";
  }
  if (!words.empty()) platform::PrintError("dllogger: " + words);
}

void Writer::Mute() {
  const std::scoped_lock lock(mutex_);
  on_fault_ = nullptr;
}

Writer::Stats Writer::GetStats() {
  const std::scoped_lock lock(mutex_);
  Stats stats;
  stats.records = saved_ + CountPending();
  stats.unsaved = CountUnsaved();
  stats.bytes = saved_bytes_;
  stats.waits = waits_;
  stats.dropped = CountDropped();
  stats.faults = faults_;
  stats.fault = last_fault_;
  stats.not_crash_safe = ring_file_->Reason();
  stats.ring = ring_file_->Path();
  stats.has_locks = file_->HasLocksNow();
  return stats;
}

}  // namespace dllogger
