#include "record/json_value.h"

namespace dllogger {
namespace {

// The decimal digits of an integer, with a sign.
char* PutInteger(WordReader* reader, std::uint32_t count, char* out, Text* text) {
  const std::uint8_t* digits = reader->Payload(count);
  if (digits == nullptr || count == 0) return nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_sign = i == 0 && digits[i] == '-' && count > 1;
    if (!is_sign && (digits[i] < '0' || digits[i] > '9')) return nullptr;
  }
  out = text->Room(out, count + kPunctuation);
  if (out == nullptr) return nullptr;
  std::memcpy(out, digits, count);
  return out + count;
}

}  // namespace

char* JsonValues::PutString(WordReader* reader, char* out, Text* text) {
  std::uint64_t word = 0;
  return reader->Word(&word) ? PutString(reader, word, out, text) : nullptr;
}

char* JsonValues::PutKey(WordReader* reader, char* out, Text* text) {
  std::uint64_t word = 0;
  return reader->Word(&word) ? PutKey(reader, word, out, text) : nullptr;
}

char* JsonValues::PutString(WordReader* reader, std::uint64_t word, char* out, Text* text) {
  if (!IsTag(word)) return nullptr;
  const std::uint64_t count = CountOf(word);
  if (TagOf(word) == Tag::kLatin1) {
    const std::uint8_t* payload = reader->Payload(count);
    return payload == nullptr ? nullptr : PutJsonString<std::uint8_t>(payload, count, out, text);
  }
  if (TagOf(word) == Tag::kUtf16) {
    const std::uint8_t* payload = reader->Payload(count * 2);
    return payload == nullptr ? nullptr : PutJsonString<std::uint16_t>(payload, count, out, text);
  }
  return nullptr;
}

char* JsonValues::PutKey(WordReader* reader, std::uint64_t word, char* out, Text* text) {
  out = PutString(reader, word, out, text);
  return out == nullptr ? nullptr : text->Room(Put(": ", out), kPunctuation);
}

// Writes the value that begins with `word`. Nested containers are walked without recursion: the
// stack of a thread is small on some systems.
char* JsonValues::PutTagged(WordReader* reader, std::uint64_t word, char* out, Text* text) const {
  struct Container {
    std::uint32_t remaining;
    Tag tag;
  };
  Container open[kMaxDepth];
  std::uint32_t depth = 0;
  for (;;) {
    out = text->Room(out, kValueRoom);
    if (out == nullptr) return nullptr;
    const Tag tag = IsTag(word) ? TagOf(word) : Tag::kNan;
    if (!IsTag(word)) {
      out = PutNumber(DoubleOf(word), out);
    } else if (tag == Tag::kArray || tag == Tag::kObject) {
      const bool is_array = tag == Tag::kArray;
      if (CountOf(word) == 0) {
        out = is_array ? Put("[]", out) : Put("{}", out);
      } else {
        if (depth == kMaxDepth) return nullptr;
        *out++ = is_array ? '[' : '{';
        open[depth++] = {CountOf(word), tag};
        if (!is_array) out = PutKey(reader, out, text);
        if (out == nullptr || !reader->Word(&word)) return nullptr;
        continue;
      }
    } else {
      out = PutScalar(reader, word, out, text);
      if (out == nullptr) return nullptr;
    }
    // A value is complete: close the containers that it completes, or go on to its neighbour.
    while (depth > 0 && --open[depth - 1].remaining == 0) {
      *out++ = open[--depth].tag == Tag::kArray ? ']' : '}';
      out = text->Room(out, kPunctuation);
      if (out == nullptr) return nullptr;
    }
    if (depth == 0) return out;
    out = Put(", ", out);
    if (open[depth - 1].tag == Tag::kObject) out = PutKey(reader, out, text);
    if (out == nullptr || !reader->Word(&word)) return nullptr;
  }
}

char* JsonValues::PutScalar(WordReader* reader, std::uint64_t word, char* out, Text* text) const {
  switch (TagOf(word)) {
    case Tag::kNull:
      return Put("null", out);
    case Tag::kFalse:
      return Put("false", out);
    case Tag::kTrue:
      return Put("true", out);
    case Tag::kNan:
      return PutFloat(NAN, out);
    case Tag::kFloat: {
      double value = 0;
      return reader->Double(&value) ? PutFloat(value, out) : nullptr;
    }
    case Tag::kInteger:
      return PutInteger(reader, CountOf(word), out, text);
    case Tag::kLatin1:
    case Tag::kUtf16:
      return PutString(reader, word, out, text);
    case Tag::kFloats:
      return PutFloats(reader, CountOf(word), out, text);
    case Tag::kArray:
    case Tag::kObject:
      break;  // handled by PutTagged()
  }
  return nullptr;
}

char* JsonValues::PutFloats(WordReader* reader, std::uint32_t count, char* out, Text* text) const {
  out = Put("[", out);
  for (std::uint32_t i = 0; i < count; ++i) {
    double value = 0;
    out = text->Room(i == 0 ? out : Put(", ", out), kValueRoom);
    if (out == nullptr || !reader->Double(&value)) return nullptr;
    out = PutFloat(value, out);
  }
  return Put("]", out);
}

}  // namespace dllogger
