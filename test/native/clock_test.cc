#include "clock.h"

#include <chrono>
#include <cstdint>
#include <thread>

#include "check.h"
#include "platform/platform.h"

namespace dllogger {
namespace {

TEST(Clock, StampsBothClocksAtOnce) {
  Clock clock;
  for (int i = 0; i < 20; ++i) {
    const std::int64_t wall_before = platform::WallMicroseconds();
    const std::int64_t before = platform::MonotonicMicroseconds();
    const Clock::Stamp stamp = clock.Now();
    const std::int64_t wall_after = platform::WallMicroseconds();
    const std::int64_t after = platform::MonotonicMicroseconds();
    CHECK(before <= stamp.monotonic && stamp.monotonic <= after);
    // The wall clock may be slewed; and whoever is interrupted between two clocks sees them apart.
    constexpr std::int64_t kSlack = 1000000;
    CHECK(wall_before - kSlack <= stamp.wall && stamp.wall <= wall_after + kSlack);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(Clock, ElapsedTimeNeverRunsBackwards) {
  Clock clock;
  Clock::Stamp last = clock.Now();
  const std::int64_t end = last.monotonic + 20000;
  while (last.monotonic < end) {
    const Clock::Stamp stamp = clock.Now();
    if (!CHECK(stamp.monotonic >= last.monotonic)) return;
    last = stamp;
  }
}

TEST(Clock, StampsOfAMillisecondAgreeOnTheirDistance) {
  Clock clock;
  int agreed = 0;
  Clock::Stamp last = clock.Now();
  for (int i = 0; i < 1000; ++i) {
    const Clock::Stamp stamp = clock.Now();
    if (stamp.wall - last.wall == stamp.monotonic - last.monotonic) ++agreed;
    last = stamp;
  }
  // All but those at which the wall clock was asked anew.
  CHECK(agreed >= 500);
}

}  // namespace
}  // namespace dllogger
