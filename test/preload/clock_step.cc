// A library to preload into a program whose wall clock must step. The file that DLLOGGER_CLOCK
// names holds, in eight bytes, the microseconds to add to the wall clock. The file is mapped, so a
// write to it steps the program's clock at once. Monotonic clocks do not change.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1000000;

std::atomic<std::int64_t>* shift = nullptr;

__attribute__((constructor)) void MapShift() {
  const char* path = std::getenv("DLLOGGER_CLOCK");
  if (path == nullptr) return;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file == -1) return;
  void* memory = mmap(nullptr, sizeof(*shift), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) shift = static_cast<std::atomic<std::int64_t>*>(memory);
}

timespec WallTime() {
  timespec now = {};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  if (shift == nullptr) return now;
  const std::int64_t micros = now.tv_sec * kSecond + now.tv_nsec / 1000 + shift->load();
  return {static_cast<time_t>(micros / kSecond), static_cast<long>(micros % kSecond * 1000)};
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  }
  *now = WallTime();
  return 0;
}

int gettimeofday(struct timeval* now, void*) noexcept {
  const timespec time = WallTime();
  *now = {time.tv_sec, static_cast<suseconds_t>(time.tv_nsec / 1000)};
  return 0;
}

time_t time(time_t* now) noexcept {
  const time_t seconds = WallTime().tv_sec;
  if (now != nullptr) *now = seconds;
  return seconds;
}

}  // extern "C"
