// Natural numbers as decimal digits, two at a time. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "platform/arithmetic.h"

namespace dllogger {

constexpr std::uint64_t kPowersOfTen[] = {1,
                                          10,
                                          100,
                                          1000,
                                          10000,
                                          100000,
                                          1000000,
                                          10000000,
                                          100000000,
                                          1000000000,
                                          10000000000,
                                          100000000000,
                                          1000000000000,
                                          10000000000000,
                                          100000000000000,
                                          1000000000000000,
                                          10000000000000000,
                                          100000000000000000,
                                          1000000000000000000,
                                          10000000000000000000U};

struct DigitPairs {
  char text[200] = {};
  constexpr DigitPairs() {
    for (std::size_t i = 0; i < 100; ++i) {
      text[2 * i] = static_cast<char>('0' + i / 10);
      text[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
  }
};
inline constexpr DigitPairs kDigitPairs;

// PutPair, PutFour and PutEight write a number below 10^n with exactly n digits, and return the
// end.
inline char* PutPair(std::uint32_t value, char* out) {
  std::memcpy(out, kDigitPairs.text + std::size_t{2} * value, 2);
  return out + 2;
}
inline char* PutFour(std::uint32_t value, char* out) {
  return PutPair(value % 100, PutPair(value / 100, out));
}
// The eight digits of a number below 10^8, one a byte, the first digit in the lowest byte. All are
// computed in parallel: division by 100 and by 10 is a multiplication and a shift, exact in these
// ranges.
inline std::uint64_t EightDigits(std::uint32_t value) {
  std::uint64_t lanes = value / 10000 | std::uint64_t{value % 10000} << 32;
  const std::uint64_t hundreds = (lanes * 5243 >> 19) & 0x0000007F0000007F;
  lanes = hundreds | (lanes - hundreds * 100) << 16;
  const std::uint64_t tens = (lanes * 103 >> 10) & 0x000F000F000F000F;
  return tens | (lanes - tens * 10) << 8;
}

// The number of digits without trailing zeros.
inline int CountBytes(std::uint64_t digits) {
  return digits == 0 ? 0 : (platform::BitLength(digits) + 7) / 8;
}

inline void PutBytes(std::uint64_t digits, char* out) {
  digits += 0x3030303030303030;
  std::memcpy(out, &digits, sizeof(digits));
}

// A number below 10^8 with eight digits.
inline char* PutEight(std::uint32_t value, char* out) {
  PutBytes(EightDigits(value), out);
  return out + 8;
}
// A number below 10^8 without leading zeros. Always writes eight characters; those behind the
// returned end are to be overwritten.
inline char* PutUpToEight(std::uint32_t value, char* out) {
  constexpr std::uint64_t kLast = std::uint64_t{1} << 56;
  const std::uint64_t digits = EightDigits(value);
  const int zeros = platform::TrailingZeros(digits | kLast) / 8;
  PutBytes(digits >> 8 * zeros, out);
  return out + 8 - zeros;
}

// Without leading zeros. Writes up to seven characters behind the returned end.
inline char* PutInteger(std::uint64_t value, char* out) {
  constexpr std::uint64_t kEight = kPowersOfTen[8];
  if (value < kEight) return PutUpToEight(static_cast<std::uint32_t>(value), out);
  const std::uint64_t upper = value / kEight;
  if (upper >= kEight) {
    out = PutUpToEight(static_cast<std::uint32_t>(upper / kEight), out);
    out = PutEight(static_cast<std::uint32_t>(upper % kEight), out);
  } else {
    out = PutUpToEight(static_cast<std::uint32_t>(upper), out);
  }
  return PutEight(static_cast<std::uint32_t>(value % kEight), out);
}

// The fraction of a second, given in microseconds, as digits; the first digit in the lowest byte.
inline std::uint64_t FractionDigits(std::uint32_t microseconds) {
  return EightDigits(microseconds * 100);
}

}  // namespace dllogger
