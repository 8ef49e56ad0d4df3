// A record's wall time as Python prints it, computed from UTC and the zone's offset: slim systems
// have no zone database for C. Owner: the writer thread.
#pragma once

#include <cstdint>

#include "text/digits.h"

namespace dllogger {

class WallTimeText {
 public:
  // Limit on the characters of both texts together, and on what either of them writes.
  static constexpr std::uint32_t kMaxText = 64;

  // Sets the time to print: microseconds since 1970 UTC, and the zone's seconds east of UTC.
  // Returns false, and sets nothing, outside the years 2 to 9998 or for an offset of a day and
  // more: Python prints no such time in every zone.
  bool Choose(std::int64_t wall, std::int32_t utc_offset) {
    // Most records share their second with the record before: the text of that second is reused.
    const std::uint64_t fraction =
        static_cast<std::uint64_t>(wall) - static_cast<std::uint64_t>(second_start_);
    if (fraction >= kMicroseconds || utc_offset != utc_offset_) return Restart(wall, utc_offset);
    wall_ = wall;
    fraction_ = FractionDigits(static_cast<std::uint32_t>(fraction));
    return true;
  }

  // "1795391251.672064", the repr of float seconds. Returns the end.
  char* PutTimestamp(char* out) const;

  // "2026-11-22 23:47:31.672064+01:00", without a fraction when the microseconds are 0.
  char* PutDateTime(char* out) const;

 private:
  bool Restart(std::int64_t wall, std::int32_t utc_offset);

  static constexpr std::int64_t kMicroseconds = 1000000;
  static constexpr int kSecondLength = 19;  // "2026-11-22 23:47:31"

  std::int64_t second_start_ = INT64_MIN;  // in microseconds
  std::int64_t wall_ = 0;
  std::uint64_t fraction_ = 0;  // digits of the second's fraction, in both texts
  std::int32_t utc_offset_ = INT32_MIN;
  // Sizes of which a compiler copies the whole array without a call.
  char seconds_[16];
  char datetime_[24];
  char offset_[16];  // "+HH:MM" or "+HH:MM:SS"
  // 0 where the timestamp's text is not seconds and fraction: up to 1970-01-01 00:00:00, and from
  // kCoarseSeconds on.
  int seconds_length_ = 0;
  int offset_length_ = 0;
};

}  // namespace dllogger
