// The writer thread.
#include "writer/writer.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "writer/writer_registry.h"

namespace dllogger {
namespace {

using std::chrono::milliseconds;

// A writer with nothing to do looks at the ring again after each nap, and after some 300 ms sleeps
// until it is woken: so a program that logs steadily never pays for waking the writer, and an idle
// program costs nothing.
constexpr milliseconds kNap{20};
constexpr int kNaps = 15;

constexpr milliseconds kLastPause{1000};

// Without the memory for what it needs besides the batch, a step of the writer thread fails as one
// that the disk refuses: an exception would end the process.
template <typename Step>
Fault WithoutThrowing(Step step) {
  try {
    return step();
  } catch (const std::bad_alloc&) {
    return {ENOMEM, "malloc"};
  }
}

}  // namespace

void Writer::Run() {
  for (Progress progress = Work(); progress != Progress::kEnd; progress = Work()) {
    if (progress != Progress::kMore) Sleep(progress);
  }
  {
    const std::scoped_lock lock(mutex_);
    if (!has_given_up_) return;
  }
  // No caller waits for this thread any more: files, locks and memory end with it.
  WriterRegistry::Instance().Remove(this);
}

// One attempt to bring a batch into the file.
Writer::Progress Writer::Work() {
  {
    const std::scoped_lock lock(mutex_);
    attempts_.Begin();
    if (auto next = std::exchange(next_file_, std::nullopt)) SwitchTo(std::move(*next));
  }
  Fault fault;
  if (!batch_.is_pending) fault = FormatRing();
  if (!batch_.is_pending && !fault) {
    const std::scoped_lock lock(mutex_);
    // Checked under the lock: a caller that offers an oversized record, or closes, has published
    // all its records before.
    if (!ring_.IsEmptyFrom(reader_.Position())) return Progress::kMore;
    // No record in the ring refers to the overflow, and none is put there without the lock.
    ring_file_->ForgetOverflow();
    reader_.ForgetOverflow();
    if (oversized_.IsOffered()) {
      fault = FormatOversized();
    } else if (is_closing_) {
      // Everything is in the file: there is nothing to recover.
      static_cast<void>(WithoutThrowing([this] { return ring_file_->Remove(); }));
      is_ended_ = true;
      progress_.NotifyAll();
      return Progress::kEnd;
    } else {
      attempts_.Rest();
      ring_.AnnounceFaults(attempts_.Failures(), false);
      return Progress::kIdle;
    }
  }
  if (!fault) fault = WithoutThrowing([this] { return AppendBatch(); });
  Finish(fault);
  return fault ? Progress::kFault : Progress::kMore;
}

// Formats as much of the ring as one write should take.
Fault Writer::FormatRing() {
  batch_.Begin(reader_.Position());
  const std::uint64_t records = reader_.Records();
  const std::uint32_t head = ring_.Head();
  if (head - batch_.tail > Ring::kCapacity) {
    // No producer publishes so much: something else has written into the ring.
    reader_.SkipTo(head);
  } else if (Fault fault = reader_.Read(head, PendingBatch::kTarget, &batch_.text)) {
    return fault;
  }
  batch_.end = reader_.Position();
  batch_.records = reader_.Records() - records;
  batch_.is_pending = batch_.end != batch_.tail;
  return {};
}

// Records that were left out of the batches so far are lost, as dropped records are.
void Writer::NoteDamage() {
  if (reader_.Damaged() == damaged_) return;
  if (damaged_ == 0) {
    platform::PrintError("dllogger: a damaged record in the ring of \"" + path_ +
                         "\": it is left out");
  }
  damaged_ = reader_.Damaged();
  damage_fault_ = Fault::Damaged();
  last_fault_ = Fault::Damaged();
}

Fault Writer::AppendBatch() {
  LogFile::AppendLock append_lock(file_.get());
  const std::string_view lines = batch_.Lines();
  if (Fault fault = append_lock.Begin(lines, &batch_.done)) return fault;
  const auto set_commit = [&](const Commit& commit) {
    ring_file_->Follow(path_, commit);
    return Fault{};
  };
  return WriteBatch(append_lock, batch_.ToCommit(reader_.Position()), set_commit,
                    [&] { return append_lock.Write(lines, &batch_.done); });
}

void Writer::SwitchTo(LogFile::Next next) {
  file_->SwitchTo(std::move(next));
  // Recovery, too, has to bring the pending lines to the new file.
  Commit commit = batch_.ToCommit(reader_.Position());
  commit.log = file_->Id();
  ring_file_->Follow(path_, commit);
  progress_.NotifyAll();
}

Fault Writer::FormatOversized() {
  batch_.Begin(reader_.Position());
  const Outcome outcome = reader_.AppendOversized(oversized_.Pieces(), &batch_.text);
  if (outcome == Outcome::kNoMemory) return {ENOMEM, "malloc"};
  if (outcome == Outcome::kCorrupt) return Fault::Damaged();
  oversized_.BeginWriting();
  batch_.records = 1;
  batch_.is_pending = true;
  return {};
}

// Answers the caller of an oversized record after the first attempt. After a fault the caller puts
// the record into the overflow, and the batch is given up. A pipe may have taken a part of the
// record: then the record counts as taken, and the batch stays.
void Writer::AnswerOversized(const Fault& fault) {
  const bool is_given_up = fault && file_->IsRegular();
  oversized_.Answer(is_given_up ? fault : Fault{});
  if (fault && !is_given_up) return;
  oversized_.LeaveBatch();
  if (!is_given_up) return;
  batch_.is_pending = false;
  attempts_.TakeBack();
}

void Writer::Finish(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  if (fault) {
    last_fault_ = fault;
    batch_saved_ = batch_.CountSaved();
    if (attempts_.Fail(fault) && on_fault_) on_fault_(fault);
  } else {
    attempts_.Succeed();
    saved_ += batch_.records;
    saved_bytes_ += batch_.text.Size();
    batch_saved_ = 0;
    released_ = batch_.end;
    ring_.Release(batch_.end);
    NoteDamage();
    batch_.is_pending = false;
    idle_rounds_ = 0;
    pause_ = kFirstPause;
  }
  if (oversized_.IsInBatch()) AnswerOversized(fault);
  ring_.AnnounceFaults(attempts_.Failures(), static_cast<bool>(fault));
  progress_.NotifyAll();
}

void Writer::Sleep(Progress progress) {
  std::unique_lock lock(mutex_);
  const auto is_woken = [&] { return is_woken_; };
  if (progress == Progress::kFault) {
    wake_.WaitUntil(&lock, Clock::now() + pause_, is_woken);
    pause_ = std::min(pause_ * 2, kLastPause);
  } else if (idle_rounds_ < kNaps) {
    ++idle_rounds_;
    ring_.Announce(Consumer::kNapping);
    wake_.WaitUntil(&lock, Clock::now() + kNap, is_woken);
  } else {
    ring_.Announce(Consumer::kAsleep);
    // A record published before the producer saw the announcement did not wake this thread.
    if (ring_.IsEmptyFrom(reader_.Position())) wake_.Wait(&lock, is_woken);
  }
  is_woken_ = false;
  ring_.Announce(Consumer::kAwake);
}

// Records that are taken and not in one of the finished batches.
std::uint64_t Writer::CountPending() const {
  // A record that a pipe has taken in part counts as taken.
  std::uint64_t records = oversized_.IsInBatch() && !oversized_.IsWriting() ? 1 : 0;
  const std::uint32_t head = ring_.Head();
  // Not the ring's records where something else has written into the ring.
  if (head - released_ > Ring::kCapacity) return records;
  for (std::uint32_t position = released_; position != head;) {
    const std::uint32_t part = std::min(head - position, Ring::UntilHalfEnd(position));
    records += CountRecords(ring_.At(position), part);
    position += part;
  }
  return records;
}

std::uint64_t Writer::CountUnsaved() const {
  const std::uint64_t pending = CountPending();
  return pending - std::min(pending, batch_saved_);
}

}  // namespace dllogger
