#include "file.h"

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "tail.h"

namespace dllogger {
namespace {

using platform::File;
using platform::FileStatus;

// Far beyond the end of any log: on some systems a locked byte cannot be read by others.
constexpr std::int64_t kLockBase = std::int64_t{1} << 62;
// Held while a batch is appended.
constexpr std::int64_t kTurnLock = kLockBase - 1;
// A live writer holds byte kLockBase + its process id, shared. Truncating needs all of them, and
// learns from the first one that is held whose it is.
constexpr std::int64_t kLiveLocks = std::int64_t{1} << 32;

std::int64_t OwnLock() {
  return kLockBase + platform::ProcessId();
}

}  // namespace

Fault LogFile::Open(const std::string& path, Mode mode, std::int64_t* holder) {
  *holder = -1;
  path_ = path;
  if (Fault fault = file_->OpenForAppend(path)) return fault;
  if (!IsRegular()) return {};
  if (Fault fault = file_->Identify(&id_)) return fault;
  if (mode == Mode::kTruncate) return TakeOver(holder);
  Enter(*file_);
  std::size_t nothing = 0;
  return Turn(this).Begin({}, &nothing);
}

// Says that a live writer has the log. Waits at most for a truncation that is under way.
void LogFile::Enter(const File& file) {
  const Fault fault = file.SetLock(File::Lock::kShared, File::Wait::kYes, OwnLock(), 1);
  // Some file systems have no locks: then several writers are not kept apart.
  has_locks_ = !fault;
}

Fault LogFile::TakeOver(std::int64_t* holder) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kHolderGraceMilliseconds);
  for (;;) {
    const Fault fault =
        file_->SetLock(File::Lock::kExclusive, File::Wait::kNo, kLockBase, kLiveLocks);
    has_locks_ = !fault;
    if (!fault || !File::IsHeld(fault)) return {};
    if (std::chrono::steady_clock::now() >= deadline) {
      const std::int64_t held = file_->FirstHeld(kLockBase, kLiveLocks);
      // Gone since: one more try.
      if (held == -1) continue;
      *holder = held - kLockBase;
      return fault;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Fault LogFile::Empty() {
  if (!IsRegular()) return {};
  FileStatus status;
  if (Fault fault = file_->Status(&status)) return fault;
  // An empty one is left alone: ext4 would remember it as truncated, and begin to write all of it
  // to the device when it is closed.
  if (status.size > 0) {
    if (Fault fault = file_->Truncate(0)) return fault;
  }
  whole_size_ = 0;
  if (!has_locks_) return {};
  // Keeps its own byte without a moment's gap, so that no other truncation slips in between.
  static_cast<void>(file_->ShrinkLock(kLockBase, kLiveLocks, OwnLock()));
  return {};
}

void LogFile::GoOnIn(std::shared_ptr<File> file) {
  platform::FileId id;
  if (file->IsRegular()) {
    static_cast<void>(file->Identify(&id));
    Enter(*file);
  }
  const std::scoped_lock lock(mutex_);
  file_ = std::move(file);
  id_ = id;
  whole_size_ = -1;
  torn_at_ = -1;
}

// What is written to a file without a name is lost: the log gets a new one. Where that cannot be
// had, everything goes on as it was.
bool LogFile::RecreateIfDeleted(const FileStatus& status) {
  if (status.is_linked) return false;
  auto file = std::make_shared<File>();
  if (file->OpenForAppend(path_)) return false;
  GoOnIn(std::move(file));
  return true;
}

Fault LogFile::Sync() {
  std::shared_ptr<File> file;
  {
    const std::scoped_lock lock(mutex_);
    file = file_;
  }
  return file->Sync();
}

Fault LogFile::Append(std::string_view lines, std::size_t* done) {
  Turn turn(this);
  if (Fault fault = turn.Begin(lines, done)) return fault;
  return turn.Write(lines, done);
}

Fault LogFile::LockForReading(const File& file) {
  return file.SetLock(File::Lock::kShared, File::Wait::kYes, kTurnLock, 1);
}

Fault LogFile::Turn::Lock() {
  if (!log_.has_locks_) return {};
  const Fault fault = Handle().SetLock(File::Lock::kExclusive, File::Wait::kYes, kTurnLock, 1);
  is_locked_ = !fault;
  return fault;
}

void LogFile::Turn::Unlock() {
  if (!is_locked_) return;
  static_cast<void>(Handle().SetLock(File::Lock::kNone, File::Wait::kNo, kTurnLock, 1));
  is_locked_ = false;
}

Fault LogFile::Turn::Begin(std::string_view lines, std::size_t* done) {
  if (!log_.IsRegular()) return {};
  FileStatus status;
  do {
    Unlock();
    if (Fault fault = Lock()) return fault;
    if (Fault fault = Handle().Status(&status)) return fault;
  } while (log_.RecreateIfDeleted(status));
  offset_ = status.size;
  if (offset_ != log_.whole_size_) {
    if (Fault fault = RepairTail(Handle(), &offset_, &log_.cut_)) return fault;
  }
  if (log_.torn_at_ != -1) {
    std::size_t matched = 0;
    const std::string_view rest = lines.substr(*done);
    if (Fault fault = MatchLines(Handle(), log_.torn_at_, rest, &matched)) return fault;
    *done += matched;
    log_.torn_at_ = -1;
  }
  log_.whole_size_ = offset_;
  return {};
}

Fault LogFile::Turn::Write(std::string_view lines, std::size_t* done) {
  const std::size_t start = *done;
  while (*done < lines.size()) {
    std::size_t written = 0;
    Fault fault = Handle().Write(lines.data() + *done, lines.size() - *done, &written);
    *done += written;
    if (!fault && written == 0) fault = {EIO, "write"};
    if (fault) {
      if (log_.IsRegular()) CutToWholeLines(lines, start, done);
      return fault;
    }
  }
  offset_ += static_cast<std::int64_t>(*done - start);
  log_.whole_size_ = offset_;
  return {};
}

// A full disk may have taken part of a line: takes it back, so that a reader sees whole lines only
// and another process appends to none of ours while we wait for room.
void LogFile::Turn::CutToWholeLines(std::string_view lines, std::size_t start, std::size_t* done) {
  const std::size_t whole = start + WholeLines(lines.substr(start, *done - start));
  const std::int64_t end = offset_ + static_cast<std::int64_t>(*done - start);
  const std::int64_t whole_end = offset_ + static_cast<std::int64_t>(whole - start);
  *done = whole;
  FileStatus status;
  const bool is_known = !Handle().Status(&status) && status.size == end;
  const bool is_whole = is_known && (end == whole_end || !Handle().Truncate(whole_end));
  log_.whole_size_ = is_whole ? whole_end : -1;
  log_.torn_at_ = is_whole ? -1 : whole_end;
}

}  // namespace dllogger
