// A disk that stalls. When preloaded, this library delays one write to the log in every second by
// 50 ms. The log is the file whose name ends in `log.json`. The number of stalls is the size of a
// file beside the log.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

constexpr std::int64_t kPeriod = 1'000'000'000;
constexpr timespec kStall{0, 50'000'000};
constexpr char kLog[] = "log.json";

std::atomic<std::int64_t> next_stall{0};

std::int64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// The file's name if it is the log, else "". Called only when a stall is due.
std::string LogOf(int file) {
  char link[32];
  char name[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, name, sizeof name);
  constexpr std::size_t kSuffix = sizeof kLog - 1;
  if (size < static_cast<ssize_t>(kSuffix)) return "";
  const std::string text(name, static_cast<std::size_t>(size));
  return text.compare(text.size() - kSuffix, kSuffix, kLog) == 0 ? text : "";
}

template <typename Function>
Function Original(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void MaybeStall(int file) {
  const std::int64_t now = Now();
  std::int64_t due = next_stall.load(std::memory_order_relaxed);
  if (now < due) return;
  const std::string log = LogOf(file);
  if (log.empty() || !next_stall.compare_exchange_strong(due, now + kPeriod)) return;
  const int count =
      open((log + ".stalls").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  static const auto original = Original<ssize_t (*)(int, const void*, size_t)>("write");
  if (count >= 0) {
    (void)!original(count, ".", 1);
    close(count);
  }
  nanosleep(&kStall, nullptr);
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  static const auto original = Original<ssize_t (*)(int, const void*, size_t)>("write");
  MaybeStall(file);
  return original(file, bytes, size);
}

ssize_t writev(int file, const iovec* parts, int count) {
  static const auto original = Original<ssize_t (*)(int, const iovec*, int)>("writev");
  MaybeStall(file);
  return original(file, parts, count);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static const auto original = Original<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  MaybeStall(file);
  return original(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  static const auto original = Original<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  MaybeStall(file);
  return original(file, bytes, size, offset);
}

}  // extern "C"
