// Arithmetic that standard C++ lacks and every compiler provides.
#pragma once

#include <cstdint>

#ifdef _MSC_VER
#include <intrin.h>
#endif

namespace dllogger::platform {

// The upper half of a product, and its lower half in `low`.
inline std::uint64_t Multiply(std::uint64_t a, std::uint64_t b, std::uint64_t* low) {
#if defined(_MSC_VER) && defined(_M_X64)
  std::uint64_t high = 0;
  *low = _umul128(a, b, &high);
  return high;
#elif defined(_MSC_VER)
  *low = a * b;
  return __umulh(a, b);
#else
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  *low = static_cast<std::uint64_t>(product);
  return static_cast<std::uint64_t>(product >> 64);
#endif
}

// Number of bits up to the highest set bit; at least 1.
inline int BitLength(std::uint64_t value) {
#if defined(_MSC_VER)
  unsigned long index = 0;
  return _BitScanReverse64(&index, value | 1) ? static_cast<int>(index) + 1 : 1;
#else
  return 64 - __builtin_clzll(value | 1);
#endif
}

// Number of bits below the lowest set bit; `value` is not 0.
inline int TrailingZeros(std::uint64_t value) {
#if defined(_MSC_VER)
  unsigned long index = 0;
  static_cast<void>(_BitScanForward64(&index, value));
  return static_cast<int>(index);
#else
  return __builtin_ctzll(value);
#endif
}

}  // namespace dllogger::platform
