#include "datetime.h"

#include <cstdlib>
#include <cstring>

#include "digits.h"

namespace dllogger {
namespace {

constexpr std::int64_t kMicroseconds = 1000000;
constexpr std::int64_t kDay = 86400;

std::int64_t FloorDivide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

struct Date {
  std::int64_t year;
  int month;
  int day;
};

// The Gregorian date `days` after 1970-01-01. Counts in years that begin with March, so that the
// leap day is the last of its year and the lengths of the months follow one line: the first
// day of month m (March is 0) is day (153 m + 2) / 5.
Date DateOf(std::int64_t days) {
  constexpr std::int64_t kEra = 146097;              // days in 400 years
  constexpr std::int64_t kMarchOfYearZero = 719468;  // days from 0000-03-01 to 1970-01-01
  const std::int64_t shifted = days + kMarchOfYearZero;
  const std::int64_t era = FloorDivide(shifted, kEra);
  const std::int64_t in_era = shifted - era * kEra;
  const std::int64_t year_in_era =
      (in_era - in_era / 1460 + in_era / 36524 - in_era / (kEra - 1)) / 365;
  const std::int64_t in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
  const auto march_month = static_cast<int>((5 * in_year + 2) / 153);
  const int month = march_month < 10 ? march_month + 3 : march_month - 9;
  const auto day = static_cast<int>(in_year - (153 * march_month + 2) / 5 + 1);
  return {era * 400 + year_in_era + (month <= 2 ? 1 : 0), month, day};
}

}  // namespace

bool DateTimeText::IsValid(std::int64_t wall, std::int32_t utc_offset) {
  constexpr std::int64_t kYearTwo = -62104060800;  // a year's margin for the offset
  constexpr std::int64_t kYear9999 = 253370764800;
  const std::int64_t second = FloorDivide(wall, kMicroseconds);
  return second >= kYearTwo && second < kYear9999 && std::abs(utc_offset) < kDay;
}

std::string_view DateTimeText::Format(std::int64_t wall, std::int32_t utc_offset) {
  const std::int64_t second = FloorDivide(wall, kMicroseconds);
  if (second != second_ || utc_offset != utc_offset_) Restart(second, utc_offset);
  char* out = text_ + kSecondLength;
  const std::int64_t fraction = wall - second * kMicroseconds;
  if (fraction != 0) {
    *out++ = '.';
    out = PutSix(static_cast<std::uint32_t>(fraction), out);
  }
  std::memcpy(out, offset_text_, static_cast<std::size_t>(offset_length_));
  return {text_, static_cast<std::size_t>(out + offset_length_ - text_)};
}

void DateTimeText::Restart(std::int64_t second, std::int32_t utc_offset) {
  second_ = second;
  utc_offset_ = utc_offset;
  const std::int64_t local = second + utc_offset;
  const std::int64_t days = FloorDivide(local, kDay);
  const std::int64_t in_day = local - days * kDay;
  const Date date = DateOf(days);
  char* out = PutDigits(static_cast<std::uint64_t>(date.year), 4, text_);
  *out++ = '-';
  out = PutDigits(static_cast<std::uint64_t>(date.month), 2, out);
  *out++ = '-';
  out = PutDigits(static_cast<std::uint64_t>(date.day), 2, out);
  *out++ = ' ';
  out = PutDigits(static_cast<std::uint64_t>(in_day / 3600), 2, out);
  *out++ = ':';
  out = PutDigits(static_cast<std::uint64_t>(in_day / 60 % 60), 2, out);
  *out++ = ':';
  PutDigits(static_cast<std::uint64_t>(in_day % 60), 2, out);

  const std::int32_t magnitude = std::abs(utc_offset);
  char* offset = offset_text_;
  *offset++ = utc_offset < 0 ? '-' : '+';
  offset = PutDigits(static_cast<std::uint64_t>(magnitude / 3600), 2, offset);
  *offset++ = ':';
  offset = PutDigits(static_cast<std::uint64_t>(magnitude / 60 % 60), 2, offset);
  if (magnitude % 60 != 0) {
    *offset++ = ':';
    offset = PutDigits(static_cast<std::uint64_t>(magnitude % 60), 2, offset);
  }
  offset_length_ = static_cast<int>(offset - offset_text_);
}

}  // namespace dllogger
