// A value of a record -> JSON text, byte for byte what Python's json.dumps prints.
//
// Each Put function writes at `out`, which lies at or behind the end of the text, and returns the
// end of what was written; nullptr for damaged bytes, or when memory is exhausted.
//
// Owner: the writer thread.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "record/word_reader.h"
#include "text/json_string.h"
#include "text/number.h"
#include "text/text.h"

namespace dllogger {

enum class NonFinite : std::uint8_t { kLiteral, kNull };

// Room asked for with each value, so that brackets and commas need no check of their own.
constexpr std::size_t kValueRoom = kMaxNumberText + kPunctuation;

// A piece whose length the compiler knows is copied without a call.
template <std::size_t N>
char* Put(const char (&literal)[N], char* out) {
  std::memcpy(out, literal, N - 1);
  return out + N - 1;
}

class JsonValues {
 public:
  explicit JsonValues(NonFinite non_finite) : non_finite_(non_finite) {}

  // Writes the next value. The caller made room for a number at `out`. With `is_float` a whole
  // number prints as `1.0`.
  char* PutNext(WordReader* reader, bool is_float, char* out, Text* text) const {
    std::uint64_t word = 0;
    if (!reader->Word(&word)) return nullptr;
    if (IsTag(word)) return PutTagged(reader, word, out, text);
    return is_float ? PutFloat(DoubleOf(word), out) : PutNumber(DoubleOf(word), out);
  }

  // Writes the next value, which must be a string; or that string, as `"key": `.
  static char* PutString(WordReader* reader, char* out, Text* text);
  static char* PutKey(WordReader* reader, char* out, Text* text);
  // As PutString() above, for a string whose first word was taken.
  static char* PutString(WordReader* reader, std::uint64_t word, char* out, Text* text);
  static char* PutKey(WordReader* reader, std::uint64_t word, char* out, Text* text);

 private:
  char* PutTagged(WordReader* reader, std::uint64_t word, char* out, Text* text) const;
  char* PutScalar(WordReader* reader, std::uint64_t word, char* out, Text* text) const;
  char* PutFloats(WordReader* reader, std::uint32_t count, char* out, Text* text) const;

  char* PutNumber(double value, char* out) const {
    return std::isfinite(value) ? FormatNumber(value, out) : PutFloat(value, out);
  }
  char* PutFloat(double value, char* out) const {
    if (non_finite_ == NonFinite::kNull && !std::isfinite(value)) return Put("null", out);
    return FormatFloat(value, out);
  }

  NonFinite non_finite_;
};

}  // namespace dllogger
