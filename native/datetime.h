// A record's local time as Python's str(datetime) prints it, from UTC and the zone's offset alone:
// slim systems have no zone database for C. Owner: one thread, the writer's.
#pragma once

#include <cstdint>
#include <string_view>

namespace dllogger {

class DateTimeText {
 public:
  // Years 1 to 9999 and offsets within a day, as in Python.
  static bool IsValid(std::int64_t wall, std::int32_t utc_offset);

  // "2026-11-22 23:47:31.672064+01:00", without a fraction when the microseconds are 0. `wall` is
  // microseconds since 1970 UTC, the offset is in seconds east. Valid until the next call.
  std::string_view Format(std::int64_t wall, std::int32_t utc_offset);

 private:
  void Restart(std::int64_t second, std::int32_t utc_offset);

  static constexpr int kSecondLength = 19;  // "2026-11-22 23:47:31"

  // Most records share their second with the one before: its text is kept.
  std::int64_t second_ = INT64_MIN;
  std::int32_t utc_offset_ = 0;
  char text_[48];
  char offset_text_[10];  // "+HH:MM" or "+HH:MM:SS"
  int offset_length_ = 0;
};

}  // namespace dllogger
