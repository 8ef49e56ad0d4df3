// Both clocks for one stamp. Owner: one thread, the JavaScript thread of an environment.
#pragma once

#include <algorithm>
#include <cstdint>

#include "platform/platform.h"

namespace dllogger {

// Both are asked once a millisecond and derived from the processor's counter in between, where it
// has one: a third of the price for records that come thick and fast. A counter that stops or jumps
// is wrong for some milliseconds at most, and a step of the wall clock shows a millisecond late.
class Clock {
 public:
  struct Stamp {
    std::int64_t wall;       // microseconds since 1970 UTC
    std::int64_t monotonic;  // microseconds, never backwards
  };

  Stamp Now() {
    const std::uint64_t ticks = platform::Ticks();
    // Also true for a counter that ran backwards, and where there is none.
    if (ticks - anchor_ticks_ >= valid_ticks_) Anchor(ticks);
    const std::uint64_t since = ((ticks - anchor_ticks_) * rate_) >> kRateBits;
    last_ = std::max(last_, anchor_monotonic_ + static_cast<std::int64_t>(since));
    return {last_ + wall_offset_, last_};
  }

 private:
  static constexpr std::int64_t kMillisecond = 1000;
  // Shorter than this, and the time that reading a clock takes would spoil the rate.
  static constexpr std::int64_t kCalibration = 10 * kMillisecond;
  // A machine that slept may have stopped one of the two and not the other: no rate is kept for
  // long.
  static constexpr std::int64_t kRebase = 1000 * kMillisecond;

  // Integers, because converting there and back would take longer than the counter. A millisecond
  // of ticks times the rate is 2^42.
  static constexpr int kRateBits = 32;

  void Anchor(std::uint64_t ticks) {
    const std::int64_t monotonic = platform::MonotonicMicroseconds();
    wall_offset_ = platform::WallMicroseconds() - monotonic;
    anchor_ticks_ = ticks;
    anchor_monotonic_ = monotonic;
    if (base_ticks_ == 0 || ticks <= base_ticks_) {
      base_ticks_ = ticks;
      base_monotonic_ = monotonic;
    } else if (monotonic - base_monotonic_ >= kCalibration) {
      const auto elapsed = static_cast<double>(monotonic - base_monotonic_);
      const double rate = elapsed / static_cast<double>(ticks - base_ticks_);
      rate_ = static_cast<std::uint64_t>(rate * (std::uint64_t{1} << kRateBits));
      valid_ticks_ = static_cast<std::uint64_t>(kMillisecond / rate);
      if (monotonic - base_monotonic_ >= kRebase) base_ticks_ = 0;
    }
  }

  std::uint64_t anchor_ticks_ = 0;
  std::int64_t anchor_monotonic_ = 0;
  std::int64_t wall_offset_ = 0;
  std::uint64_t valid_ticks_ = 0;  // after the anchor; 0 until the rate is known
  std::uint64_t rate_ = 0;  // microseconds in a tick, of which so many bits are behind the point
  // Where the rate is measured from.
  std::uint64_t base_ticks_ = 0;
  std::int64_t base_monotonic_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace dllogger
