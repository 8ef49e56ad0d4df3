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

// The digits of a double, 17 of them with the zeros that end them.
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

  // Without the zeros that end them.
  int Count() const { return lower_ != 0 ? 9 + CountBytes(lower_) : 1 + CountBytes(upper_); }

  // All 17 of them.
  void Put(char* out) const {
    *out = first_;
    PutBytes(upper_, out + 1);
    PutBytes(lower_, out + 9);
  }

  // All 17 of them, with a point behind the first `whole`.
  void PutWithPoint(int whole, char* out) const {
    if (whole > 8) {
      Put(out + 1);
      std::memmove(out, out + 1, static_cast<std::size_t>(whole));
    } else {
      // From the registers: to read back what was just written in other pieces would take longer.
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

// Python writes small and large numbers so, the exponent with at least two digits.
char* FormatExponent(const Digits& digits, int exponent, char* out) {
  digits.PutWithPoint(1, out);
  const int count = digits.Count();
  out += count == 1 ? 1 : count + 1;
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  const auto magnitude = static_cast<std::uint32_t>(std::abs(exponent));
  return magnitude < 100 ? PutPair(magnitude, out) : PutInteger(magnitude, out);
}

// Neither negative nor infinite.
char* FormatMagnitude(double value, char* out) {
  auto [shortest, power] = ShortestDecimal(value);
  if (shortest == 0) return Copy("0.0", out);
  // It has 16 or 17 digits, as good as always.
  // Multiplied in any case, since no processor can foresee which.
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
  // The range first: only within it is the conversion defined.
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
  // Below kCoarseSeconds six digits always tell a microsecond, and no fewer do, so repr prints just
  // those, without the zeros that end them.
  *out++ = '.';
  PutBytes(digits, out);
  return out + std::max(CountBytes(digits), 1);
}

}  // namespace dllogger
