// The writer thread.
#include "writer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

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
  for (;;) {
    const Step step = Work();
    if (step == Step::kEnd) return;
    if (step != Step::kProgress) Rest(step);
  }
}

// One attempt to bring a batch into the file.
Writer::Step Writer::Work() {
  {
    const std::scoped_lock lock(mutex_);
    if (is_abandoned_) {
      is_ended_ = true;
      progress_.notify_all();
      return Step::kEnd;
    }
    ++round_;
    if (auto next = std::exchange(next_file_, std::nullopt)) GoOnIn(std::move(*next));
  }
  Fault fault;
  if (!has_batch_) fault = FormatRing();
  if (!has_batch_ && !fault) {
    const std::scoped_lock lock(mutex_);
    // Under the lock, because whoever asks for either published all its records before.
    if (!ring_.IsEmpty()) return Step::kProgress;
    // Nobody refers to what lies beside the ring, and nobody does so without the lock.
    ring_file_->ForgetAside();
    if (through_ == Through::kOffered) {
      fault = FormatThrough();
    } else if (is_closing_) {
      // Everything is in the file: there is nothing to recover.
      static_cast<void>(ring_file_->Remove());
      is_ended_ = true;
      progress_.notify_all();
      return Step::kEnd;
    } else {
      fault_ = {};
      return Step::kIdle;
    }
  }
  if (!fault) fault = WriteBatch();
  Finish(fault);
  return fault ? Step::kFault : Step::kProgress;
}

// Formats as much of the ring as one write should take.
Fault Writer::FormatRing() {
  text_.Clear(kBatch);
  batch_start_ = reader_.Position();
  const std::uint64_t records = reader_.Records();
  if (Fault fault = reader_.Read(ring_.Head(), kBatch, &text_)) return fault;
  batch_end_ = reader_.Position();
  batch_records_ = reader_.Records() - records;
  has_batch_ = batch_end_ != batch_start_;
  done_ = 0;
  if (reader_.Damaged() > 0 && !has_told_damage_) {
    has_told_damage_ = true;
    platform::PrintError("dllogger: a damaged record in the ring of \"" + path_ +
                         "\": it is left out");
  }
  return {};
}

// Calls what may take for ever. Meanwhile the ring's memory may be given back.
template <typename Call>
Fault Writer::Apart(Call call) {
  {
    const std::scoped_lock lock(mutex_);
    if (is_abandoned_) return {ECANCELED, "write"};
    is_apart_ = true;
  }
  const Fault fault = call();
  const std::scoped_lock lock(mutex_);
  is_apart_ = false;
  return is_abandoned_ ? Fault{ECANCELED, "write"} : fault;
}

// Tells in the ring what is about to happen, and that it has happened: whenever this process is
// killed, recovery finds out what the file lacks.
Fault Writer::WriteBatch() {
  LogFile::Turn turn(file_.get());
  const std::string_view lines(text_.Data(), text_.Size());
  if (Fault fault = Apart([&] { return turn.Begin(lines, &done_); })) return fault;
  Commit commit;
  commit.tail = batch_start_;
  commit.end = batch_end_;
  commit.done = done_;
  commit.offset = turn.Offset();
  commit.log = turn.Id();
  ring_file_->Write(commit);
  if (Fault fault = Apart([&] { return turn.Write(lines, &done_); })) return fault;
  commit.tail = batch_end_;
  commit.done = 0;
  ring_file_->Write(commit);
  return {};
}

void Writer::GoOnIn(LogFile::Next next) {
  file_->GoOnIn(std::move(next));
  // What comes from now on is the new file's, also for recovery.
  Commit commit;
  commit.tail = has_batch_ ? batch_start_ : reader_.Position();
  commit.end = has_batch_ ? batch_end_ : commit.tail;
  commit.done = has_batch_ ? done_ : 0;
  commit.log = file_->Id();
  ring_file_->Write(commit);
  progress_.notify_all();
}

Fault Writer::FormatThrough() {
  text_.Clear(kBatch);
  const Outcome outcome = reader_.AppendLarge(*through_pieces_, &text_);
  if (outcome == Outcome::kNoMemory) return {ENOMEM, "malloc"};
  if (outcome == Outcome::kCorrupt) return {EINVAL, "format"};
  through_ = Through::kBatch;
  batch_is_through_ = true;
  has_batch_ = true;
  batch_start_ = reader_.Position();
  batch_end_ = batch_start_;
  batch_records_ = 1;
  done_ = 0;
  return {};
}

// Of a record that is too large for the ring, its caller is told how the first attempt ended. After
// a fault he has it put beside the ring, and we are rid of it, unless some of it is in the file: a
// pipe gives nothing back, and a disk may not let itself be cut.
void Writer::AnswerThrough(const Fault& fault) {
  if (through_ == Through::kBatch) {
    through_ = Through::kDone;
    through_fault_ = file_->IsRegular() ? fault : Fault{};
  }
  if (fault && (!file_->IsRegular() || !file_->IsWhole())) return;
  batch_is_through_ = false;
  gave_up_through_ = static_cast<bool>(fault);
  if (fault) has_batch_ = false;
}

void Writer::Finish(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  const bool has_begun = fault && !fault_ && !gave_up_through_;
  gave_up_through_ = false;
  fault_ = fault;
  if (fault) {
    fault_round_ = round_;
    last_fault_ = fault;
    // A fault of the formatter's has no batch.
    const char* text = text_.Data();
    const auto saved = has_batch_ ? std::count(text, text + done_, '\n') : 0;
    batch_saved_ = static_cast<std::uint64_t>(saved);
    if (has_begun) ++faults_;
    if (has_begun && on_fault_ && !is_muted_) on_fault_(fault);
    if (batch_is_through_) AnswerThrough(fault);
  } else {
    saved_ += batch_records_;
    saved_bytes_ += text_.Size();
    batch_saved_ = 0;
    ring_.Release(batch_end_);
    has_batch_ = false;
    if (batch_is_through_) AnswerThrough({});
    idle_rounds_ = 0;
    pause_ = kFirstPause;
  }
  progress_.notify_all();
}

void Writer::Rest(Step step) {
  std::unique_lock lock(mutex_);
  if (is_abandoned_) return;
  const auto is_woken = [&] { return is_woken_; };
  is_apart_ = true;
  if (step == Step::kFault) {
    wake_.wait_for(lock, pause_, is_woken);
    pause_ = std::min(pause_ * 2, kLastPause);
  } else if (idle_rounds_ < kNaps) {
    ++idle_rounds_;
    ring_.Announce(Consumer::kNapping);
    wake_.wait_for(lock, kNap, is_woken);
  } else {
    ring_.Announce(Consumer::kAsleep);
    // What was published before the announcement was seen woke nobody.
    if (ring_.IsEmpty()) wake_.wait(lock, is_woken);
  }
  is_apart_ = false;
  is_woken_ = false;
  if (!is_abandoned_) ring_.Announce(Consumer::kAwake);
}

// Records that are taken and not in one of the finished batches.
std::uint64_t Writer::CountPending() const {
  std::uint64_t records = batch_is_through_ && through_ != Through::kBatch ? 1 : 0;
  const std::uint32_t head = ring_.Head();
  for (std::uint32_t position = ring_.Tail(); position != head;) {
    RecordHeader header;
    std::memcpy(&header, ring_.At(position), sizeof(header));
    if (header.size < sizeof(header) || header.size > head - position) break;
    if (header.kind != Kind::kPad && header.kind != Kind::kShape) ++records;
    position += header.size;
  }
  return records;
}

std::uint64_t Writer::CountUnsaved() const {
  const std::uint64_t pending = CountPending();
  return pending - std::min(pending, batch_saved_);
}

}  // namespace dllogger
