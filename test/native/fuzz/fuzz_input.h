// Shared by the targets of the fuzzer: take inputs apart, build them, and check lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "support/check.h"
#include "support/json_lines.h"
#include "support/record_builder.h"

namespace dllogger::fuzz {

using Bytes = std::vector<std::uint8_t>;

// Takes an input apart; returns zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : next_(bytes), end_(bytes + size) {}

  template <typename T>
  T Take() {
    T value = {};
    std::memcpy(&value, next_, TakeSize(sizeof(T)));
    next_ += TakeSize(sizeof(T));
    return value;
  }
  std::string_view Text(std::size_t size) {
    const auto* text = reinterpret_cast<const char*>(next_);
    const std::size_t taken = TakeSize(size);
    next_ += taken;
    return {text, taken};
  }
  const std::uint8_t* Rest() const { return next_; }
  std::size_t Size() const { return static_cast<std::size_t>(end_ - next_); }

 private:
  std::size_t TakeSize(std::size_t size) const { return std::min(size, Size()); }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

class Output {
 public:
  template <typename T>
  Output& Put(T value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof(T));
    return *this;
  }
  Output& Put(const Record& record) {
    bytes_.insert(bytes_.end(), record.begin(), record.end());
    return *this;
  }
  Output& Put(std::string_view text) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  Bytes Take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

// Checks that a text is whole lines of a log, each of them JSON.
inline void CheckLines(std::string_view text) {
  constexpr std::string_view kStart = "DLLL ";
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (!CHECK(end != std::string_view::npos)) return;
    CHECK_EQ(text.substr(0, kStart.size()), kStart);
    CHECK(JsonChecker::Accepts(text.substr(kStart.size(), end - kStart.size())));
    text.remove_prefix(end + 1);
  }
}

}  // namespace dllogger::fuzz
