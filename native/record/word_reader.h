// Reads the words of a record one by one, for the code that prints them.
//
// Never reads past the record's end. Owner: a call that formats one record.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "record/record.h"

namespace dllogger {

inline bool IsTag(std::uint64_t word) {
  const auto upper = static_cast<std::uint32_t>(word >> 32);
  return upper > kTagBase && upper < kTagBase + kTagCount;
}

inline Tag TagOf(std::uint64_t word) {
  return static_cast<Tag>(static_cast<std::uint32_t>(word >> 32) - kTagBase);
}

inline std::uint32_t CountOf(std::uint64_t word) {
  return static_cast<std::uint32_t>(word);
}

inline double DoubleOf(std::uint64_t word) {
  double value = 0;
  std::memcpy(&value, &word, sizeof(value));
  return value;
}

class WordReader {
 public:
  WordReader(const std::uint8_t* begin, const std::uint8_t* end) : next_(begin), end_(end) {}

  // Whether only the record's padding is left.
  bool AtEnd() const { return end_ - next_ < static_cast<std::ptrdiff_t>(kRecordAlignment); }

  bool Word(std::uint64_t* word) { return Raw(word); }
  bool Double(double* value) { return Raw(value); }

  // Takes a payload of `count` bytes and its padding; nullptr when the record is shorter.
  const std::uint8_t* Payload(std::uint64_t count) {
    const std::uint64_t padded = (count + 7) / 8 * 8;
    if (padded > static_cast<std::uint64_t>(end_ - next_)) return nullptr;
    const std::uint8_t* payload = next_;
    next_ += padded;
    return payload;
  }

  // A microsecond count, stored as a double.
  bool Microseconds(std::int64_t* value) {
    constexpr double kLimit = 9007199254740992.0 * 64;
    double stored = 0;
    if (!Double(&stored) || !(std::fabs(stored) < kLimit)) return false;
    *value = static_cast<std::int64_t>(stored);
    return true;
  }

 private:
  template <typename T>
  bool Raw(T* value) {
    static_assert(sizeof(T) == 8);
    if (end_ - next_ < 8) return false;
    std::memcpy(value, next_, 8);
    next_ += 8;
    return true;
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace dllogger
