#include "file.h"

#include <chrono>
#include <thread>

namespace dllogger {
namespace {

using platform::File;

// Far beyond the end of any log: on some systems a locked byte cannot be read by others.
constexpr std::int64_t kLockBase = std::int64_t{1} << 62;
// Held while a batch is appended.
constexpr std::int64_t kBatchLock = kLockBase - 1;
// A live writer holds byte kLockBase + its process id, shared. Truncating needs all of them, and
// learns from the first one that is held whose it is.
constexpr std::int64_t kLiveLocks = std::int64_t{1} << 32;

// The lock that keeps batches of several processes apart; none where the file system has none.
class BatchLock {
 public:
  explicit BatchLock(const File& file) : file_(file) {
    is_held_ = !file.SetLock(File::Lock::kExclusive, File::Wait::kYes, kBatchLock, 1);
  }
  ~BatchLock() {
    if (is_held_) {
      static_cast<void>(file_.SetLock(File::Lock::kNone, File::Wait::kNo, kBatchLock, 1));
    }
  }
  BatchLock(const BatchLock&) = delete;
  BatchLock& operator=(const BatchLock&) = delete;

 private:
  const File& file_;
  bool is_held_;
};

}  // namespace

Fault LogFile::Open(const std::string& path, Mode mode, std::int64_t* holder) {
  *holder = -1;
  if (Fault fault = file_.OpenForAppend(path)) return fault;
  if (!file_.IsRegular()) return {};
  if (mode == Mode::kTruncate) return TakeOver(holder);
  // Waits at most for a truncation that is under way.
  const std::int64_t self = kLockBase + platform::ProcessId();
  static_cast<void>(file_.SetLock(File::Lock::kShared, File::Wait::kYes, self, 1));
  return EndLastLine();
}

Fault LogFile::TakeOver(std::int64_t* holder) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kHolderGraceMilliseconds);
  for (;;) {
    const Fault fault =
        file_.SetLock(File::Lock::kExclusive, File::Wait::kNo, kLockBase, kLiveLocks);
    if (!fault || !File::IsHeld(fault)) break;
    if (std::chrono::steady_clock::now() >= deadline) {
      const std::int64_t held = file_.FirstHeld(kLockBase, kLiveLocks);
      // Gone since: one more try.
      if (held == -1) continue;
      *holder = held - kLockBase;
      return fault;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (Fault fault = file_.Truncate(0)) return fault;
  // Keeps its own byte without a moment's gap, so that no other truncation slips in between.
  const std::int64_t self = kLockBase + platform::ProcessId();
  static_cast<void>(file_.SetLock(File::Lock::kShared, File::Wait::kNo, self, 1));
  static_cast<void>(file_.SetLock(File::Lock::kNone, File::Wait::kNo, kLockBase, self - kLockBase));
  static_cast<void>(file_.SetLock(File::Lock::kNone, File::Wait::kNo, self + 1,
                                  kLockBase + kLiveLocks - self - 1));
  return {};
}

// A log whose last line is unfinished gets its newline, so that nothing is glued to it.
Fault LogFile::EndLastLine() {
  const BatchLock lock(file_);
  std::int64_t size = 0;
  if (Fault fault = file_.Size(&size)) return fault;
  char last = '\n';
  if (size == 0 || file_.ReadAt(size - 1, &last) || last == '\n') return {};
  std::size_t written = 0;
  return file_.Write("\n", 1, &written);
}

Fault LogFile::Append(std::string_view lines, std::size_t* done) {
  const BatchLock lock(file_);
  while (*done < lines.size()) {
    std::size_t written = 0;
    const Fault fault = file_.Write(lines.data() + *done, lines.size() - *done, &written);
    *done += written;
    if (fault) {
      CutToWholeLines(lines, done);
      return fault;
    }
  }
  return {};
}

// A full disk may have taken part of a line: takes it back, so that a reader sees whole lines only
// and another process appends to none of ours while we wait for room.
void LogFile::CutToWholeLines(std::string_view lines, std::size_t* done) {
  const std::size_t newline = lines.substr(0, *done).rfind('\n');
  const std::size_t whole = newline == std::string_view::npos ? 0 : newline + 1;
  std::int64_t size = 0;
  if (whole == *done || !file_.IsRegular() || file_.Size(&size)) return;
  const auto excess = static_cast<std::int64_t>(*done - whole);
  if (size >= excess && !file_.Truncate(size - excess)) *done = whole;
}

}  // namespace dllogger
