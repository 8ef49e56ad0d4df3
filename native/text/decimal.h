// The shortest decimal that reads back as a given double. Pure functions; any thread.
#pragma once

#include <cstdint>

namespace dllogger {

// digits * 10^exponent; zeros may end the digits, of which there are at most 17.
struct Decimal {
  std::uint64_t digits;
  std::int32_t exponent;
};

// Of the decimals that round to `value`, the ones with fewest digits, and of them the nearest.
// `value` is finite and not negative.
Decimal ShortestDecimal(double value);

}  // namespace dllogger
