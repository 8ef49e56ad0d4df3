#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <string>
#include <vector>

#include "platform/platform.h"
#include "platform/posix.h"

namespace dllogger::platform {
namespace {

std::int64_t ModifiedAt(const struct stat& status) {
#ifdef __APPLE__
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return static_cast<std::int64_t>(time.tv_sec) * 1000000 + time.tv_nsec / 1000;
}

// What this process prints goes behind the lines of a log that is the same file: after `>` standard
// output has a place of its own, and would overwrite them.
void LetStandardStreamsAppend(const struct stat& log) {
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat status = {};
    if (fstat(stream, &status) == -1) continue;
    if (status.st_dev != log.st_dev || status.st_ino != log.st_ino) continue;
    const int flags = fcntl(stream, F_GETFL);
    if (flags != -1 && (flags & O_APPEND) == 0) fcntl(stream, F_SETFL, flags | O_APPEND);
  }
}

}  // namespace

File::~File() {
  if (descriptor_ != -1) close(descriptor_);
}

Fault File::OpenForAppend(const std::string& path) {
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
  constexpr mode_t kMode = 0666;  // minus the umask, as in Python's open
  struct stat status = {};
  // Reading is for locks and for the log's last byte. A pipe opened for reading too would never
  // tell that its reader has gone.
  const bool is_pipe = stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
  const auto open_with = [&](int access) {
    // Find out whether this call creates the file: only its creator knows that nobody has used it.
    int result = Retry([&] { return open(path.c_str(), (access | kFlags) & ~O_CREAT); });
    if (result == -1 && errno == ENOENT) {
      result = Retry([&] { return open(path.c_str(), access | kFlags | O_EXCL, kMode); });
      is_new_ = result != -1;
      // Made by another process meanwhile, or the path is a link that leads to no file yet.
      if (result == -1 && errno == EEXIST) {
        result = Retry([&] { return open(path.c_str(), access | kFlags, kMode); });
      }
    }
    return result;
  };
  is_readable_ = !is_pipe;
  descriptor_ = open_with(is_pipe ? O_WRONLY : O_RDWR);
  if (descriptor_ == -1 && errno == EACCES) {
    is_readable_ = false;
    descriptor_ = open_with(O_WRONLY);
  }
  if (descriptor_ == -1) return {errno, "open"};
  if (fstat(descriptor_, &status) == -1) return {errno, "fstat"};
  is_regular_ = S_ISREG(status.st_mode);
  if (is_regular_) LetStandardStreamsAppend(status);
  directory_ = DirectoryOf(RealPath(path));
  // A device that accepts no bytes, such as /dev/full, already refuses an empty write.
  if (S_ISCHR(status.st_mode)) return Check(write(descriptor_, "", 0), "write");
  return {};
}

Fault File::OpenForReading(const std::string& path) {
  descriptor_ =
      Retry([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); });
  if (descriptor_ == -1) return {errno, "open"};
  struct stat status = {};
  if (fstat(descriptor_, &status) == -1) return {errno, "fstat"};
  is_regular_ = S_ISREG(status.st_mode);
  is_readable_ = true;
  return {};
}

Fault File::OpenPrivate(const std::string& path, Access access, std::int64_t owner) {
  const int flags = (access == Access::kWrite ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW |
                    O_NOCTTY | O_NONBLOCK;
  descriptor_ = Retry([&] { return open(path.c_str(), flags); });
  // The path is a link, a socket or a device.
  if (descriptor_ == -1 && (errno == ELOOP || errno == ENXIO || errno == ENODEV)) {
    return {EPERM, "open"};
  }
  struct stat status = {};
  const auto is_trusted = [&] {
    return status.st_uid == geteuid() || static_cast<std::int64_t>(status.st_uid) == owner;
  };
  if (descriptor_ == -1) {
    const int error = errno;
    // Another user's file that this process may not open.
    const bool is_refused = error == EACCES && lstat(path.c_str(), &status) == 0 && !is_trusted();
    return {is_refused ? EPERM : error, "open"};
  }
  if (fstat(descriptor_, &status) == -1) return {errno, "fstat"};
  is_regular_ = S_ISREG(status.st_mode);
  is_readable_ = true;
  const bool is_private = (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 && status.st_nlink <= 1;
  return is_regular_ && is_trusted() && is_private ? Fault{} : Fault{EPERM, "open"};
}

Fault File::Status(FileStatus* status) const {
  struct stat now = {};
  if (fstat(descriptor_, &now) == -1) return {errno, "fstat"};
  status->size = now.st_size;
  status->owner = static_cast<std::int64_t>(now.st_uid);
  status->is_linked = now.st_nlink > 0;
  status->modified = ModifiedAt(now);
  return {};
}

Fault File::Identify(FileId* id) const {
  return platform::Identify(descriptor_, id);
}

Fault File::Truncate(std::int64_t size) const {
  return Check(Retry([&] { return ftruncate(descriptor_, size); }), "ftruncate");
}

#ifdef __linux__

Fault File::TruncateAlone(std::int64_t size) const {
  // The kernel grants a write lease only while no other descriptor has the file, and delays other
  // openers until the lease ends. The signal that announces such an opener must be harmless.
  if (fcntl(descriptor_, F_SETSIG, SIGURG) == -1) return {errno, "fcntl"};
  if (fcntl(descriptor_, F_SETLEASE, F_WRLCK) == -1) return {errno, "fcntl"};
  const Fault fault = Truncate(size);
  fcntl(descriptor_, F_SETLEASE, F_UNLCK);
  return fault;
}

bool File::HasName() const {
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor_);
  std::string name(4096, '\0');
  const ssize_t size = readlink(link.c_str(), name.data(), name.size());
  if (size <= 0) return true;
  name.resize(static_cast<std::size_t>(size));
  FileId named;
  FileId own;
  return !IdentifyFile(name, &named) && !Identify(&own) && named == own;
}

bool File::IsOpenIn(std::int64_t process) const {
  const std::string directory = "/proc/" + std::to_string(process) + "/fd";
  std::vector<std::string> names;
  FileId own;
  if (ListDirectory(directory, &names) || Identify(&own)) return false;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    FileId other;
    return !IdentifyTarget(directory + "/" + name, &other) && other == own;
  });
}

#else

Fault File::TruncateAlone(std::int64_t) const {
  return {ENOTSUP, "fcntl"};
}

bool File::HasName() const {
  return true;
}

bool File::IsOpenIn(std::int64_t process) const {
  return kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM;
}

#endif

Fault File::Write(const char* bytes, std::size_t count, std::size_t* written) const {
  const ssize_t result = Retry([&] { return write(descriptor_, bytes, count); });
  *written = result > 0 ? static_cast<std::size_t>(result) : 0;
  return Check(result, "write");
}

Fault File::Position(std::int64_t* position) const {
  // An appending write moves the descriptor's place to its end.
  const off_t place = lseek(descriptor_, 0, SEEK_CUR);
  *position = place;
  return Check(place, "lseek");
}

Fault ReadAll(int descriptor, std::int64_t offset, void* bytes, std::size_t count,
              std::size_t* read) {
  *read = 0;
  while (*read < count) {
    auto* next = static_cast<char*>(bytes) + *read;
    const auto at = static_cast<off_t>(offset + static_cast<std::int64_t>(*read));
    const ssize_t result = Retry([&] { return pread(descriptor, next, count - *read, at); });
    if (result == -1) return {errno, "read"};
    if (result == 0) break;
    *read += static_cast<std::size_t>(result);
  }
  return {};
}

Fault WriteAll(int descriptor, std::int64_t offset, const void* bytes, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const auto* next = static_cast<const char*>(bytes) + done;
    const auto at = static_cast<off_t>(offset + static_cast<std::int64_t>(done));
    const ssize_t result = Retry([&] { return pwrite(descriptor, next, count - done, at); });
    if (result == -1) return {errno, "write"};
    if (result == 0) return {EIO, "write"};
    done += static_cast<std::size_t>(result);
  }
  return {};
}

Fault File::ReadAt(std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) const {
  return ReadAll(descriptor_, offset, bytes, count, read);
}

std::int64_t File::SkipHole(std::int64_t offset) const {
  const off_t data = lseek(descriptor_, offset, SEEK_DATA);
  if (data != -1) return data;
  struct stat now = {};
  const bool is_hole = errno == ENXIO && fstat(descriptor_, &now) == 0;
  return is_hole ? std::max<std::int64_t>(offset, now.st_size) : offset;
}

Fault File::WriteAt(std::int64_t offset, const void* bytes, std::size_t count) const {
  return WriteAll(descriptor_, offset, bytes, count);
}

Fault File::Sync() {
  // Pipes and terminals have no device to reach.
  if (!is_regular_) return {};
#ifdef F_FULLFSYNC
  if (fcntl(descriptor_, F_FULLFSYNC) == -1 && fsync(descriptor_) == -1) return {errno, "fsync"};
#else
  if (Retry([&] { return fdatasync(descriptor_); }) == -1) return {errno, "fdatasync"};
#endif
  if (name_is_synced_) return {};
  const int directory =
      Retry([&] { return open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  // An unreadable directory cannot be synced; the log's bytes are on the device all the same.
  if (directory == -1) return {};
  const int result = Retry([&] { return fsync(directory); });
  const Fault fault = Check(result, "fsync");
  close(directory);
  name_is_synced_ = !fault;
  return fault.error == EINVAL ? Fault{} : fault;
}

Fault File::CheckClose() {
  if (!is_regular_) return {};
  // The system sends the bytes to the server whenever one of the file's descriptors is closed.
  const int copy = fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (copy == -1) return Sync();
  // The copy is closed even when a signal has interrupted the call.
  const Fault fault = Check(close(copy), "close");
  return fault.error == EINTR ? Fault{} : fault;
}

Fault File::SetLock(Lock lock, Wait wait, std::int64_t offset, std::int64_t length) const {
  struct flock range = LockRange(LockType(lock), offset, length);
  const int command = wait == Wait::kYes ? F_OFD_SETLKW : F_OFD_SETLK;
  const int result = Retry([&] { return fcntl(descriptor_, command, &range); });
  // POSIX also allows EACCES here. No supported system returns it for a lock that is held, but a
  // security module returns it for a lock that it forbids.
  if (result == -1 && errno == EAGAIN) return Fault::Held();
  return Check(result, "lock");
}

Fault File::ShrinkLock(std::int64_t offset, std::int64_t length, std::int64_t kept) const {
  const Fault fault = SetLock(Lock::kShared, Wait::kYes, kept, 1);
  const std::int64_t end = offset + length;
  // Skipped for a length of 0, which would mean all bytes that follow.
  if (kept > offset) {
    static_cast<void>(SetLock(Lock::kNone, Wait::kNo, offset, kept - offset));
  }
  if (kept + 1 < end) {
    static_cast<void>(SetLock(Lock::kNone, Wait::kNo, kept + 1, end - kept - 1));
  }
  return fault;
}

bool File::FindHolder(std::int64_t offset, std::int64_t length, Holder* holder) const {
  struct flock range = LockRange(F_WRLCK, offset, length);
  if (fcntl(descriptor_, F_OFD_GETLK, &range) != 0 || range.l_type == F_UNLCK) return false;
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  holder->start = range.l_start;
  // A length of 0 means all bytes that follow.
  holder->end = range.l_len == 0 ? kLast : range.l_start + range.l_len - 1;
  holder->is_shared = range.l_type == F_RDLCK;
  // The system does not tell the process of a lock that belongs to an open file.
  holder->process = range.l_pid > 0 ? range.l_pid : Fault::kUnknown;
  return true;
}

}  // namespace dllogger::platform
