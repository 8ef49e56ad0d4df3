// The log file: opening, truncating, and appending whole lines under the append lock. Errors are
// values.
//
// Owner: a Writer, or recovery. Opened by the thread that creates it, then used by the writer
// thread; Sync() runs on the thread that waits for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "log/log_lock.h"
#include "platform/platform.h"

namespace dllogger {

class LogFile {
 public:
  enum class Mode : std::uint8_t { kTruncate, kAppend };

  // Calls that wait for other processes do so up to a deadline and then return Fault::Held(), which
  // names the process: it may have been stopped while it held the lock.
  using Deadline = log_lock::Deadline;
  static constexpr Deadline kNever = log_lock::kNever;

  // How long truncating waits for writers that are still draining before it gives up.
  static constexpr std::chrono::milliseconds kHolderGrace{2000};

  // Opens the log for appending. In Mode::kTruncate this writer then has the unchanged log alone,
  // until TruncateToZero() empties it and lets others append.
  Fault Open(const std::string& path, Mode mode, Deadline deadline = kNever);
  Fault TruncateToZero();

  // Another file for the same log.
  struct Next {
    std::shared_ptr<platform::File> file;
    platform::FileId id;
    Fault no_locks;  // why the file has no locks; none where it has
  };
  // Opens the file at the path and enters it: the path still leads to the file whose lock was
  // taken, whatever was renamed meanwhile. The only place where a log is opened.
  static Fault OpenReplacement(const std::string& path, Mode mode, Deadline deadline, Next* next);
  // Switches to another file and forgets an earlier fault of Sync(). SyncBefore() then brings the
  // previous file to the device; the next Sync() reports its fault.
  void SwitchTo(Next next);
  void SyncBefore();

  // Called by a turn that finds an unfinished line at the file's end: a dead writer's ring may hold
  // that line, and complete it.
  class AppendLock;
  using Complete = std::function<void(AppendLock*)>;
  void CompleteBy(Complete complete) { complete_ = std::move(complete); }

  // The exclusive right to append, held as long as this lives.
  class AppendLock {
   public:
    explicit AppendLock(LogFile* file) : log_(*file) {}
    ~AppendLock() { Unlock(); }
    AppendLock(const AppendLock&) = delete;
    AppendLock& operator=(const AppendLock&) = delete;

    // Takes the lock for lines[*done..], and moves *done past lines that an earlier, failed turn
    // brought into the file after all. Lines begin behind a newline: another writer's unfinished
    // line is watched for a while, then gets one. A log that was deleted, or has become
    // unreachable, is created anew; a fault if that fails.
    Fault Begin(std::string_view lines, std::size_t* done, Deadline deadline = kNever);
    // Only takes the append lock.
    Fault Take(Deadline deadline);
    // Continues a line of `lines` that begins at `start` and whose rest the file lacks. Moves *done
    // past whole lines that are there.
    Fault Resume(std::int64_t start, std::string_view lines, std::size_t* done);
    // Gives an unfinished last line its newline, unless this turn's lines continue it: at once, or
    // when no writer has touched it for a while. At the deadline it gets the newline, or stays as
    // it is. `unfinished` becomes the line's size if it got one and is not a whole record.
    enum class Ending : std::uint8_t { kAtOnce, kAtLatest, kIfSettled };
    Fault EndLine(Ending ending, Deadline deadline, std::uint64_t* unfinished = nullptr) {
      return EndLine(ending, deadline, unfinished, false);
    }

    // The file, and the offset in it, at which the next line begins or has begun.
    const platform::FileId& Id() const { return log_.id_; }
    std::int64_t Offset() const { return offset_; }
    // Number of bytes of the next line that lie there already.
    std::size_t Begun() const { return begun_; }
    // Appends lines[*done..], which are whole lines, and moves *done past those that are in the
    // file. A fault leaves whole lines if no other process has the file open; otherwise it may
    // leave the beginning of a line; in a pipe, from which nothing can be cut, any part.
    Fault Write(std::string_view lines, std::size_t* done);

    const LogFile& Log() const { return log_; }
    const platform::File& Handle() const { return log_.Handle(); }

   private:
    void Unlock();
    Fault FindFile(Deadline deadline);
    // `completes`: on each look, dead writers' rings get the chance to complete the line.
    Fault EndLine(Ending ending, Deadline deadline, std::uint64_t* unfinished, bool completes);
    void Complete();
    Fault ResumeOwn(std::string_view lines, std::size_t* done);
    Fault Place(std::string_view text, bool is_rest, std::size_t* whole);
    void NoteTorn();

    LogFile& log_;
    std::int64_t offset_ = 0;
    std::size_t begun_ = 0;  // bytes of the next line that lie there already
    bool is_locked_ = false;
  };

  // For a reader: no writer appends as long as the file is open.
  static Fault LockForReading(const platform::File& file, Deadline deadline);
  // Whether any process, of any user, has the log open for writing.
  static bool HasLiveWriter(const platform::File& file);

  // Any thread may call this, not only the one that appends. The system reports a failed sync once
  // and has dropped the data by then: the fault stays until SwitchTo().
  Fault Sync();
  // Tells the fault that closing the file would meet. Any thread may call this, as Sync().
  Fault CheckClose();

  const std::string& Path() const { return path_; }
  bool IsRegular() const { return file_->IsRegular(); }
  bool HasLocks() const { return !no_locks_; }
  // As HasLocks(), for a thread other than the one that appends.
  bool HasLocksNow() {
    const std::scoped_lock lock(mutex_);
    return HasLocks();
  }
  const platform::FileId& Id() const { return id_; }
  const platform::File& Handle() const { return *file_; }
  Fault Status(platform::FileStatus* status) const { return file_->Status(status); }

 private:
  void Adopt(Next next);
  Fault Keep(const Fault& sync_fault);
  bool IsThere(const platform::FileStatus& status) const;

  std::string path_;
  std::mutex mutex_;  // for changing these three, and for reading them in Sync()
  std::shared_ptr<platform::File> file_ = std::make_shared<platform::File>();
  std::shared_ptr<platform::File> before_;  // the file before SwitchTo(), until SyncBefore()
  Fault sync_fault_;
  platform::FileId id_;
  Fault no_locks_;
  log_lock::Patience patience_;
  Complete complete_;
  std::int64_t whole_size_ = -1;  // a size at which the file ended with a whole line
  std::int64_t torn_at_ = -1;     // where a line begins that may be in the file in part
  std::int64_t torn_end_ = -1;    // the file's size then
};

}  // namespace dllogger
