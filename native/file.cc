#include "file.h"

#include <algorithm>
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
// A live writer holds byte kLockBase + its process id, shared. Truncating needs all of them, and
// learns from the first one that is held whose it is.
constexpr std::int64_t kLiveLocks = std::int64_t{1} << 32;
// Held while a batch is appended, with as many bytes before it as the process id says: so whoever
// waits learns whose turn it is.
constexpr std::int64_t kTurnLock = kLockBase - 1;

constexpr std::chrono::milliseconds kLockPause{1};

std::int64_t OwnLock() {
  return kLockBase + platform::ProcessId();
}

// There is no waiting for a lock up to a deadline but to ask again.
Fault LockWithin(const File& file, File::Lock lock, std::int64_t offset, std::int64_t length,
                 LogFile::Deadline deadline) {
  if (deadline == LogFile::kNever) return file.SetLock(lock, File::Wait::kYes, offset, length);
  for (;;) {
    const Fault fault = file.SetLock(lock, File::Wait::kNo, offset, length);
    if (!fault.IsHeld() || std::chrono::steady_clock::now() >= deadline) return fault;
    std::this_thread::sleep_for(kLockPause);
  }
}

Fault LockTurn(const File& file, File::Lock lock, LogFile::Deadline deadline) {
  const std::int64_t own = platform::ProcessId();
  return LockWithin(file, lock, kTurnLock - own, own + 1, deadline);
}

// Says that a live writer has the log. Waits for a truncation that is under way.
Fault Enter(const File& file, LogFile::Deadline deadline, bool* has_locks) {
  const Fault fault = LockWithin(file, File::Lock::kShared, OwnLock(), 1, deadline);
  // Some file systems have no locks: then several writers are not kept apart.
  *has_locks = !fault;
  return fault.IsHeld() ? fault : Fault{};
}

}  // namespace

Fault LogFile::Open(const std::string& path, Mode mode, Deadline deadline) {
  path_ = path;
  if (Fault fault = file_->OpenForAppend(path)) return fault;
  if (!IsRegular()) return {};
  if (Fault fault = file_->Identify(&id_)) return fault;
  if (mode == Mode::kTruncate) return TakeOver(deadline);
  if (Enter(*file_, deadline, &has_locks_)) return Fault::Held(LiveHolder());
  std::size_t nothing = 0;
  return Turn(this).Begin({}, &nothing, deadline);
}

Fault LogFile::TakeOver(Deadline deadline) {
  deadline = std::min(deadline, std::chrono::steady_clock::now() + kHolderGrace);
  const Fault fault = LockWithin(*file_, File::Lock::kExclusive, kLockBase, kLiveLocks, deadline);
  has_locks_ = !fault;
  return fault.IsHeld() ? Fault::Held(LiveHolder()) : Fault{};
}

std::int64_t LogFile::LiveHolder() const {
  const std::int64_t held = file_->FirstHeld(kLockBase, kLiveLocks);
  // Who has all of them is truncating, and that is a turn too.
  return held > kLockBase ? held - kLockBase : TurnHolder();
}

std::int64_t LogFile::TurnHolder() const {
  const std::int64_t held = file_->FirstHeld(kTurnLock - kLiveLocks + 1, kLiveLocks);
  return held == -1 ? -1 : kTurnLock - held;
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

Fault LogFile::OpenNext(const std::string& path, Deadline deadline, Next* next) {
  next->file = std::make_shared<File>();
  if (Fault fault = next->file->OpenForAppend(path)) return fault;
  if (!next->file->IsRegular()) return {};
  static_cast<void>(next->file->Identify(&next->id));
  return Enter(*next->file, deadline, &next->has_locks);
}

void LogFile::GoOnIn(Next next) {
  {
    const std::scoped_lock lock(mutex_);
    before_ = file_;
    sync_fault_ = {};
  }
  SwitchTo(std::move(next));
}

void LogFile::SwitchTo(Next next) {
  const std::scoped_lock lock(mutex_);
  file_ = std::move(next.file);
  id_ = next.id;
  has_locks_ = next.has_locks;
  whole_size_ = -1;
  torn_at_ = -1;
}

// What is written to a file without a name is lost: the log gets a new one. Where that cannot be
// had, everything goes on as it was.
bool LogFile::RecreateIfDeleted(const FileStatus& status, Deadline deadline) {
  if (status.is_linked) return false;
  Next next;
  if (OpenNext(path_, deadline, &next)) return false;
  SwitchTo(std::move(next));
  return true;
}

Fault LogFile::Sync() {
  std::shared_ptr<File> file;
  {
    const std::scoped_lock lock(mutex_);
    if (sync_fault_) return sync_fault_;
    file = file_;
  }
  return Keep(file->Sync());
}

void LogFile::SyncBefore() {
  std::shared_ptr<File> before;
  {
    const std::scoped_lock lock(mutex_);
    before = std::move(before_);
  }
  if (before != nullptr) static_cast<void>(Keep(before->Sync()));
}

Fault LogFile::Keep(const Fault& sync_fault) {
  const std::scoped_lock lock(mutex_);
  if (sync_fault) sync_fault_ = sync_fault;
  return sync_fault;
}

Fault LogFile::Append(std::string_view lines, std::size_t* done) {
  Turn turn(this);
  if (Fault fault = turn.Begin(lines, done)) return fault;
  return turn.Write(lines, done);
}

Fault LogFile::LockForReading(const File& file, Deadline deadline) {
  return LockTurn(file, File::Lock::kShared, deadline);
}

bool LogFile::HasLiveWriter(const File& file) {
  return file.FirstHeld(kLockBase, kLiveLocks) != -1;
}

Fault LogFile::Turn::Take(Deadline deadline) {
  if (!log_.IsRegular() || !log_.has_locks_) return {};
  const Fault fault = LockTurn(Handle(), File::Lock::kExclusive, deadline);
  is_locked_ = !fault;
  return fault.IsHeld() ? Fault::Held(log_.TurnHolder()) : fault;
}

void LogFile::Turn::Unlock() {
  if (is_locked_) static_cast<void>(LockTurn(Handle(), File::Lock::kNone, kNever));
  is_locked_ = false;
}

Fault LogFile::Turn::Begin(std::string_view lines, std::size_t* done, Deadline deadline) {
  if (!log_.IsRegular()) return {};
  FileStatus status;
  do {
    Unlock();
    if (Fault fault = Take(deadline)) return fault;
    if (Fault fault = Handle().Status(&status)) return fault;
  } while (log_.RecreateIfDeleted(status, deadline));
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
  // Another batch that this turn writes begins where the file ends now.
  if (is_whole) offset_ = whole_end;
  log_.whole_size_ = is_whole ? whole_end : -1;
  log_.torn_at_ = is_whole ? -1 : whole_end;
}

}  // namespace dllogger
