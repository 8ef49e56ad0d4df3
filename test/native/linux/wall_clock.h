// A wall clock that a test sets for this process only. The kernel keeps the true one, and other
// clocks do not change.
#pragma once

#include <cstdint>

namespace wall_clock {

// Sets how far the clock is ahead of the true one.
void Set(std::int64_t seconds);

}  // namespace wall_clock
