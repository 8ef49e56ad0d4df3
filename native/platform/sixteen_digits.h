// Sixteen decimal digits at once, on processors with vector lanes: half the instructions of twice
// eight digits.
#pragma once

#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define DLLOGGER_HAS_SIXTEEN_DIGITS
#endif

namespace dllogger::platform {

#ifdef DLLOGGER_HAS_SIXTEEN_DIGITS
// NOLINTBEGIN(portability-simd-intrinsics): the portable way is EightDigits().
// Two numbers below 10^8 as eight bytes each, the first digit in the lowest. The quotients by
// 10000, 100 and 10 are products, exact in these ranges.
inline void SixteenDigits(std::uint32_t upper, std::uint32_t lower, std::uint64_t* upper_digits,
                          std::uint64_t* lower_digits) {
  const __m128i eights = _mm_set_epi64x(lower, upper);
  const __m128i high = _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(0xD1B71759)), 45);
  const __m128i low = _mm_sub_epi32(eights, _mm_mul_epu32(high, _mm_set1_epi64x(10000)));
  const __m128i fours = _mm_or_si128(high, _mm_slli_epi64(low, 32));
  const __m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi16(5243)), 3);
  const __m128i rest = _mm_sub_epi16(fours, _mm_mullo_epi16(hundreds, _mm_set1_epi16(100)));
  const __m128i pairs = _mm_or_si128(hundreds, _mm_slli_epi32(rest, 16));
  const __m128i tens = _mm_mulhi_epu16(pairs, _mm_set1_epi16(6554));
  const __m128i ones = _mm_sub_epi16(pairs, _mm_mullo_epi16(tens, _mm_set1_epi16(10)));
  const __m128i digits = _mm_or_si128(tens, _mm_slli_epi16(ones, 8));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(upper_digits), digits);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(lower_digits), _mm_unpackhi_epi64(digits, digits));
}
// NOLINTEND(portability-simd-intrinsics)
#endif

}  // namespace dllogger::platform
