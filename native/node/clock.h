// Both clocks for one stamp. Owner: one thread, the JavaScript thread of an environment.
#pragma once

#include <algorithm>
#include <cstdint>

#include "platform/platform.h"
#include "platform/processor.h"

namespace dllogger {

// The system's clocks.
struct SystemClocks {
  static std::int64_t WallMicroseconds() { return platform::WallMicroseconds(); }
  static std::int64_t MonotonicMicroseconds() { return platform::MonotonicMicroseconds(); }
  static std::uint64_t Ticks() { return platform::Ticks(); }
};

// Both clocks are read once a millisecond and derived from the processor's counter in between, if
// it has one: a third of the cost for records in quick succession. A step of either clock shows at
// most a millisecond of the counter late.
//
// While a machine is suspended or a guest is paused, its counter may run on and its monotonic clock
// stand still. A rate measured across that is far too small: a millisecond by it may take minutes.
// So a rate is used only while each measurement agrees with the one before, and each measurement is
// short.
//
// Elapsed time is the system's monotonic clock. On Linux it stands still while the machine is
// suspended, as Python's time.monotonic() does; on Windows and macOS it runs on.
template <typename Clocks>
class ClockOf {
 public:
  struct Stamp {
    std::int64_t wall;       // microseconds since 1970 UTC
    std::int64_t monotonic;  // microseconds, never backwards
  };

  explicit ClockOf(Clocks clocks = {}) : clocks_(clocks) {}

  Stamp Now() {
    const std::uint64_t ticks = clocks_.Ticks();
    // Also true for a counter that ran backwards, and where there is none.
    if (ticks - anchor_ticks_ >= valid_ticks_) Anchor(ticks);
    const std::uint64_t since = ((ticks - anchor_ticks_) * rate_) >> kRateBits;
    last_ = std::max(last_, anchor_monotonic_ + static_cast<std::int64_t>(since));
    return {last_ + wall_offset_, last_};
  }

 private:
  static constexpr std::int64_t kMillisecond = 1000;
  // Minimum period of a measurement. Over a shorter one the cost of reading a clock distorts it.
  static constexpr std::int64_t kMinPeriod = 10 * kMillisecond;
  // Maximum period. A program that logs too seldom for it needs no rate, and a machine that sleeps
  // and wakes at fixed times would sleep equally long in each.
  static constexpr std::int64_t kMaxPeriod = 100 * kMillisecond;
  // Two rates agree if they differ by less than this part of either.
  static constexpr std::uint64_t kTolerance = 16;

  // Integers, because converting there and back would take longer than the counter. A millisecond
  // of ticks times the rate is 2^42.
  static constexpr int kRateBits = 32;

  void Anchor(std::uint64_t ticks) {
    const std::int64_t monotonic = clocks_.MonotonicMicroseconds();
    wall_offset_ = clocks_.WallMicroseconds() - monotonic;
    anchor_ticks_ = ticks;
    anchor_monotonic_ = monotonic;
    const std::int64_t period = monotonic - start_monotonic_;
    if (period >= kMinPeriod || ticks <= start_ticks_) Measure(ticks, monotonic);
  }

  // Ends one period and begins the next.
  void Measure(std::uint64_t ticks, std::int64_t monotonic) {
    const std::int64_t period = monotonic - start_monotonic_;
    std::uint64_t measured = 0;
    if (period >= kMinPeriod && period <= kMaxPeriod && ticks > start_ticks_) {
      measured = (static_cast<std::uint64_t>(period) << kRateBits) / (ticks - start_ticks_);
    }
    if (measured != 0 && Agree(measured, measured_)) {
      rate_ = measured;
      valid_ticks_ = (std::uint64_t{kMillisecond} << kRateBits) / rate_;
    } else {
      rate_ = 0;
      valid_ticks_ = 0;
    }
    measured_ = measured;
    start_ticks_ = ticks;
    start_monotonic_ = monotonic;
  }

  static bool Agree(std::uint64_t a, std::uint64_t b) {
    return std::max(a, b) - std::min(a, b) < std::min(a, b) / kTolerance;
  }

  Clocks clocks_;
  std::uint64_t anchor_ticks_ = 0;
  std::int64_t anchor_monotonic_ = 0;
  std::int64_t wall_offset_ = 0;
  std::uint64_t valid_ticks_ = 0;  // after the anchor; 0 while no rate is known
  std::uint64_t rate_ = 0;         // microseconds in a tick, with kRateBits bits behind the point
  std::uint64_t measured_ = 0;     // the last period's rate; 0 if it gave none
  // The start of the current period.
  std::uint64_t start_ticks_ = 0;
  std::int64_t start_monotonic_ = 0;
  std::int64_t last_ = 0;
};

using Clock = ClockOf<SystemClocks>;

}  // namespace dllogger
