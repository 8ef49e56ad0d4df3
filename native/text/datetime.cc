#include "text/datetime.h"

#include <cstdlib>
#include <cstring>

#include "text/digits.h"
#include "text/number.h"

namespace dllogger {
namespace {

constexpr std::int64_t kDay = 86400;

std::int64_t FloorDivide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

struct Date {
  std::int64_t year;
  int month;
  int day;
};

// The Gregorian date `days` after 1970-01-01. Years are counted from March, so that the leap day is
// the last day of a year and one formula gives the months: month m (March is 0) begins at day (153
// m + 2) / 5.
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

char* WallTimeText::PutTimestamp(char* out) const {
  if (seconds_length_ == 0) return FormatSeconds(wall_, out);
  std::memcpy(out, seconds_, sizeof(seconds_));
  return FormatFraction(fraction_, out + seconds_length_);
}

char* WallTimeText::PutDateTime(char* out) const {
  std::memcpy(out, datetime_, sizeof(datetime_));
  out += kSecondLength;
  if (fraction_ != 0) {
    *out++ = '.';
    PutBytes(fraction_, out);
    out += 6;
  }
  std::memcpy(out, offset_, sizeof(offset_));
  return out + offset_length_;
}

bool WallTimeText::Restart(std::int64_t wall, std::int32_t utc_offset) {
  constexpr std::int64_t kYearTwo = -62104060800;  // a year's margin for the offset
  constexpr std::int64_t kYear9999 = 253370764800;
  const std::int64_t second = FloorDivide(wall, kMicroseconds);
  if (second < kYearTwo || second >= kYear9999) return false;
  if (utc_offset <= -kDay || utc_offset >= kDay) return false;
  second_start_ = second * kMicroseconds;
  wall_ = wall;
  fraction_ = FractionDigits(static_cast<std::uint32_t>(wall - second_start_));
  utc_offset_ = utc_offset;
  seconds_length_ = 0;
  if (second > 0 && second_start_ < kCoarseSeconds) {
    const char* const end = PutInteger(static_cast<std::uint64_t>(second), seconds_);
    seconds_length_ = static_cast<int>(end - seconds_);
  }
  const std::int64_t local = second + utc_offset;
  const std::int64_t days = FloorDivide(local, kDay);
  const std::int64_t in_day = local - days * kDay;
  const Date date = DateOf(days);
  char* out = PutFour(static_cast<std::uint32_t>(date.year), datetime_);
  *out++ = '-';
  out = PutPair(static_cast<std::uint32_t>(date.month), out);
  *out++ = '-';
  out = PutPair(static_cast<std::uint32_t>(date.day), out);
  *out++ = ' ';
  const auto seconds = static_cast<std::uint32_t>(in_day);
  out = PutPair(seconds / 3600, out);
  *out++ = ':';
  out = PutPair(seconds / 60 % 60, out);
  *out++ = ':';
  PutPair(seconds % 60, out);

  const auto magnitude = static_cast<std::uint32_t>(std::abs(utc_offset));
  char* offset = offset_;
  *offset++ = utc_offset < 0 ? '-' : '+';
  offset = PutPair(magnitude / 3600, offset);
  *offset++ = ':';
  offset = PutPair(magnitude / 60 % 60, offset);
  if (magnitude % 60 != 0) {
    *offset++ = ':';
    offset = PutPair(magnitude % 60, offset);
  }
  offset_length_ = static_cast<int>(offset - offset_);
  return true;
}

}  // namespace dllogger
