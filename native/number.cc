#include "number.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace dllogger {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

char* Copy(const char* text, char* out) {
  const std::size_t length = std::strlen(text);
  std::memcpy(out, text, length);
  return out + length;
}

}  // namespace

char* FormatInteger(std::int64_t value, char* out) {
  return std::to_chars(out, out + kMaxNumberText, value).ptr;
}

char* FormatFloat(double value, char* out) {
  if (std::isnan(value)) return Copy("NaN", out);
  if (std::isinf(value)) return Copy(value < 0 ? "-Infinity" : "Infinity", out);
  const double magnitude = std::fabs(value);
  if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    // The exponent has at least two digits here as in Python.
    return std::to_chars(out, out + kMaxNumberText, value, std::chars_format::scientific).ptr;
  }
  char* end = std::to_chars(out, out + kMaxNumberText, value, std::chars_format::fixed).ptr;
  return value == std::trunc(value) ? Copy(".0", end) : end;
}

char* FormatNumber(double value, char* out) {
  // The range first: only within it is the conversion defined.
  if (std::fabs(value) <= kMaxSafeInteger) {
    const auto integer = static_cast<std::int64_t>(value);
    if (static_cast<double>(integer) == value && !(integer == 0 && std::signbit(value))) {
      return FormatInteger(integer, out);
    }
  }
  return FormatFloat(value, out);
}

char* FormatSeconds(std::int64_t microseconds, char* out) {
  if (microseconds < 0) {
    *out++ = '-';
    microseconds = -microseconds;
  }
  if (microseconds > 0 && microseconds < 100) {
    return FormatFloat(static_cast<double>(microseconds) / 1e6, out);
  }
  out = FormatInteger(microseconds / 1000000, out);
  auto fraction = static_cast<std::int32_t>(microseconds % 1000000);
  *out++ = '.';
  // Six digits always tell a microsecond apart at these magnitudes, so repr prints just those,
  // without trailing zeros.
  int digits = 6;
  while (digits > 1 && fraction % 10 == 0) {
    fraction /= 10;
    --digits;
  }
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  return out + digits;
}

}  // namespace dllogger
