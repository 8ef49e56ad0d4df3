// The calls of a writer's users: of the thread that logs, and of the thread that ends the process.
#include <algorithm>
#include <system_error>
#include <utility>

#include "writer/loss.h"
#include "writer/writer.h"
#include "writer/writer_registry.h"

namespace dllogger {

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
  attempts_.Ask();
  if (!done()) Notify();
  while (!done()) {
    if (attempts_.HasFailedSinceAsked()) {
      attempts_.Answer();
      return attempts_.LastFault();
    }
    if (deadline == kNever) {
      progress_.Wait(lock);
    } else if (!progress_.WaitUntil(lock, deadline) && !done()) {
      return Fault::Waiting();
    }
  }
  attempts_.Answer();
  return {};
}

Fault Writer::Flush(std::uint32_t position, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  // Nothing else moves the head: the caller is the thread that publishes.
  const std::uint32_t head = ring_.Head();
  if (!Ring::Reached(head, position)) {
    Notify();
    return Fault::Damaged();
  }
  const Fault fault =
      Await(&lock, deadline, [&] { return IsReleased(head) && !oversized_.IsInBatch(); });
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
  Fault fault = attempts_.LastFault();
  if (fault && !is_released()) {
    attempts_.Answer();
  } else {
    if (!is_released() && !attempts_.IsAsked()) ++waits_;
    fault = Await(&lock, deadline, is_released);
  }
  if (fault && !fault.IsWaiting()) ++dropped_;
  return fault;
}

Fault Writer::WriteOversized(std::uint64_t id, const RecordPieces& pieces,
                             Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (!oversized_.IsOf(id)) {
    // The caller of the previous record was ended while it waited, and will not ask for its answer.
    const Fault fault = Await(&lock, deadline, [&] { return !oversized_.IsWriting(); });
    if (oversized_.IsWriting()) return fault;
  }
  oversized_.Offer(id, pieces);
  const Fault fault = Await(&lock, deadline, [&] { return oversized_.IsAnswered(); });
  oversized_.Withdraw();
  // A part of the record may be in the file: the caller has to wait for the end of the attempt.
  if (oversized_.IsWriting()) return Fault::Waiting();
  if (!oversized_.IsAnswered()) return fault;
  attempts_.Answer();
  return oversized_.Answer();
}

Fault Writer::PutOverflow(const RecordPieces& pieces) {
  const std::scoped_lock lock(mutex_);
  RecordOverflow overflow = {};
  Fault fault;
  if (Ring::UntilHalfEnd(ring_.Head()) < Ring::kOverflowSize) fault = Fault::Damaged();
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
        Await(&lock, deadline, [&] { return IsReleased(head) && !oversized_.IsInBatch(); });
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
  // The writer thread takes the file between two attempts, whether these fail or not.
  Notify();
  while (next_file_ && !is_ended_) {
    if (deadline == kNever) {
      progress_.Wait(&lock);
    } else if (!progress_.WaitUntil(&lock, deadline)) {
      if (next_file_) return Fault::Waiting();
    }
  }
  lock.unlock();
  // A later Sync() promises that the records of the old file are on the device, too; that file may
  // have another name by then.
  file_->SyncBefore();
  return {};
}

Fault Writer::Close(Clock::time_point deadline) {
  const Fault close_fault = file_->CheckClose();
  std::unique_lock lock(mutex_);
  if (close_fault) {
    last_fault_ = close_fault;
    return close_fault;
  }
  is_closing_ = true;
  const Fault fault = Await(&lock, deadline, [&] { return is_ended_; });
  if (fault) {
    is_closing_ = false;
    return fault;
  }
  if (Join(&lock)) SayWhatIsLost({});
  return {};
}

// The thread has ended its work: waits until the thread is gone. False when another caller has
// waited, or waits now: two callers must not join one thread.
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
  // The end of an environment is followed by that of the process: one wait and one message are
  // enough.
  if (has_given_up_) return;
  attempts_.Answer();
  is_closing_ = true;
  Fault fault;
  do {
    fault = Await(&lock, deadline, [&] { return is_ended_; });
    // A pause before the next attempt: a full disk refuses at once.
    if (fault) progress_.WaitUntil(&lock, std::min(deadline, Clock::now() + kFirstPause));
  } while (fault && Clock::now() < deadline);
  if (is_ended_) fault = {};
  // An environment of another thread may end at the same time as the process.
  if (has_given_up_) return;
  has_given_up_ = true;
  if (fault && attempts_.LastFault()) fault = attempts_.LastFault();
  SayWhatIsLost(fault);
  if (fault) {
    if (thread_.joinable()) thread_.detach();
    return;
  }
  SayWhatClosingTells();
  Join(&lock);
}

void Writer::CloseAlone() {
  Fault fault = ring_file_->Spill();
  // Ends the locks of both, whichever thread took them.
  ring_file_.reset();
  file_.reset();
  Recovery recovery;
  if (!fault) fault = RecoverPath(path_, &recovery, Clock::now() + kExitGrace);
  if (!fault) return;
  platform::PrintError("dllogger: the last records are not saved: cannot write log \"" + path_ +
                       "\": " + std::generic_category().message(fault.error));
}

// Nobody is left who could catch an error.
void Writer::SayWhatClosingTells() const {
  const Fault fault = file_->CheckClose();
  if (!fault) return;
  platform::PrintError("dllogger: log \"" + path_ + "\" may lack records: closing it failed: " +
                       std::generic_category().message(fault.error));
}

// Prints which losses there are. The mutex is held, or no other thread is left.
void Writer::SayWhatIsLost(const Fault& fault) const {
  Loss loss;
  if (fault) loss.unsaved = CountUnsaved();
  loss.fault = fault;
  loss.is_recoverable = ring_file_->Reason().empty();
  loss.dropped = CountDropped() - damaged_;
  loss.damaged = damaged_;
  const std::string words = Describe(loss, path_);
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
  stats.faults = attempts_.Failures();
  stats.fault = last_fault_;
  stats.not_crash_safe = ring_file_->Reason();
  stats.ring = ring_file_->Path();
  stats.has_locks = file_->HasLocksNow();
  return stats;
}

}  // namespace dllogger
