// A wall clock that a test sets: of this process alone, and not of the kernel, which goes by the
// true one. Other clocks stay as they are.
#pragma once

#include <cstdint>

namespace wall_clock {

// How far it is ahead of the true one from now on.
void Set(std::int64_t seconds);

}  // namespace wall_clock
