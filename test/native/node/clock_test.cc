#include "node/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include "platform/platform.h"
#include "support/check.h"

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
    // The wall clock may be slewed, and an interruption between reading two clocks sets them apart.
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
  // A busy machine interrupts the clock, which then asks the system for each stamp until two rates
  // agree: one quiet round suffices.
  int best = 0;
  for (int round = 0; round < 2000 && best < 500; ++round) {
    int agreed = 0;
    Clock::Stamp last = clock.Now();
    for (int i = 0; i < 1000; ++i) {
      const Clock::Stamp stamp = clock.Now();
      if (stamp.wall - last.wall == stamp.monotonic - last.monotonic) ++agreed;
      last = stamp;
    }
    best = std::max(best, agreed);
  }
  // In a quiet round all pairs agree, except where the clock was read again.
  CHECK(best >= 500);
}

}  // namespace
}  // namespace dllogger
