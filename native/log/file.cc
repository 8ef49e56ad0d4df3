#include "log/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "log/tail.h"

namespace dllogger {
namespace {

using log_lock::Taken;
using platform::File;
using platform::FileId;
using platform::FileStatus;

// Limit on reopening a path that leads to another file each time: some file systems number files
// anew on every look. Then the last file counts.
constexpr int kMaxOpens = 10;

// Age at which an unfinished line has no writer any more.
constexpr std::chrono::microseconds kSettled{1000000};
// The same age beside other live writers: longer than these pause while their disk fails.
constexpr std::chrono::microseconds kSettledBesideOthers{3000000};
// Longest wait for the rest of a line: there may be an unfinished line at every look.
constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::chrono::milliseconds kLook{10};

LogFile::Deadline After(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

Fault LogFile::OpenReplacement(const std::string& path, Mode mode, Deadline deadline, Next* next) {
  for (int i = 0; i < kMaxOpens; ++i) {
    next->file = std::make_shared<File>();
    if (Fault fault = next->file->OpenForAppend(path)) return fault;
    if (!next->file->IsRegular()) return {};
    if (Fault fault = next->file->Identify(&next->id)) return fault;
    log_lock::Patience patience;
    const Fault fault =
        mode == Mode::kTruncate
            ? log_lock::TakeOver(*next->file, std::min(deadline, After(kHolderGrace)),
                                 &next->no_locks)
            : log_lock::Enter(*next->file, deadline, &patience, &next->no_locks);
    if (fault) return fault;
    FileId named;
    if (!platform::IdentifyTarget(path, &named) && named == next->id) break;
  }
  return {};
}

Fault LogFile::Open(const std::string& path, Mode mode, Deadline deadline) {
  path_ = path;
  Next next;
  if (Fault fault = OpenReplacement(path, mode, deadline, &next)) return fault;
  Adopt(std::move(next));
  return {};
}

Fault LogFile::TruncateToZero() {
  if (!IsRegular()) return {};
  FileStatus status;
  if (Fault fault = file_->Status(&status)) return fault;
  // An empty file is not truncated: ext4 would mark it as truncated, and begin to write all of it
  // to the device when it is closed.
  if (status.size > 0) {
    if (Fault fault = file_->Truncate(0)) return fault;
  }
  whole_size_ = 0;
  if (HasLocks()) log_lock::ShareAgain(*file_);
  return {};
}

void LogFile::SwitchTo(Next next) {
  {
    const std::scoped_lock lock(mutex_);
    before_ = file_;
    sync_fault_ = {};
  }
  Adopt(std::move(next));
}

void LogFile::Adopt(Next next) {
  const std::scoped_lock lock(mutex_);
  file_ = std::move(next.file);
  id_ = next.id;
  no_locks_ = next.no_locks;
  patience_ = {};
  whole_size_ = -1;
  torn_at_ = -1;
}

// Whether a name still leads to the file: the log's path, or another name, as after a rotation.
bool LogFile::IsThere(const FileStatus& status) const {
  FileId named;
  if (!platform::IdentifyTarget(path_, &named) && named == id_) return true;
  return status.is_linked && file_->HasName();
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

Fault LogFile::CheckClose() {
  std::shared_ptr<File> file;
  {
    const std::scoped_lock lock(mutex_);
    file = file_;
  }
  return Keep(file->CheckClose());
}

void LogFile::SyncBefore() {
  std::shared_ptr<File> before;
  {
    const std::scoped_lock lock(mutex_);
    before = std::move(before_);
  }
  if (before == nullptr) return;
  Fault fault = before->Sync();
  if (!fault) fault = before->CheckClose();
  static_cast<void>(Keep(fault));
}

Fault LogFile::Keep(const Fault& sync_fault) {
  const std::scoped_lock lock(mutex_);
  if (sync_fault) sync_fault_ = sync_fault;
  return sync_fault;
}

Fault LogFile::LockForReading(const File& file, Deadline deadline) {
  log_lock::Patience patience;
  Taken taken = Taken::kYes;
  return log_lock::TakeAppend(file, File::Lock::kShared, deadline, &patience, &taken);
}

bool LogFile::HasLiveWriter(const File& file) {
  return log_lock::HasOthers(file);
}

Fault LogFile::AppendLock::Take(Deadline deadline) {
  if (!log_.IsRegular() || !log_.HasLocks()) return {};
  Taken taken = Taken::kUnsupported;
  const Fault fault =
      log_lock::TakeAppend(Handle(), File::Lock::kExclusive, deadline, &log_.patience_, &taken);
  is_locked_ = !fault && taken == Taken::kYes;
  return fault;
}

void LogFile::AppendLock::Unlock() {
  if (is_locked_) log_lock::LeaveAppend(Handle());
  is_locked_ = false;
}

// Takes the append lock of a file that a name still leads to.
Fault LogFile::AppendLock::FindFile(Deadline deadline) {
  for (;;) {
    if (Fault fault = Take(deadline)) return fault;
    FileStatus status;
    if (Fault fault = Handle().Status(&status)) return fault;
    offset_ = status.size;
    begun_ = 0;
    if (log_.IsThere(status)) return {};
    Unlock();
    Next next;
    if (Fault fault = OpenReplacement(log_.path_, Mode::kAppend, deadline, &next)) return fault;
    log_.Adopt(std::move(next));
    if (!log_.IsRegular()) return {};
  }
}

Fault LogFile::AppendLock::Begin(std::string_view lines, std::size_t* done, Deadline deadline) {
  if (!log_.IsRegular()) return {};
  if (Fault fault = FindFile(deadline)) return fault;
  if (Fault fault = ResumeOwn(lines, done)) return fault;
  if (lines.empty() || begun_ > 0 || offset_ == log_.whole_size_) return {};
  bool is_whole = true;
  if (Fault fault = EndsLine(Handle(), offset_, &is_whole)) return fault;
  if (is_whole) return {};
  Complete();
  return EndLine(Ending::kAtLatest, std::min(deadline, After(kPatience)), nullptr, true);
}

void LogFile::AppendLock::Complete() {
  if (!log_.complete_) return;
  log_.complete_(this);
  // If completing failed, a line that it began is not one of these lines.
  begun_ = 0;
  log_.torn_at_ = -1;
}

// Continues lines that an earlier, failed turn has left unfinished.
Fault LogFile::AppendLock::ResumeOwn(std::string_view lines, std::size_t* done) {
  if (log_.torn_at_ == -1 || lines.empty()) return {};
  const std::int64_t torn_at = std::exchange(log_.torn_at_, -1);
  const std::int64_t size = offset_;
  if (Fault fault = Resume(torn_at, lines, done)) {
    log_.torn_at_ = torn_at;
    return fault;
  }
  // The unfinished line is this writer's, of a record given up since: no writer will complete it.
  if (begun_ == 0 && size == log_.torn_end_) {
    return EndLine(Ending::kAtOnce, kNever);
  }
  return {};
}

Fault LogFile::AppendLock::Resume(std::int64_t start, std::string_view lines, std::size_t* done) {
  const std::string_view rest = lines.substr(*done);
  std::size_t same = 0;
  if (start >= offset_) return {};
  if (Fault fault = MatchBytes(Handle(), start, rest, &same)) return fault;
  const std::size_t whole = WholeLines(rest.substr(0, same));
  *done += whole;
  // Other writers have written behind the unfinished line: write the line anew.
  if (start + static_cast<std::int64_t>(same) != offset_) return {};
  begun_ = same - whole;
  offset_ -= static_cast<std::int64_t>(begun_);
  return {};
}

Fault LogFile::AppendLock::EndLine(Ending ending, Deadline deadline, std::uint64_t* unfinished,
                                   bool completes) {
  if (begun_ > 0) return {};
  const bool has_others = log_.HasLocks() && log_lock::HasOthers(Handle());
  const auto settled = has_others ? kSettledBesideOthers : kSettled;
  for (;;) {
    FileStatus status;
    if (Fault fault = Handle().Status(&status)) return fault;
    offset_ = status.size;
    bool is_whole = true;
    if (Fault fault = EndsLine(Handle(), offset_, &is_whole)) return fault;
    if (is_whole) return {};
    // `modified` is by the file system's clock, which may differ from this machine's.
    const std::int64_t age = std::abs(platform::WallMicroseconds() - status.modified);
    if (ending == Ending::kAtOnce || age >= settled.count()) break;
    if (std::chrono::steady_clock::now() >= deadline) {
      if (ending == Ending::kIfSettled) return {};
      break;
    }
    // The writer of the line may need the append lock.
    Unlock();
    std::this_thread::sleep_for(kLook);
    if (Fault fault = Take(ending == Ending::kAtLatest ? kNever : deadline)) return fault;
    // A killed process loses its log's lock before its ring's lock.
    if (completes) Complete();
  }
  TailOf tail;
  // A record that lacks only its newline is finished.
  if (unfinished != nullptr && !InspectTail(Handle(), offset_, &tail) &&
      tail.tail != Tail::kRecord) {
    *unfinished = static_cast<std::uint64_t>(offset_ - tail.start);
  }
  std::size_t written = 0;
  if (Fault fault = Handle().Write("\n", 1, &written)) return fault;
  offset_ += static_cast<std::int64_t>(written);
  return {};
}

Fault LogFile::AppendLock::Write(std::string_view lines, std::size_t* done) {
  // Begin() has not looked how the file ends. A batch may hold nothing but a shape's definition.
  if (*done == lines.size()) return {};
  // Searched for once: a long line may be written in many small pieces.
  std::size_t line_end = 0;
  while (*done < lines.size()) {
    // The rest of a begun line is written alone, since it may land at another offset.
    const std::size_t from = *done + begun_;
    if (begun_ > 0 && line_end <= from) line_end = lines.find('\n', from) + 1;
    const std::size_t to = begun_ == 0 ? lines.size() : line_end;
    std::size_t written = 0;
    Fault fault = Handle().Write(lines.data() + from, to - from, &written);
    if (!fault && written == 0) fault = {EIO, "write"};
    if (!log_.IsRegular()) {
      *done += written;
    } else if (written > 0) {
      std::size_t whole = 0;
      const std::string_view text = lines.substr(from, written);
      const Fault place = Place(text, begun_ > 0, &whole);
      *done += whole;
      if (!fault) fault = place;
    }
    if (!fault) continue;
    if (log_.IsRegular()) NoteTorn();
    return fault;
  }
  log_.whole_size_ = offset_;
  return {};
}

// Finds out where a write has put `text`, which begins a line or is the rest of one; `whole`
// becomes the number of bytes of whole lines that are in the file now.
Fault LogFile::AppendLock::Place(std::string_view text, bool is_rest, std::size_t* whole) {
  const auto size = static_cast<std::int64_t>(text.size());
  std::int64_t end = offset_ + size;
  if (is_rest || text.back() != '\n') {
    if (Fault fault = Handle().Position(&end)) return fault;
  }
  const std::int64_t start = end - size;
  if (is_rest && start != offset_ + static_cast<std::int64_t>(begun_)) {
    // A writer without locks wrote between the two parts: neither is a line.
    begun_ = 0;
    offset_ = end;
    if (text.back() == '\n') return {};
    std::size_t written = 0;
    if (Fault fault = Handle().Write("\n", 1, &written)) return fault;
    ++offset_;
    return {};
  }
  const std::size_t lines = WholeLines(text);
  *whole = lines == 0 ? 0 : begun_ + lines;
  const std::int64_t line = is_rest ? offset_ : start;
  offset_ = lines == 0 ? line : start + static_cast<std::int64_t>(lines);
  begun_ = lines == 0 ? begun_ + text.size() : text.size() - lines;
  return {};
}

// A full disk may have taken part of a line. If no other process has the file open, the part is cut
// off, so that a reader sees whole lines; otherwise it stays, and the next turn writes its rest.
void LogFile::AppendLock::NoteTorn() {
  log_.whole_size_ = -1;
  log_.torn_at_ = offset_;
  log_.torn_end_ = offset_ + static_cast<std::int64_t>(begun_);
  if (begun_ == 0) return;
  FileStatus status;
  if (Handle().Status(&status) || status.size != log_.torn_end_) return;
  if (Handle().TruncateAlone(offset_)) return;
  begun_ = 0;
  log_.torn_end_ = offset_;
}

}  // namespace dllogger
