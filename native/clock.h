// Both clocks for one stamp. Owner: one thread, the JavaScript thread of an environment.
#pragma once

#include <cstdint>

#include "platform/platform.h"

namespace dllogger {

class Clock {
 public:
  struct Stamp {
    std::int64_t wall;       // microseconds since 1970 UTC
    std::int64_t monotonic;  // microseconds, never backwards
  };

  // The wall clock is derived from the monotonic one and asked anew every millisecond: half the
  // price for records that come thick and fast, and a step of the clock shows a millisecond later.
  Stamp Now() {
    const std::int64_t monotonic = platform::MonotonicMicroseconds();
    if (monotonic >= valid_until_) {
      offset_ = platform::WallMicroseconds() - monotonic;
      valid_until_ = monotonic + 1000;
    }
    return {monotonic + offset_, monotonic};
  }

 private:
  std::int64_t offset_ = 0;
  std::int64_t valid_until_ = INT64_MIN;
};

}  // namespace dllogger
