// The shortest decimal that reads back as a given double. Pure functions; any thread.
#pragma once

#include <cstdint>

namespace dllogger {

// digits * 10^exponent, with at most 17 digits, of which the last may be zeros.
struct Decimal {
  std::uint64_t digits;
  std::int32_t exponent;
};

// The decimal nearest to `value` among those with the fewest digits that round to it. `value` is
// finite and not negative.
Decimal ShortestDecimal(double value);

}  // namespace dllogger
