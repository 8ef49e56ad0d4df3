// See wall_clock.h: replaces the C library's clock_gettime().
#include "linux/wall_clock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

namespace wall_clock {
namespace {

std::atomic<std::int64_t> ahead{0};

}  // namespace

void Set(std::int64_t seconds) {
  ahead = seconds;
}

}  // namespace wall_clock

extern "C" int clock_gettime(clockid_t clock, struct timespec* now) noexcept(noexcept(getpid())) {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (clock == CLOCK_REALTIME && result == 0) now->tv_sec += wall_clock::ahead;
  return result;
}
