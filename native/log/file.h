// The log file: opening, who may truncate it, appending whole lines in turns. Errors are values.
//
// Owner: a Writer, or whoever recovers the log. Opened by the thread that creates it; then the
// writer thread's, but for Sync(), which belongs to whoever waits for it.
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
  // names the process: it may have been stopped with the log in its hands.
  using Deadline = log_lock::Deadline;
  static constexpr Deadline kNever = log_lock::kNever;

  // How long truncating waits for writers that are still draining before it gives up.
  static constexpr std::chrono::milliseconds kHolderGrace{2000};

  // Opens the log for appending. In Mode::kTruncate it is ours alone then, as it was, until
  // TruncateToZero() empties it and lets others append too.
  Fault Open(const std::string& path, Mode mode, Deadline deadline = kNever);
  Fault TruncateToZero();

  // Another file for the same log.
  struct Next {
    std::shared_ptr<platform::File> file;
    platform::FileId id;
    Fault no_locks;  // why the file has no locks; none where it has
  };
  // Opens what the path leads to, and enters it: the path still leads to the file whose lock was
  // taken, whatever was renamed meanwhile. The one place where a log is opened.
  static Fault OpenReplacement(const std::string& path, Mode mode, Deadline deadline, Next* next);
  // What was in the way of Sync() is forgotten. SyncBefore() then brings the file before to the
  // device, and has the next Sync() tell a fault.
  void SwitchTo(Next next);
  void SyncBefore();

  // What a turn calls that finds the beginning of a line at the file's end: a dead writer's ring
  // may hold the line, and end it.
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

    // Takes the turn for lines[*done..], and moves *done past the lines that an earlier turn which
    // failed has brought into the file after all. Lines begin behind a newline: an end that is not
    // ours is looked at for a while, and gets one. A log that was deleted, or cannot be reached any
    // more, is created anew; a fault where that fails.
    Fault Begin(std::string_view lines, std::size_t* done, Deadline deadline = kNever);
    // Only takes the append_lock.
    Fault Take(Deadline deadline);
    // Goes on with a line of `lines` that begins at `start` and whose rest the file lacks. Moves
    // *done past whole lines that are there.
    Fault Resume(std::int64_t start, std::string_view lines, std::size_t* done);
    // Gives an unfinished last line, unless lines are to go on with it, its newline: at once, or
    // when nobody has written to it for a while. At the deadline it gets it, or stays as it is.
    // `unfinished` becomes the line's size where it got one and is no whole record.
    enum class Ending : std::uint8_t { kAtOnce, kAtLatest, kIfSettled };
    Fault EndLine(Ending ending, Deadline deadline, std::uint64_t* unfinished = nullptr) {
      return EndLine(ending, deadline, unfinished, false);
    }

    // The file, and the place in it, where the next line will begin, or has begun.
    const platform::FileId& Id() const { return log_.id_; }
    std::int64_t Offset() const { return offset_; }
    // How many bytes of it lie there already.
    std::size_t Begun() const { return begun_; }
    // Appends lines[*done..], which are whole lines, and moves *done past those that are in the
    // file. A fault leaves whole lines where nobody else has the file open, and may leave the
    // beginning of one elsewhere; in a pipe, which gives nothing back, any part.
    Fault Write(std::string_view lines, std::size_t* done);

    const LogFile& Log() const { return log_; }
    const platform::File& Handle() const { return log_.Handle(); }

   private:
    void Unlock();
    Fault FindFile(Deadline deadline);
    // `completes`: what may complete the line is asked each time that it is looked at.
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

  // For who only reads: nobody appends as long as the file is open.
  static Fault LockForReading(const platform::File& file, Deadline deadline);
  // Whether a process has the log open for writing, whoever runs it.
  static bool HasLiveWriter(const platform::File& file);

  // May be called by another thread than the one that appends. The system tells of a failed sync
  // once, and has given up the data: the fault stays until SwitchTo().
  Fault Sync();

  const std::string& Path() const { return path_; }
  bool IsRegular() const { return file_->IsRegular(); }
  bool HasLocks() const { return !no_locks_; }
  // The same for another thread than the one that appends.
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
  std::shared_ptr<platform::File> before_;  // what SwitchTo() has left, until SyncBefore()
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
