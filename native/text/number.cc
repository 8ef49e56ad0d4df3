#include "text/number.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "platform/arithmetic.h"
#include "platform/sixteen_digits.h"
#include "text/decimal.h"
#include "text/digits.h"

namespace dllogger {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;
constexpr std::int64_t kMicroseconds = 1000000;

char* Copy(const char* text, char* out) {
  const std::size_t length = std::strlen(text);
  std::memcpy(out, text, length);
  return out + length;
}

// The digits of a double: 17, trailing zeros included.
class Digits {
 public:
  explicit Digits(std::uint64_t digits) {
    constexpr auto kEight = static_cast<std::uint32_t>(kPowersOfTen[8]);
    const auto nine = static_cast<std::uint32_t>(digits / kEight);
    const std::uint32_t first = nine / kEight;
    first_ = static_cast<char>('0' + first);
    const std::uint32_t upper = nine - first * kEight;
    const auto lower = static_cast<std::uint32_t>(digits - std::uint64_t{nine} * kEight);
#ifdef DLLOGGER_HAS_SIXTEEN_DIGITS
    platform::SixteenDigits(upper, lower, &upper_, &lower_);
#else
    upper_ = EightDigits(upper);
    lower_ = EightDigits(lower);
#endif
  }

  // The number of digits without trailing zeros.
  int Count() const { return lower_ != 0 ? 9 + CountBytes(lower_) : 1 + CountBytes(upper_); }

  // Writes all 17 digits.
  void Put(char* out) const {
    *out = first_;
    PutBytes(upper_, out + 1);
    PutBytes(lower_, out + 9);
  }

  // Writes all 17 digits, with a point behind the first `whole`.
  void PutWithPoint(int whole, char* out) const {
    if (whole > 8) {
      Put(out + 1);
      std::memmove(out, out + 1, static_cast<std::size_t>(whole));
    } else {
      // Written from registers: reading back bytes that were just stored in other sizes stalls the
      // processor.
      *out = first_;
      PutBytes(upper_, out + 1);
      PutBytes(upper_ >> 8 * (whole - 1), out + whole + 1);
      PutBytes(lower_, out + 10);
    }
    out[whole] = '.';
  }

 private:
  char first_;
  std::uint64_t upper_;
  std::uint64_t lower_;
};

constexpr int kMaxDigits = 17;

// Exponent form, as Python writes small and large numbers: the exponent has at least two digits.
char* FormatExponent(const Digits& digits, int exponent, char* out) {
  digits.PutWithPoint(1, out);
  const int count = digits.Count();
  out += count == 1 ? 1 : count + 1;
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  const auto magnitude = static_cast<std::uint32_t>(std::abs(exponent));
  return magnitude < 100 ? PutPair(magnitude, out) : PutInteger(magnitude, out);
}

// `value` is finite and not negative.
char* FormatMagnitude(double value, char* out) {
  auto [shortest, power] = ShortestDecimal(value);
  if (shortest == 0) return Copy("0.0", out);
  // A double nearly always has 16 or 17 digits. The multiplication is done in both cases, since no
  // processor can predict which it is.
  const int is_short = shortest < kPowersOfTen[16] ? 1 : 0;
  shortest *= static_cast<std::uint64_t>(1 + 9 * is_short);
  power -= is_short;
  for (; shortest < kPowersOfTen[16]; --power) shortest *= 10;
  const Digits digits(shortest);
  // Digits before the point.
  const int whole = kMaxDigits + power;
  if (whole <= -4 || whole > 16) return FormatExponent(digits, whole - 1, out);
  const int count = digits.Count();
  if (whole <= 0) {
    std::memcpy(out, "0.000", 5);
    out += 2 - whole;
    digits.Put(out);
    return out + count;
  }
  if (whole < count) {
    digits.PutWithPoint(whole, out);
    return out + count + 1;
  }
  digits.Put(out);
  return Copy(".0", out + whole);
}

}  // namespace

char* FormatInteger(std::int64_t value, char* out) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return PutInteger(magnitude, out);
}

char* FormatFloat(double value, char* out) {
  if (std::isnan(value)) return Copy("NaN", out);
  if (std::signbit(value)) {
    *out++ = '-';
    value = -value;
  }
  if (std::isinf(value)) return Copy("Infinity", out);
  return FormatMagnitude(value, out);
}

char* FormatNumber(double value, char* out) {
  // The range is checked first: outside of it the conversion is undefined behaviour.
  if (std::fabs(value) <= kMaxSafeInteger) {
    const auto integer = static_cast<std::int64_t>(value);
    if (static_cast<double>(integer) == value && !(integer == 0 && std::signbit(value))) {
      return FormatInteger(integer, out);
    }
    if (!std::signbit(value)) return FormatMagnitude(value, out);
  }
  return FormatFloat(value, out);
}

char* FormatSeconds(std::int64_t microseconds, char* out) {
  if (microseconds < 0) {
    *out++ = '-';
    microseconds = -microseconds;
  }
  const bool has_exponent = microseconds > 0 && microseconds < 100;
  if (has_exponent || microseconds >= kCoarseSeconds) {
    return FormatFloat(static_cast<double>(microseconds) / 1e6, out);
  }
  out = PutInteger(static_cast<std::uint64_t>(microseconds / kMicroseconds), out);
  const auto fraction = static_cast<std::uint32_t>(microseconds % kMicroseconds);
  return FormatFraction(FractionDigits(fraction), out);
}

char* FormatFraction(std::uint64_t digits, char* out) {
  // Below kCoarseSeconds six digits are what tells microseconds apart, so repr prints these six
  // without trailing zeros.
  *out++ = '.';
  PutBytes(digits, out);
  return out + std::max(CountBytes(digits), 1);
}

}  // namespace dllogger
