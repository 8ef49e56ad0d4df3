// A record's wall time as Python prints it, from UTC and the zone's offset alone: slim systems have
// no zone database for C. Owner: one thread, the writer's.
#pragma once

#include <cstdint>

#include "text/digits.h"

namespace dllogger {

class WallTimeText {
 public:
  // Both texts together take no more, nor does either write beyond so many.
  static constexpr std::uint32_t kMaxText = 64;

  // Chooses the moment: microseconds since 1970 UTC, and seconds east. False, and none is chosen,
  // beyond the years 2 to 9998 and the offsets within a day, which Python prints in any zone.
  bool Choose(std::int64_t wall, std::int32_t utc_offset) {
    // Most records share their second with the one before: its text is kept.
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
  std::uint64_t fraction_ = 0;  // the digits that both texts have
  std::int32_t utc_offset_ = INT32_MIN;
  // Room for copying them whole.
  char seconds_[16];
  char datetime_[24];
  char offset_[16];  // "+HH:MM" or "+HH:MM:SS"
  // 0 before 1970, at its very beginning and from kCoarseSeconds on: there seconds and fraction are
  // not the text.
  int seconds_length_ = 0;
  int offset_length_ = 0;
};

}  // namespace dllogger
