#include "text/number.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "support/check.h"

namespace dllogger {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTwoTo53 = 9007199254740992.0;

template <typename Value>
std::string TextOf(char* (*format)(Value, char*), Value value) {
  // One byte more than the promised room, to check that it stays untouched.
  char text[kMaxNumberText + 1];
  std::memset(text, '#', sizeof(text));
  const char* const begin = text;
  const char* const end = format(value, text);
  CHECK(end > begin && end <= begin + kMaxNumberText);
  CHECK_EQ(text[kMaxNumberText], '#');
  return {begin, end};
}

std::string Float(double value) {
  return TextOf(FormatFloat, value);
}
std::string Number(double value) {
  return TextOf(FormatNumber, value);
}
std::string Seconds(std::int64_t microseconds) {
  return TextOf(FormatSeconds, microseconds);
}

std::uint64_t BitsOf(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

double FromBits(std::uint64_t bits) {
  double value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

std::string Scientific(int digits, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*e", digits - 1, value);
  return text;
}

// A decimal number as its significant digits and the power of ten of the first.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal Parse(const std::string& text) {
  Decimal decimal;
  int before_point = 0;
  bool is_after_point = false;
  std::size_t i = text[0] == '-' ? 1 : 0;
  for (; i < text.size() && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      is_after_point = true;
      continue;
    }
    decimal.digits += text[i];
    if (!is_after_point) ++before_point;
  }
  decimal.exponent = before_point - 1 + (i < text.size() ? std::atoi(text.c_str() + i + 1) : 0);
  const std::size_t first = decimal.digits.find_first_not_of('0');
  if (first == std::string::npos) return {"0", 0};
  decimal.exponent -= static_cast<int>(first);
  decimal.digits = decimal.digits.substr(first, decimal.digits.find_last_not_of('0') - first + 1);
  return decimal;
}

// Python's layout of a number's digits: its float_repr_style 'short' with code 'r'.
std::string Layout(bool is_negative, const Decimal& decimal) {
  const int count = static_cast<int>(decimal.digits.size());
  const int exponent = decimal.exponent;
  std::string text;
  if (exponent < -4 || exponent >= 16) {
    char suffix[8];
    std::snprintf(suffix, sizeof(suffix), "e%+03d", exponent);
    text = decimal.digits.substr(0, 1) + (count > 1 ? "." + decimal.digits.substr(1) : "") + suffix;
  } else if (exponent < 0) {
    text = "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + decimal.digits;
  } else if (count <= exponent + 1) {
    text = decimal.digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  } else {
    const auto point = static_cast<std::size_t>(exponent + 1);
    text = decimal.digits.substr(0, point) + "." + decimal.digits.substr(point);
  }
  return is_negative ? "-" + text : text;
}

// repr() by way of the C library: the fewest digits that read back as the same number.
std::string Repr(double value) {
  int digits = 1;
  while (std::strtod(Scientific(digits, value).c_str(), nullptr) != value) ++digits;
  return Layout(std::signbit(value), Parse(Scientific(digits, value)));
}

// The neighbour of `decimal`, whose last digit differs by one, as text for strtod.
std::string Neighbour(const Decimal& decimal, int by) {
  const auto digits = std::strtoull(decimal.digits.c_str(), nullptr, 10);
  const int scale = decimal.exponent - static_cast<int>(decimal.digits.size()) + 1;
  return std::to_string(digits + static_cast<std::uint64_t>(by)) + "e" + std::to_string(scale);
}

bool ReadsBackShorter(double magnitude, std::size_t digits) {
  if (digits <= 1) return false;
  const std::string rounded = Scientific(static_cast<int>(digits) - 1, magnitude);
  if (std::strtod(rounded.c_str(), nullptr) == magnitude) return true;
  // At a power of two the interval is lopsided: the neighbour may lie in it though this decimal
  // does not.
  const Decimal decimal = Parse(rounded);
  return std::strtod(Neighbour(decimal, 1).c_str(), nullptr) == magnitude ||
         std::strtod(Neighbour(decimal, -1).c_str(), nullptr) == magnitude;
}

// Checks that the text of a finite number other than 0 is its repr; false at the first fault.
bool CheckIsRepr(double value) {
  const std::string text = Float(value);
  const Decimal decimal = Parse(text);
  return CHECK_EQ(BitsOf(std::strtod(text.c_str(), nullptr)), BitsOf(value)) &&
         CHECK_EQ(text, Layout(std::signbit(value), decimal)) &&
         CHECK(!ReadsBackShorter(std::fabs(value), decimal.digits.size()));
}

TEST(Number, PrintsKnownFloatsAsPython) {
  const struct {
    double value;
    const char* text;
  } kKnown[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {1.0 / 3, "0.3333333333333333"},
      {4.35, "4.35"},
      {123456789.123456789, "123456789.12345679"},
      {5e-324, "5e-324"},
      {-5e-324, "-5e-324"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1.7976931348623157e+308, "1.7976931348623157e+308"},
      {-1.7976931348623157e+308, "-1.7976931348623157e+308"},
      {0.0001, "0.0001"},
      {0.00012345678901234567, "0.00012345678901234567"},
      {9.99e-05, "9.99e-05"},
      {9.999999999999999e-05, "9.999999999999999e-05"},
      {1e-05, "1e-05"},
      {8.5e-05, "8.5e-05"},
      {1e-07, "1e-07"},
      {1e+15, "1000000000000000.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {1.0000000000000002e+16, "1.0000000000000002e+16"},
      {1e22, "1e+22"},
      {1e23, "1e+23"},
      {1.5e300, "1.5e+300"},
      {kTwoTo53 - 1, "9007199254740991.0"},
      {kTwoTo53, "9007199254740992.0"},
      {kTwoTo53 + 2, "9007199254740994.0"},
      // The shortest digits are not the nearest of their length.
      {std::ldexp(1.0, -44), "5.684341886080802e-14"},
      {std::ldexp(1.0, -808), "5.858190679279809e-244"},
      {std::ldexp(1.0, -1017), "7.120236347223045e-307"},
      {kInfinity, "Infinity"},
      {-kInfinity, "-Infinity"},
      {std::nan(""), "NaN"},
      {-std::nan(""), "NaN"},
  };
  for (const auto& known : kKnown) CHECK_EQ(Float(known.value), known.text);
}

TEST(Number, SafeIntegersAreInts) {
  const struct {
    double value;
    const char* text;
  } kKnown[] = {
      {0.0, "0"},
      {-0.0, "-0.0"},
      {17.0, "17"},
      {-17.0, "-17"},
      {1e15, "1000000000000000"},
      {kTwoTo53 - 1, "9007199254740991"},
      {-(kTwoTo53 - 1), "-9007199254740991"},
      {kTwoTo53, "9007199254740992.0"},
      {-kTwoTo53, "-9007199254740992.0"},
      {1e16, "1e+16"},
      {0.5, "0.5"},
      {-0.5, "-0.5"},
      {4503599627370495.5, "4503599627370495.5"},
      {5e-324, "5e-324"},
      {1e300, "1e+300"},
      {kInfinity, "Infinity"},
      {-kInfinity, "-Infinity"},
      {std::nan(""), "NaN"},
  };
  for (const auto& known : kKnown) CHECK_EQ(Number(known.value), known.text);
}

TEST(Number, PrintsIntegersOfAnySize) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    CHECK_EQ(TextOf(FormatInteger, value), std::to_string(value));
  }
}

TEST(Number, PowersOfTenAndTheirNeighboursRoundTrip) {
  for (int exponent = -323; exponent <= 308; ++exponent) {
    const double power = std::strtod(("1e" + std::to_string(exponent)).c_str(), nullptr);
    CHECK_EQ(Float(power), Layout(false, {"1", exponent}));
    for (const double value : {power, std::nextafter(power, 0), std::nextafter(power, kInfinity)}) {
      if (value != 0) CHECK(CheckIsRepr(value) && CheckIsRepr(-value));
    }
  }
}

TEST(Number, PowersOfTwoAndTheirNeighboursRoundTrip) {
  for (int exponent = -1074; exponent <= 1023; ++exponent) {
    const double power = std::ldexp(1.0, exponent);
    for (const double value : {power, std::nextafter(power, 0), std::nextafter(power, kInfinity)}) {
      if (value != 0) CheckIsRepr(value);
    }
  }
}

TEST(Number, RandomFloatsRoundTripWithTheFewestDigits) {
  std::mt19937_64 random(1);
  for (int i = check::Scaled(50000); i > 0; --i) {
    const double value = FromBits(random());
    if (std::isfinite(value) && value != 0 && !CheckIsRepr(value)) return;
  }
  // Magnitudes that print without an exponent are few among random bits.
  for (int i = check::Scaled(50000); i > 0; --i) {
    const double unit = static_cast<double>(random() >> 11) / kTwoTo53;
    const double value = unit * std::pow(10, static_cast<int>(random() % 22) - 5);
    if (value != 0 && !CheckIsRepr(value)) return;
  }
}

TEST(Number, RandomFloatsMatchTheCLibrary) {
  std::mt19937_64 random(2);
  for (int i = check::Scaled(20000); i > 0; --i) {
    const std::uint64_t bits = random();
    const double value = FromBits(bits);
    // Where the interval is lopsided, the C library's nearest digits may not be the shortest.
    const bool is_power_of_two = bits << 12 == 0;
    if (!std::isfinite(value) || is_power_of_two) continue;
    if (!CHECK_EQ(Float(value), Repr(value))) return;
  }
}

// A decimal in the middle between two others, or at the very end of the interval that rounds to the
// number: all bits are needed to decide.
TEST(Number, FloatsInDoubtMatchTheCLibrary) {
  std::mt19937_64 random(4);
  for (int i = check::Scaled(20000); i > 0; --i) {
    const auto whole = static_cast<double>(random() >> (12 + random() % 52));
    const double value = std::ldexp(whole + 0.5, -static_cast<int>(random() % 8));
    if (!CHECK_EQ(Float(value), Repr(value))) return;
  }
  for (int i = check::Scaled(5000); i > 0; --i) {
    const std::string text = std::to_string(random() % 100000) + "e" +
                             std::to_string(static_cast<int>(random() % 40) - 20);
    const double value = std::strtod(text.c_str(), nullptr);
    for (const double near : {value, std::nextafter(value, 0), std::nextafter(value, kInfinity)}) {
      const bool is_power_of_two = BitsOf(near) << 12 == 0;
      if (near != 0 && !is_power_of_two && !CHECK_EQ(Float(near), Repr(near))) return;
    }
  }
}

TEST(Number, SecondsAreTheReprOfFloatSeconds) {
  const struct {
    std::int64_t microseconds;
    const char* text;
  } kKnown[] = {
      {0, "0.0"},
      {1, "1e-06"},
      {5, "5e-06"},
      {85, "8.5e-05"},
      {99, "9.9e-05"},
      {100, "0.0001"},
      {101, "0.000101"},
      {120000, "0.12"},
      {999999, "0.999999"},
      {1000000, "1.0"},
      {1500000, "1.5"},
      {4366727, "4.366727"},
      {10000001, "10.000001"},
      {1570716916146970, "1570716916.14697"},
      {1570716916000000, "1570716916.0"},
      {1795391251672064, "1795391251.672064"},
      {-1, "-1e-06"},
      {-100, "-0.0001"},
      {-1500000, "-1.5"},
  };
  for (const auto& known : kKnown) CHECK_EQ(Seconds(known.microseconds), known.text);
}

TEST(Number, SecondsMatchRoundedDivision) {
  const auto agrees = [](std::int64_t microseconds) {
    // Both are whole numbers that a double holds, so the quotient is rounded once, as in Python.
    const double seconds = static_cast<double>(microseconds) / 1e6;
    return CHECK_EQ(Seconds(microseconds), Repr(seconds)) &&
           CHECK_EQ(Seconds(-microseconds), Repr(microseconds == 0 ? 0.0 : -seconds));
  };
  for (std::int64_t microseconds = 0; microseconds < 2000; ++microseconds) agrees(microseconds);
  for (std::int64_t power = 10; power < 1000000000000000; power *= 10) {
    for (std::int64_t by = -2; by <= 2; ++by) agrees(power + by);
  }
  std::mt19937_64 random(3);
  // Beyond this many seconds, in the year 2242, floats are more than a microsecond apart.
  constexpr std::int64_t kLimit = (std::int64_t{1} << 33) * 1000000;
  agrees(kLimit - 1);
  for (int i = check::Scaled(20000); i > 0; --i) {
    const auto range = static_cast<std::uint64_t>(kLimit) >> random() % 50;
    if (!agrees(static_cast<std::int64_t>(random() % range))) return;
  }
}

}  // namespace
}  // namespace dllogger
