// After Raffaello Giulietti, "The Schubfach way to render doubles" (2021), which has the proofs: a
// double is scaled by a power of ten so that the candidate decimals are integers. Three
// multiplications by a 128-bit approximation of that power suffice to choose among them.
#include "text/decimal.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "platform/arithmetic.h"

namespace dllogger {
namespace {

// A power of ten, scaled into [2^127, 2^128) and rounded up.
struct Power {
  std::uint64_t high;
  std::uint64_t low;
};

constexpr int kFirstPower = -292;
constexpr int kLastPower = 324;
using Powers = std::array<Power, kLastPower - kFirstPower + 1>;

// A natural number for compile time, least significant limb first; 10^324 and 2^1343 fit.
class Natural {
 public:
  explicit constexpr Natural(int exponent_of_two) {
    limbs_[static_cast<std::size_t>(exponent_of_two / 32)] = 1U << (exponent_of_two % 32);
    size_ = exponent_of_two / 32 + 1;
  }

  constexpr void MultiplyByTen() {
    std::uint64_t carry = 0;
    for (int i = 0; i < size_; ++i) {
      carry += std::uint64_t{At(i)} * 10;
      At(i) = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) At(size_++) = static_cast<std::uint32_t>(carry);
  }

  // Rounds down.
  constexpr void DivideByTen() {
    std::uint64_t remainder = 0;
    for (int i = size_ - 1; i >= 0; --i) {
      remainder = remainder << 32 | At(i);
      At(i) = static_cast<std::uint32_t>(remainder / 10);
      remainder %= 10;
    }
    if (At(size_ - 1) == 0) --size_;
  }

  // The 128 most significant bits, rounded up. `is_more`: the number is slightly larger than its
  // limbs.
  constexpr Power Top(bool is_more) const {
    int shift = 0;
    while ((Limb(size_ - 1) << shift & 0x80000000U) == 0) ++shift;
    std::uint32_t top[4] = {};
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t two = std::uint64_t{Limb(size_ - 1 - i)} << 32 | Limb(size_ - 2 - i);
      top[i] = static_cast<std::uint32_t>(two << shift >> 32);
    }
    for (int i = 0; i <= size_ - 5; ++i) is_more = is_more || Limb(i) != 0;
    is_more = is_more || (size_ < 5 ? 0 : Limb(size_ - 5) << shift) != 0;
    Power power = {std::uint64_t{top[0]} << 32 | top[1], std::uint64_t{top[2]} << 32 | top[3]};
    if (is_more && ++power.low == 0) ++power.high;
    return power;
  }

 private:
  constexpr std::uint32_t& At(int index) { return limbs_[static_cast<std::size_t>(index)]; }
  constexpr std::uint32_t Limb(int index) const {
    return index < 0 ? 0 : limbs_[static_cast<std::size_t>(index)];
  }

  std::array<std::uint32_t, 42> limbs_ = {};
  int size_ = 0;
};

constexpr Powers MakePowers() {
  Powers powers = {};
  Natural up(0);
  for (int k = 0; k <= kLastPower; ++k) {
    powers[static_cast<std::size_t>(k - kFirstPower)] = up.Top(false);
    up.MultiplyByTen();
  }
  // Each division rounds down, which together round the quotient by the whole power down.
  Natural down(1343);
  for (int k = -1; k >= kFirstPower; --k) {
    down.DivideByTen();
    powers[static_cast<std::size_t>(k - kFirstPower)] = down.Top(true);
  }
  return powers;
}

constexpr Powers kPowers = MakePowers();

// Floors of logarithms, exact for the exponents of doubles.
std::int32_t FloorLog10OfPowerOfTwo(std::int32_t exponent) {
  return (exponent * 1262611) >> 22;
}
std::int32_t FloorLog10OfThreeQuartersOfPowerOfTwo(std::int32_t exponent) {
  return (exponent * 1262611 - 524031) >> 22;
}
std::int32_t FloorLog2OfPowerOfTen(std::int32_t exponent) {
  return (exponent * 1741647) >> 19;
}

constexpr int kFractionBits = 52;
constexpr std::uint64_t kHiddenBit = std::uint64_t{1} << kFractionBits;
constexpr std::int32_t kBias = 1075;

// power * factor / 2^128. The last bit is set when the division was inexact, which keeps
// comparisons right.
std::uint64_t RoundToOdd(const Power& power, std::uint64_t factor) {
  std::uint64_t high_low = 0;
  std::uint64_t low_low = 0;
  const std::uint64_t low_high = platform::Multiply(power.low, factor, &low_low);
  std::uint64_t high = platform::Multiply(power.high, factor, &high_low);
  const std::uint64_t middle = high_low + low_high;
  if (middle < high_low) ++high;
  return high | (middle > 1 ? 1 : 0);
}

// The general way: works for every double, also where two decimals are equally near.
Decimal ExactlyShortest(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  if (bits == 0) return {0, 0};
  const std::uint64_t fraction = bits & (kHiddenBit - 1);
  const auto biased = static_cast<std::int32_t>(bits >> kFractionBits);
  const std::uint64_t significand = biased == 0 ? fraction : fraction | kHiddenBit;
  const std::int32_t exponent = (biased == 0 ? 1 : biased) - kBias;

  // The value, and the ends of the interval that rounds to it, in quarters of the last bit. The
  // neighbour below a power of two is half as far away.
  const bool is_lower_nearer = fraction == 0 && biased > 1;
  const std::uint64_t quarters = significand * 4;
  const std::uint64_t lower_quarters = quarters - (is_lower_nearer ? 1 : 2);
  const std::uint64_t upper_quarters = quarters + 2;

  const std::int32_t k = is_lower_nearer ? FloorLog10OfThreeQuartersOfPowerOfTwo(exponent)
                                         : FloorLog10OfPowerOfTwo(exponent);
  const std::int32_t shift = exponent + FloorLog2OfPowerOfTen(-k) + 1;
  const Power& power = kPowers[static_cast<std::size_t>(-k - kFirstPower)];
  const std::uint64_t scaled = RoundToOdd(power, quarters << shift);
  // The interval includes its ends if the significand is even.
  const std::uint64_t open = significand % 2;
  const std::uint64_t lower = RoundToOdd(power, lower_quarters << shift) + open;
  const std::uint64_t upper = RoundToOdd(power, upper_quarters << shift) - open;

  // A decimal with one digit less, if exactly one lies in the interval.
  const std::uint64_t ones = scaled / 4;
  const std::uint64_t tens = ones / 10;
  const bool is_ten_below_inside = lower <= 40 * tens;
  const bool is_ten_above_inside = 40 * tens + 40 <= upper;
  const bool is_shorter = ones >= 10 && is_ten_below_inside != is_ten_above_inside;
  // Otherwise the decimal that lies in the interval; if both do, the nearer one; if both are
  // equally near, the even one.
  const bool is_below_inside = lower <= 4 * ones;
  const bool is_above_inside = 4 * ones + 4 <= upper;
  const std::uint64_t half = 4 * ones + 2;
  const bool is_nearer_up = scaled > half || (scaled == half && ones % 2 != 0);
  const bool is_up = is_below_inside != is_above_inside ? is_above_inside : is_nearer_up;
  const std::uint64_t shorter = 10 * (tens + (is_ten_above_inside ? 1 : 0));
  return {is_shorter ? shorter : ones + (is_up ? 1 : 0), k};
}

}  // namespace

// The fast way: one multiplication instead of three. Its 60 bits behind the point decide every case
// but decimals exactly at the ends or in the middle of the interval.
Decimal ShortestDecimal(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  const std::uint64_t fraction = bits & (kHiddenBit - 1);
  const auto biased = static_cast<std::int32_t>(bits >> kFractionBits);
  // Left to the general way: subnormal numbers have fewer digits, and powers of two a nearer
  // neighbour below.
  if (biased == 0 || fraction == 0) return ExactlyShortest(value);
  const std::int32_t exponent = biased - kBias;
  const std::int32_t k = FloorLog10OfPowerOfTwo(exponent);
  const std::int32_t shift = exponent + FloorLog2OfPowerOfTen(-k) + 1;
  const Power& power = kPowers[static_cast<std::size_t>(-k - kFirstPower)];

  // The value in units of 10^k, with 62 bits before the point and 66 behind. It is too large by at
  // most one unit of the last bit, since the power is rounded up.
  std::uint64_t behind = 0;
  const std::uint64_t scaled = (fraction | kHiddenBit) << (shift + 2);
  std::uint64_t ignored = 0;
  const std::uint64_t carried = platform::Multiply(power.low, scaled, &ignored);
  std::uint64_t before = platform::Multiply(power.high, scaled, &behind);
  behind += carried;
  before += behind < carried ? 1 : 0;

  // From here on with four bits before the point: the distance to the multiple of ten below, and to
  // the ends of the interval that rounds to the value, which is at most ten.
  constexpr int kPoint = 60;
  constexpr std::uint64_t kTen = std::uint64_t{10} << kPoint;
  constexpr std::uint64_t kHalf = std::uint64_t{1} << (kPoint - 1);
  constexpr std::uint64_t kDoubt = 4;
  const std::uint64_t ones = before >> 2;
  const std::uint64_t tens = ones / 10;
  const std::uint64_t part = (before << (kPoint - 2) | behind >> 6) & ((kHalf << 1) - 1);
  const std::uint64_t below = (ones - 10 * tens) << kPoint | part;
  const std::uint64_t above = kTen - below;
  const std::uint64_t reach = power.high >> (5 - shift);
  const auto is_near = [](std::uint64_t a, std::uint64_t b) {
    return a - b + kDoubt <= 2 * kDoubt;
  };
  if (is_near(below, reach) || is_near(above, reach) || is_near(part, kHalf)) {
    return ExactlyShortest(value);
  }
  // The decimal with one digit less if it lies in the interval, otherwise the nearest decimal. Both
  // are computed and one is chosen by a mask, since no processor can predict the choice.
  const std::uint64_t is_down = below < reach ? 1 : 0;
  const std::uint64_t is_up = above < reach ? 1 : 0;
  const std::uint64_t shorter = 10 * (tens + is_up);
  const std::uint64_t nearest = ones + (part > kHalf ? 1 : 0);
  const std::uint64_t mask = 0 - (is_down | is_up);
  return {(shorter & mask) | (nearest & ~mask), k};
}

}  // namespace dllogger
