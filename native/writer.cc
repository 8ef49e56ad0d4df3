#include "writer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace dllogger {
namespace {

using std::chrono::milliseconds;

// Text to gather before a write: large enough that the system call does not count.
constexpr std::size_t kBatch = std::size_t{256} * 1024;

// A writer with nothing to do looks again every nap, and sleeps for good after some 300 ms: so a
// program that logs at all steadily never pays for waking it, and an idle one costs nothing.
constexpr milliseconds kNap{20};
constexpr int kNaps = 15;

constexpr milliseconds kFirstPause{10};
constexpr milliseconds kLastPause{1000};

}  // namespace

Writer::Opened Writer::Open(const Options& options) {
  Opened opened;
  std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  if (memory == nullptr) {
    opened.fault = {errno, "mmap"};
    return opened;
  }
  auto writer = std::make_shared<Writer>(Key{}, options, std::move(memory));
  opened.fault = writer->file_.Open(options.path, options.mode, &opened.holder);
  if (opened.fault) return opened;
  try {
    writer->thread_ = std::thread([writer] { writer->Run(); });
  } catch (const std::system_error& error) {
    opened.fault = {error.code().value(), "pthread_create"};
    return opened;
  }
  WriterRegistry::Instance().Add(writer);
  opened.writer = std::move(writer);
  return opened;
}

Writer::Writer(Key, const Options& options, std::shared_ptr<void> memory)
    : path_(options.path),
      memory_(std::move(memory)),
      ring_(memory_.get()),
      json_(options.non_finite),
      through_json_(options.non_finite),
      pause_(kFirstPause) {}

void Writer::Wake() {
  const std::scoped_lock lock(mutex_);
  Notify();
}

void Writer::Notify() {
  is_woken_ = true;
  wake_.notify_one();
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
      progress_.wait(*lock);
    } else if (progress_.wait_until(*lock, deadline) == std::cv_status::timeout && !done()) {
      return {kStillWaiting, "write"};
    }
  }
  asked_.reset();
  return {};
}

Fault Writer::Flush(std::uint32_t position, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return Await(&lock, deadline, [&] { return IsReleased(position) && !through_is_pending_; });
}

Fault Writer::WaitForRoom(std::uint32_t position, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (fault_ && !IsReleased(position)) {
    asked_.reset();
    return fault_;
  }
  return Await(&lock, deadline, [&] { return IsReleased(position); });
}

Fault Writer::WriteThrough(const std::vector<Bytes>& parts, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  through_ = &parts;
  const auto done = [&] { return through_ == nullptr && !through_is_pending_; };
  const Fault fault = Await(&lock, deadline, done);
  if (through_ == nullptr) {
    asked_.reset();
    return {};
  }
  // The caller's memory must not be read any more once it has its answer.
  through_ = nullptr;
  return fault;
}

Fault Writer::Close(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  is_closing_ = true;
  const Fault fault = Await(&lock, deadline, [&] { return is_ended_; });
  if (fault) {
    is_closing_ = false;
    return fault;
  }
  lock.unlock();
  if (thread_.joinable()) thread_.join();
  WriterRegistry::Instance().Remove(this);
  return {};
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
    if (fault) progress_.wait_until(lock, std::min(deadline, Clock::now() + kFirstPause));
  } while (fault && Clock::now() < deadline);
  if (fault) {
    platform::PrintError("dllogger: " + std::to_string(CountUnwritten()) +
                         " records are not saved: cannot write log \"" + path_ +
                         "\": " + std::system_category().message(fault.error));
    has_given_up_ = true;
    thread_.detach();
    return;
  }
  lock.unlock();
  if (thread_.joinable()) thread_.join();
  WriterRegistry::Instance().Remove(this);
}

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
    ++round_;
  }
  Fault fault;
  if (!has_batch_) fault = FormatRing();
  if (!has_batch_ && !fault) {
    const std::scoped_lock lock(mutex_);
    // Under the lock, because whoever asks for either published all its records before.
    if (!ring_.IsEmpty()) return Step::kProgress;
    if (through_ != nullptr) {
      fault = FormatThrough();
    } else if (is_closing_) {
      is_ended_ = true;
      progress_.notify_all();
      return Step::kEnd;
    } else {
      fault_ = {};
      return Step::kIdle;
    }
  }
  if (!fault) fault = file_.Append({text_.Data(), text_.Size()}, &done_);
  Finish(fault);
  return fault ? Step::kFault : Step::kProgress;
}

// Formats as much of the ring as one write should take.
Fault Writer::FormatRing() {
  std::uint32_t position = ring_.Tail();
  const std::uint32_t start = position;
  const std::uint32_t head = ring_.Head();
  text_.Clear(kBatch);
  while (position != head && text_.Size() < kBatch) {
    if (Ring::StartsHalf(position)) json_.ForgetShapes();
    const std::uint8_t* bytes = ring_.At(position);
    const std::uint32_t available = std::min(head - position, Ring::UntilHalfEnd(position));
    const Outcome outcome = json_.Append(bytes, available, &text_);
    if (outcome == Outcome::kNoMemory) {
      // What was read, definitions too, is not to be read again: it makes a batch of its own.
      if (position == start) return {ENOMEM, "malloc"};
      break;
    }
    if (outcome == Outcome::kCorrupt) {
      position += SkipDamaged(bytes, available);
      continue;
    }
    RecordHeader header;
    std::memcpy(&header, bytes, sizeof(header));
    position += header.size;
  }
  has_batch_ = position != start;
  batch_end_ = position;
  done_ = 0;
  return {};
}

// Only a bug, or somebody who writes where he should not, can bring us here. A record that says how
// long it is is left out alone; otherwise the next one is to be found in the next half only, and
// what this half has defined is not to be trusted.
std::uint32_t Writer::SkipDamaged(const std::uint8_t* bytes, std::uint32_t available) {
  RecordHeader header = {};
  std::memcpy(&header, bytes, std::min(sizeof(header), std::size_t{available}));
  const bool is_line = header.kind == Kind::kLog || header.kind == Kind::kMetadata;
  const bool is_whole = available >= sizeof(header) && header.size >= sizeof(header) &&
                        header.size <= available && header.size % kRecordAlignment == 0;
  const std::uint32_t skipped = is_line && is_whole ? header.size : available;
  if (skipped == available) json_.ForgetShapes();
  if (!has_told_damage_) {
    platform::PrintError("dllogger: a damaged record in the ring of \"" + path_ +
                         "\": it is left out");
  }
  has_told_damage_ = true;
  return skipped;
}

Fault Writer::FormatThrough() {
  text_.Clear(kBatch);
  through_json_.ForgetShapes();
  for (const Bytes& part : *through_) {
    const Outcome outcome = through_json_.Append(part.data, part.size, &text_);
    if (outcome == Outcome::kNoMemory) return {ENOMEM, "malloc"};
    if (outcome == Outcome::kCorrupt) return {EINVAL, "format"};
  }
  through_ = nullptr;
  through_is_pending_ = true;
  has_batch_ = true;
  batch_end_ = ring_.Tail();
  done_ = 0;
  return {};
}

void Writer::Finish(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  fault_ = fault;
  if (fault) {
    fault_round_ = round_;
    // A fault of the formatter's has no batch.
    const char* text = text_.Data();
    const auto saved = has_batch_ ? std::count(text, text + done_, '\n') : 0;
    batch_saved_ = static_cast<std::uint32_t>(saved);
  } else {
    batch_saved_ = 0;
    ring_.Release(batch_end_);
    through_is_pending_ = false;
    has_batch_ = false;
    idle_rounds_ = 0;
    pause_ = kFirstPause;
  }
  progress_.notify_all();
}

void Writer::Rest(Step step) {
  std::unique_lock lock(mutex_);
  const auto is_woken = [&] { return is_woken_; };
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
  is_woken_ = false;
  ring_.Announce(Consumer::kAwake);
}

std::uint32_t Writer::CountUnwritten() const {
  std::uint32_t records = through_is_pending_ ? 1 : 0;
  const std::uint32_t head = ring_.Head();
  for (std::uint32_t position = ring_.Tail(); position != head;) {
    RecordHeader header;
    std::memcpy(&header, ring_.At(position), sizeof(header));
    if (header.size < sizeof(header) || header.size > head - position) break;
    if (header.kind == Kind::kLog || header.kind == Kind::kMetadata) ++records;
    position += header.size;
  }
  return records - std::min(records, batch_saved_);
}

WriterRegistry& WriterRegistry::Instance() {
  // Leaked on purpose: see the header.
  static WriterRegistry* const registry = std::make_unique<WriterRegistry>().release();
  return *registry;
}

void WriterRegistry::Add(std::shared_ptr<Writer> writer) {
  const std::scoped_lock lock(mutex_);
  if (!is_called_at_exit_) platform::AtExit([] { Instance().CloseAll(); });
  is_called_at_exit_ = true;
  writers_.push_back(std::move(writer));
}

void WriterRegistry::Remove(const Writer* writer) {
  const std::scoped_lock lock(mutex_);
  const auto is_it = [&](const std::shared_ptr<Writer>& one) { return one.get() == writer; };
  writers_.erase(std::remove_if(writers_.begin(), writers_.end(), is_it), writers_.end());
}

void WriterRegistry::CloseAll() {
  std::vector<std::shared_ptr<Writer>> writers;
  {
    const std::scoped_lock lock(mutex_);
    writers = writers_;
  }
  const auto deadline = Writer::Clock::now() + Writer::kExitGrace;
  for (const auto& writer : writers) writer->CloseAtExit(deadline);
}

}  // namespace dllogger
