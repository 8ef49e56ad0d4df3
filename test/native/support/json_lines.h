// Shared by the tests of json.h: a formatter with its text, the time of their records, and a
// checker of lines that is independent of the formatter.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "record/json.h"
#include "support/record_builder.h"
#include "text/text.h"

namespace dllogger {

constexpr double kWall = 1795391251672064;
constexpr double kElapsed = 4366727;

// The beginning of a line of that time with UTC offset 0.
constexpr std::string_view kLogStart =
    "DLLL {\"timestamp\": \"1795391251.672064\", \"datetime\": \"2026-11-22 "
    "23:47:31.672064+00:00\", \"elapsedtime\": \"4.366727\", \"type\": \"LOG\", \"step\": ";
constexpr std::string_view kMetadataStart =
    "DLLL {\"timestamp\": \"1795391251.672064\", \"elapsedtime\": \"4.366727\", \"datetime\": "
    "\"2026-11-22 23:47:31.672064+00:00\", \"type\": \"METADATA\", \"metric\": ";

inline RecordBuilder LogRecord(std::uint32_t shape) {
  return RecordBuilder(Kind::kLog, shape).Times(kWall, kElapsed);
}
inline RecordBuilder MetadataRecord() {
  return RecordBuilder(Kind::kMetadata).Times(kWall, kElapsed);
}

class Lines {
 public:
  explicit Lines(NonFinite non_finite = NonFinite::kLiteral) : json_(non_finite) {}

  Outcome Add(const Record& record) { return json_.Append(record.data(), record.size(), &text_); }
  Outcome Add(const RecordBuilder& builder) { return Add(builder.Build()); }
  void ForgetShapes() { json_.ForgetShapes(); }

  std::string_view View() const { return {text_.Data(), text_.Size()}; }
  void Clear() { text_.Clear(text_.Size()); }

  JsonFormatter& Json() { return json_; }
  Text& Buffer() { return text_; }

 private:
  JsonFormatter json_;
  Text text_;
};

// Whether a text is one JSON value in printable ASCII, with Python's NaN and infinities.
class JsonChecker {
 public:
  static bool Accepts(std::string_view text) {
    JsonChecker checker(text);
    return checker.Value() && checker.at_ == text.size();
  }

 private:
  explicit JsonChecker(std::string_view text) : text_(text) {}

  bool Take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool Value() {
    if (Take("{")) return Items("}", true);
    if (Take("[")) return Items("]", false);
    if (at_ < text_.size() && text_[at_] == '"') return String();
    for (const char* word : {"null", "true", "false", "NaN", "Infinity", "-Infinity"}) {
      if (Take(word)) return true;
    }
    return Number();
  }

  bool Items(std::string_view end, bool has_keys) {
    if (Take(end)) return true;
    do {
      if (has_keys && !(String() && Take(": "))) return false;
      if (!Value()) return false;
    } while (Take(", "));
    return Take(end);
  }

  bool String() {
    if (!Take("\"")) return false;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char character = text_[at_++];
      if (character < ' ' || character > '~') return false;
      if (character != '\\') continue;
      if (at_ == text_.size()) return false;
      const char escape = text_[at_++];
      if (escape == 'u') {
        if (text_.substr(at_, 4).find_first_not_of("0123456789abcdef") != std::string_view::npos ||
            text_.size() - at_ < 4) {
          return false;
        }
        at_ += 4;
      } else if (std::string_view("\"\\nrtbf").find(escape) == std::string_view::npos) {
        return false;
      }
    }
    return Take("\"");
  }

  bool Digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > start;
  }

  bool Number() {
    static_cast<void>(Take("-"));
    if (!Digits() || (Take(".") && !Digits())) return false;
    if (!Take("e")) return true;
    if (!Take("+") && !Take("-")) return false;
    return Digits();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The JSON text of `count` characters \1; valid until the next call.
inline std::string_view Escapes(std::size_t count) {
  static std::string all;
  while (all.size() < count * 6) all += "\\u0001";
  return std::string_view(all).substr(0, count * 6);
}

}  // namespace dllogger
