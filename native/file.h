// The log file: opening, who may truncate it, appending whole lines in turns. Errors are values.
//
// Owner: a Writer, or whoever recovers the log. Opened by the thread that creates it; then the
// writer thread's, but for Sync(), which belongs to whoever waits for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "platform/platform.h"

namespace dllogger {

class LogFile {
 public:
  enum class Mode : std::uint8_t { kTruncate, kAppend };

  // Calls that wait for other processes do so up to a deadline and then return Fault::Held(), which
  // names the process: it may have been stopped with the log in its hands.
  using Deadline = std::chrono::steady_clock::time_point;
  static constexpr Deadline kNever = Deadline::max();

  // How long truncating waits for writers that are still draining before it gives up.
  static constexpr std::chrono::milliseconds kHolderGrace{2000};

  // Opens the log for appending. In Mode::kTruncate it is ours alone then, as it was, until Empty()
  // empties it and lets others append too. In Mode::kAppend it ends with a whole line then.
  Fault Open(const std::string& path, Mode mode, Deadline deadline = kNever);
  Fault Empty();

  // Another file for the same log.
  struct Next {
    std::shared_ptr<platform::File> file;
    platform::FileId id;
    bool has_locks = true;
  };
  static Fault OpenNext(const std::string& path, Deadline deadline, Next* next);
  // What was in the way of Sync() is forgotten. SyncBefore() then brings the file before to the
  // device, and has the next Sync() tell a fault.
  void GoOnIn(Next next);
  void SyncBefore();

  // The exclusive right to append, held as long as this lives.
  class Turn {
   public:
    explicit Turn(LogFile* file) : log_(*file) {}
    ~Turn() { Unlock(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Takes the turn, makes the file end with a whole line, and moves *done past what is in it of
    // the lines that an earlier turn failed to write. A log that was deleted is created anew.
    Fault Begin(std::string_view lines, std::size_t* done, Deadline deadline = kNever);
    // Only takes the turn.
    Fault Take(Deadline deadline);
    // The file, and the place in it, where the next byte will lie.
    const platform::FileId& Id() const { return log_.id_; }
    std::int64_t Offset() const { return offset_; }
    // Appends lines[*done..], which are whole lines, and moves *done to what is in the file. A
    // fault leaves whole lines; in a pipe, which gives nothing back, any part.
    Fault Write(std::string_view lines, std::size_t* done);

    const LogFile& Log() const { return log_; }
    const platform::File& Handle() const { return log_.Handle(); }

   private:
    void Unlock();
    void CutToWholeLines(std::string_view lines, std::size_t start, std::size_t* done);

    LogFile& log_;
    std::int64_t offset_ = 0;
    bool is_locked_ = false;
  };

  // A turn for lines whose fate nobody has to know.
  Fault Append(std::string_view lines, std::size_t* done);

  // For who only reads: nobody appends as long as the file is open.
  static Fault LockForReading(const platform::File& file, Deadline deadline);
  // Whether a process has the log open for writing, whoever runs it.
  static bool HasLiveWriter(const platform::File& file);

  // May be called by another thread than the one that appends. The system tells of a failed sync
  // once, and has given up the data: the fault stays until GoOnIn().
  Fault Sync();

  const std::string& Path() const { return path_; }
  bool IsRegular() const { return file_->IsRegular(); }
  // Whether no line of a turn that failed may be in the file in part.
  bool IsWhole() const { return torn_at_ == -1; }
  bool HasLocks() const { return has_locks_; }
  const platform::FileId& Id() const { return id_; }
  const platform::File& Handle() const { return *file_; }
  Fault Status(platform::FileStatus* status) const { return file_->Status(status); }
  // Bytes of unfinished records that were cut so far.
  std::uint64_t Cut() const { return cut_; }

 private:
  Fault TakeOver(Deadline deadline);
  // Whose turn it is, by process id.
  std::int64_t TurnHolder() const;
  std::int64_t LiveHolder() const;
  void SwitchTo(Next next);
  Fault Keep(const Fault& sync_fault);
  bool RecreateIfDeleted(const platform::FileStatus& status, Deadline deadline);

  std::string path_;
  std::mutex mutex_;  // for changing these three, and for reading them in Sync()
  std::shared_ptr<platform::File> file_ = std::make_shared<platform::File>();
  std::shared_ptr<platform::File> before_;  // what GoOnIn() has left, until SyncBefore()
  Fault sync_fault_;
  platform::FileId id_;
  bool has_locks_ = true;
  std::int64_t whole_size_ = -1;  // a size at which the file ended with a whole line
  std::int64_t torn_at_ = -1;     // where a line begins that may be in the file or may not
  std::uint64_t cut_ = 0;
};

}  // namespace dllogger
