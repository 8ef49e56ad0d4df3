// The writer thread.
#include "writer/writer.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "writer/writer_registry.h"

namespace dllogger {
namespace {

using std::chrono::milliseconds;

// Text to gather before a write: large enough that the system call does not count.
constexpr std::size_t kBatch = std::size_t{256} * 1024;

// A writer with nothing to do looks again every nap, and sleeps for good after some 300 ms: so a
// program that logs at all steadily never pays for waking it, and an idle one costs nothing.
constexpr milliseconds kNap{20};
constexpr int kNaps = 15;

constexpr milliseconds kLastPause{1000};

}  // namespace

void Writer::Run() {
  platform::PrepareThread();
  for (Progress progress = Work(); progress != Progress::kEnd; progress = Work()) {
    if (progress != Progress::kMore) Sleep(progress);
  }
  {
    const std::scoped_lock lock(mutex_);
    if (!has_given_up_) return;
  }
  // Nobody waits for this thread any more: files, locks and memory end with it.
  WriterRegistry::Instance().Remove(this);
}

// One attempt to bring a batch into the file.
Writer::Progress Writer::Work() {
  {
    const std::scoped_lock lock(mutex_);
    ++round_;
    if (auto next = std::exchange(next_file_, std::nullopt)) SwitchTo(std::move(*next));
  }
  Fault fault;
  if (!batch_.is_pending) fault = FormatRing();
  if (!batch_.is_pending && !fault) {
    const std::scoped_lock lock(mutex_);
    // Under the lock, because whoever asks for either published all its records before.
    if (!ring_.IsEmptyFrom(reader_.Position())) return Progress::kMore;
    // Nobody refers to what lies beside the ring, and nobody does so without the lock.
    ring_file_->ForgetOverflow();
    reader_.ForgetOverflow();
    if (oversized_ == OversizedState::kOffered) {
      fault = FormatOversized();
    } else if (is_closing_) {
      // Everything is in the file: there is nothing to recover.
      static_cast<void>(ring_file_->Remove());
      is_ended_ = true;
      progress_.NotifyAll();
      return Progress::kEnd;
    } else {
      fault_ = {};
      ring_.AnnounceFaults(faults_, false);
      return Progress::kIdle;
    }
  }
  if (!fault) fault = AppendBatch();
  Finish(fault);
  return fault ? Progress::kFault : Progress::kMore;
}

// Formats as much of the ring as one write should take.
Fault Writer::FormatRing() {
  batch_.text.Clear(kBatch);
  batch_.tail = reader_.Position();
  const std::uint64_t records = reader_.Records();
  const std::uint32_t head = ring_.Head();
  if (head - batch_.tail > Ring::kCapacity) {
    // No producer publishes so much: somebody else has written into the ring.
    reader_.SkipTo(head);
  } else if (Fault fault = reader_.Read(head, kBatch, &batch_.text)) {
    return fault;
  }
  batch_.end = reader_.Position();
  batch_.records = reader_.Records() - records;
  batch_.is_pending = batch_.end != batch_.tail;
  batch_.done = 0;
  return {};
}

// Records that were left out of the batches so far are lost, as those that are dropped.
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
  const std::string_view lines(batch_.text.Data(), batch_.text.Size());
  if (Fault fault = append_lock.Begin(lines, &batch_.done)) return fault;
  const auto set_commit = [&](const Commit& commit) {
    ring_file_->Follow(path_, commit);
    return Fault{};
  };
  return WriteBatch(append_lock, CommitOfBatch(), set_commit,
                    [&] { return append_lock.Write(lines, &batch_.done); });
}

// Of the batch that is pending; otherwise that none is.
Commit Writer::CommitOfBatch() const {
  Commit commit;
  commit.tail = batch_.is_pending ? batch_.tail : reader_.Position();
  commit.end = batch_.is_pending ? batch_.end : commit.tail;
  commit.done = batch_.is_pending ? batch_.done : 0;
  return commit;
}

void Writer::SwitchTo(LogFile::Next next) {
  file_->SwitchTo(std::move(next));
  // What comes from now on is the new file's, also for recovery.
  Commit commit = CommitOfBatch();
  commit.log = file_->Id();
  ring_file_->Follow(path_, commit);
  progress_.NotifyAll();
}

Fault Writer::FormatOversized() {
  batch_.text.Clear(kBatch);
  const Outcome outcome = reader_.AppendLarge(*oversized_pieces_, &batch_.text);
  if (outcome == Outcome::kNoMemory) return {ENOMEM, "malloc"};
  if (outcome == Outcome::kCorrupt) return Fault::Damaged();
  oversized_ = OversizedState::kBatch;
  batch_is_oversized_ = true;
  batch_.is_pending = true;
  batch_.tail = reader_.Position();
  batch_.end = batch_.tail;
  batch_.records = 1;
  batch_.done = 0;
  return {};
}

// Of a record that is too large for the ring, its caller is told how the first attempt ended. After
// a fault he has it put beside the ring, and we are rid of it, unless some of it is in the file: a
// pipe gives nothing back, and a disk may not let itself be cut.
void Writer::AnswerOversized(const Fault& fault) {
  if (oversized_ == OversizedState::kBatch) {
    oversized_ = OversizedState::kDone;
    oversized_fault_ = file_->IsRegular() ? fault : Fault{};
  }
  if (fault && !file_->IsRegular()) return;
  batch_is_oversized_ = false;
  gave_up_oversized_ = static_cast<bool>(fault);
  if (fault) batch_.is_pending = false;
}

void Writer::Finish(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  const bool has_begun = fault && !fault_ && !gave_up_oversized_;
  gave_up_oversized_ = false;
  fault_ = fault;
  if (fault) {
    fault_round_ = round_;
    last_fault_ = fault;
    // A fault of the formatter's has no batch.
    const char* text = batch_.text.Data();
    const auto saved = batch_.is_pending ? std::count(text, text + batch_.done, '\n') : 0;
    batch_saved_ = static_cast<std::uint64_t>(saved);
    if (has_begun) ++faults_;
    if (has_begun && on_fault_) on_fault_(fault);
    if (batch_is_oversized_) AnswerOversized(fault);
  } else {
    saved_ += batch_.records;
    saved_bytes_ += batch_.text.Size();
    batch_saved_ = 0;
    released_ = batch_.end;
    ring_.Release(batch_.end);
    NoteDamage();
    batch_.is_pending = false;
    if (batch_is_oversized_) AnswerOversized({});
    idle_rounds_ = 0;
    pause_ = kFirstPause;
  }
  ring_.AnnounceFaults(faults_, static_cast<bool>(fault));
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
    // What was published before the announcement was seen woke nobody.
    if (ring_.IsEmptyFrom(reader_.Position())) wake_.Wait(&lock, is_woken);
  }
  is_woken_ = false;
  ring_.Announce(Consumer::kAwake);
}

// Records that are taken and not in one of the finished batches.
std::uint64_t Writer::CountPending() const {
  std::uint64_t records = batch_is_oversized_ && oversized_ != OversizedState::kBatch ? 1 : 0;
  const std::uint32_t head = ring_.Head();
  // No more where somebody else has written into the ring.
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
