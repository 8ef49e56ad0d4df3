#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "platform.h"

#ifdef __APPLE__
// In every kernel since 2015, but not in the public headers.
#define F_OFD_SETLK 90
#define F_OFD_SETLKW 91
#define F_OFD_GETLK 92
#endif

namespace dllogger::platform {
namespace {

// Calls again what a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

Fault Check(std::int64_t result, const char* call) {
  return result == -1 ? Fault{errno, call} : Fault{};
}

int LockType(File::Lock lock) {
  switch (lock) {
    case File::Lock::kShared:
      return F_RDLCK;
    case File::Lock::kExclusive:
      return F_WRLCK;
    case File::Lock::kNone:
      break;
  }
  return F_UNLCK;
}

struct flock LockRange(int type, std::int64_t offset, std::int64_t length) {
  struct flock range = {};
  range.l_type = static_cast<decltype(range.l_type)>(type);
  range.l_whence = SEEK_SET;
  range.l_start = offset;
  range.l_len = length;
  return range;
}

std::int64_t Microseconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

File::~File() {
  if (descriptor_ != -1) close(descriptor_);
}

Fault File::OpenForAppend(const std::string& path) {
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
  constexpr mode_t kMode = 0666;  // less the umask, as Python's open
  struct stat status = {};
  // Reading is for locks and for the log's last byte. A pipe opened for reading too would never
  // tell that its reader has gone.
  const bool is_pipe = stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
  const auto open_with = [&](int access) {
    return Retry([&] { return open(path.c_str(), access | kFlags, kMode); });
  };
  descriptor_ = open_with(is_pipe ? O_WRONLY : O_RDWR);
  if (descriptor_ == -1 && errno == EACCES) descriptor_ = open_with(O_WRONLY);
  if (descriptor_ == -1) return {errno, "open"};
  if (fstat(descriptor_, &status) == -1) return {errno, "fstat"};
  is_regular_ = S_ISREG(status.st_mode);
  directory_ = DirectoryOf(path);
  // A device that takes nothing, such as /dev/full, says so to an empty write already.
  if (S_ISCHR(status.st_mode)) return Check(write(descriptor_, "", 0), "write");
  return {};
}

Fault File::Size(std::int64_t* size) const {
  struct stat status = {};
  if (fstat(descriptor_, &status) == -1) return {errno, "fstat"};
  *size = status.st_size;
  return {};
}

Fault File::Truncate(std::int64_t size) const {
  return Check(Retry([&] { return ftruncate(descriptor_, size); }), "ftruncate");
}

Fault File::Write(const char* bytes, std::size_t count, std::size_t* written) const {
  const ssize_t result = Retry([&] { return write(descriptor_, bytes, count); });
  *written = result > 0 ? static_cast<std::size_t>(result) : 0;
  return Check(result, "write");
}

Fault File::ReadAt(std::int64_t offset, char* byte) const {
  return Check(Retry([&] { return pread(descriptor_, byte, 1, offset); }), "read");
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
  // A directory that may not be read cannot be synced, and that is no fault of the log's bytes.
  if (directory == -1) return {};
  const int result = Retry([&] { return fsync(directory); });
  const Fault fault = Check(result, "fsync");
  close(directory);
  name_is_synced_ = !fault;
  return fault.error == EINVAL ? Fault{} : fault;
}

Fault File::SetLock(Lock lock, Wait wait, std::int64_t offset, std::int64_t length) const {
  struct flock range = LockRange(LockType(lock), offset, length);
  const int command = wait == Wait::kYes ? F_OFD_SETLKW : F_OFD_SETLK;
  return Check(Retry([&] { return fcntl(descriptor_, command, &range); }), "lock");
}

std::int64_t File::FirstHeld(std::int64_t offset, std::int64_t length) const {
  struct flock range = LockRange(F_WRLCK, offset, length);
  if (fcntl(descriptor_, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK) return range.l_start;
  return -1;
}

bool File::IsHeld(const Fault& fault) {
  return fault.error == EAGAIN || fault.error == EACCES;
}

std::shared_ptr<void> MapMemory(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {memory, [size](void* mapped) { munmap(mapped, size); }};
}

std::int64_t ProcessId() {
  return getpid();
}

std::int64_t WallMicroseconds() {
  return Microseconds(CLOCK_REALTIME);
}

std::int64_t MonotonicMicroseconds() {
  return Microseconds(CLOCK_MONOTONIC);
}

std::uint64_t Ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

void PrepareThread() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
#ifdef __APPLE__
  pthread_setname_np("dllogger");
#else
  pthread_setname_np(pthread_self(), "dllogger");
#endif
}

void AtExit(void (*function)()) {
  std::atexit(function);
#ifndef __APPLE__
  // Bun ends this way.
  std::at_quick_exit(function);
#endif
}

void PrintError(const std::string& line) {
  const std::string text = line + "\n";
  // Nobody is left to tell when this fails.
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace dllogger::platform
