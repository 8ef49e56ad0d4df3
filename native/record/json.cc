#include "record/json.h"

#include <cmath>
#include <cstring>

#include "text/json_string.h"

namespace dllogger {
namespace {

// The text of a line before its step.
constexpr std::size_t kMaxHead = 256;

// Room asked for with each value, so that brackets and commas need no check of their own.
constexpr std::size_t kValueRoom = kMaxNumberText + kPunctuation;

// Short pieces are copied this many characters at a time, beyond their end: cheaper than a call of
// memcpy.
constexpr std::size_t kStride = 16;

char* PutStrides(const char* piece, std::size_t size, char* out) {
  for (std::size_t at = 0; at < size; at += kStride) std::memcpy(out + at, piece + at, kStride);
  return out + size;
}

// A piece whose length the compiler knows is copied without a call.
template <std::size_t N>
char* Put(const char (&literal)[N], char* out) {
  std::memcpy(out, literal, N - 1);
  return out + N - 1;
}

bool IsTag(std::uint64_t word) {
  const auto upper = static_cast<std::uint32_t>(word >> 32);
  return upper > kTagBase && upper < kTagBase + kTagCount;
}

Tag TagOf(std::uint64_t word) {
  return static_cast<Tag>(static_cast<std::uint32_t>(word >> 32) - kTagBase);
}

std::uint32_t CountOf(std::uint64_t word) {
  return static_cast<std::uint32_t>(word);
}

}  // namespace

// Reads the words of a record one by one, never past the record's end.
class JsonFormatter::Reader {
 public:
  Reader(const std::uint8_t* begin, const std::uint8_t* end) : next_(begin), end_(end) {}

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

  // Writes a string value as JSON text.
  char* PutString(char* out, Text* text) {
    std::uint64_t word = 0;
    return Word(&word) ? PutString(word, out, text) : nullptr;
  }
  char* PutKey(char* out, Text* text) {
    std::uint64_t word = 0;
    return Word(&word) ? PutKey(word, out, text) : nullptr;
  }
  char* PutKey(std::uint64_t word, char* out, Text* text) {
    out = PutString(word, out, text);
    return out == nullptr ? nullptr : text->Room(Put(": ", out), kPunctuation);
  }
  char* PutString(std::uint64_t word, char* out, Text* text) {
    if (!IsTag(word)) return nullptr;
    const std::uint64_t count = CountOf(word);
    if (TagOf(word) == Tag::kLatin1) {
      const std::uint8_t* payload = Payload(count);
      return payload == nullptr ? nullptr : PutJsonString<std::uint8_t>(payload, count, out, text);
    }
    if (TagOf(word) == Tag::kUtf16) {
      const std::uint8_t* payload = Payload(count * 2);
      return payload == nullptr ? nullptr : PutJsonString<std::uint16_t>(payload, count, out, text);
    }
    return nullptr;
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

Outcome JsonFormatter::Append(const std::uint8_t* bytes, std::size_t available, Text* text) {
  RecordHeader header;
  if (available < sizeof(header)) return Outcome::kCorrupt;
  std::memcpy(&header, bytes, sizeof(header));
  if (!IsWhole(header, available)) return Outcome::kCorrupt;
  Reader reader(bytes + sizeof(header), bytes + header.size);
  char* out = text->End();
  switch (header.kind) {
    case Kind::kNone:
    case Kind::kOverflow:
      out = nullptr;
      break;
    case Kind::kPad:
      return Outcome::kDone;
    case Kind::kShape:
      out = DefineShape(&reader, header.shape, out, text);
      break;
    case Kind::kLog:
      out = PutLog(&reader, header, out, text);
      break;
    case Kind::kMetadata:
      out = PutMetadata(&reader, header, out, text);
      break;
  }
  if (out != nullptr && reader.AtEnd()) {
    text->Advance(out);
    return Outcome::kDone;
  }
  return text->IsExhausted() ? Outcome::kNoMemory : Outcome::kCorrupt;
}

// Formats the keys at the end of the batch as scratch space, and truncates the batch again: a
// definition is no line.
char* JsonFormatter::DefineShape(Reader* reader, std::uint32_t id, char* out, Text* text) {
  // Ids count up from 1 in each half: a gap means that the bytes are damaged.
  if (id != shapes_.size() + 1) return nullptr;
  std::uint64_t word = 0;
  if (!reader->Word(&word) || !IsTag(word) || TagOf(word) != Tag::kArray) return nullptr;
  Shape shape;
  std::size_t size = 0;
  out = text->Room(out, kPunctuation);
  if (out == nullptr) return nullptr;
  const std::uint32_t count = CountOf(word);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!reader->Word(&word) || !IsTag(word)) return nullptr;
    const bool is_float = TagOf(word) == Tag::kArray && CountOf(word) == 1;
    if (is_float && !reader->Word(&word)) return nullptr;
    out = reader->PutKey(word, i == 0 ? Put("{", out) : Put(", ", out), text);
    if (out == nullptr) return nullptr;
    const auto end = static_cast<std::size_t>(out - text->End());
    shape.keys.push_back({static_cast<std::uint32_t>(end - size), is_float});
    size = end;
  }
  if (!reader->AtEnd()) return nullptr;
  shape.pieces.assign(text->End(), size);
  shape.pieces.append(kStride, '\0');
  shapes_.push_back(std::move(shape));
  return text->End();
}

bool JsonFormatter::ReadTimes(Reader* reader, std::int32_t utc_offset) {
  std::int64_t wall = 0;
  return reader->Microseconds(&wall) && reader->Microseconds(&elapsed_) &&
         wall_.Choose(wall, utc_offset);
}

char* JsonFormatter::PutLog(Reader* reader, const RecordHeader& header, char* out, Text* text) {
  if (header.shape == 0 || header.shape > shapes_.size()) return nullptr;
  if (!ReadTimes(reader, header.utc_offset)) return nullptr;
  out = text->Room(out, kMaxHead + kValueRoom);
  if (out == nullptr) return nullptr;
  out = Put("DLLL {\"timestamp\": \"", out);
  out = wall_.PutTimestamp(out);
  out = Put("\", \"datetime\": \"", out);
  out = wall_.PutDateTime(out);
  out = Put("\", \"elapsedtime\": \"", out);
  out = FormatSeconds(elapsed_, out);
  out = Put("\", \"type\": \"LOG\", \"step\": ", out);
  out = PutValue(reader, false, out, text);
  if (out == nullptr) return nullptr;
  out = Put(", \"data\": ", out);
  out = PutShaped(reader, shapes_[header.shape - 1], out, text);
  return out == nullptr ? nullptr : Put("}\n", out);
}

char* JsonFormatter::PutMetadata(Reader* reader, const RecordHeader& header, char* out,
                                 Text* text) {
  if (!ReadTimes(reader, header.utc_offset)) return nullptr;
  out = text->Room(out, kMaxHead);
  if (out == nullptr) return nullptr;
  out = Put("DLLL {\"timestamp\": \"", out);
  out = wall_.PutTimestamp(out);
  out = Put("\", \"elapsedtime\": \"", out);
  out = FormatSeconds(elapsed_, out);
  out = Put("\", \"datetime\": \"", out);
  out = wall_.PutDateTime(out);
  out = Put("\", \"type\": \"METADATA\", \"metric\": ", out);
  out = reader->PutString(out, text);
  if (out == nullptr) return nullptr;
  constexpr char kKey[] = ", \"metadata\": ";
  out = text->Room(out, sizeof(kKey) + kValueRoom);
  if (out == nullptr) return nullptr;
  out = PutValue(reader, false, Put(kKey, out), text);
  return out == nullptr ? nullptr : Put("}\n", out);
}

char* JsonFormatter::PutShaped(Reader* reader, const Shape& shape, char* out, Text* text) {
  const char* piece = shape.pieces.data();
  if (shape.keys.empty()) out = Put("{", out);
  for (const auto [size, is_float] : shape.keys) {
    out = text->Room(out, size + kStride + kValueRoom);
    if (out == nullptr) return nullptr;
    out = PutValue(reader, is_float, PutStrides(piece, size, out), text);
    if (out == nullptr) return nullptr;
    piece += size;
  }
  return Put("}", out);
}

// The caller made room for a number at `out`.
char* JsonFormatter::PutValue(Reader* reader, bool is_float, char* out, Text* text) {
  std::uint64_t word = 0;
  if (!reader->Word(&word)) return nullptr;
  if (IsTag(word)) return PutTagged(reader, word, out, text);
  if (!is_float) return PutNumber(word, out);
  double value = 0;
  std::memcpy(&value, &word, sizeof(value));
  return PutFloat(value, out);
}

// Writes the value that begins with `tag`. Nested containers are walked without recursion: the
// stack of a thread is small on some systems.
char* JsonFormatter::PutTagged(Reader* reader, std::uint64_t word, char* out, Text* text) {
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
      out = PutNumber(word, out);
    } else if (tag == Tag::kArray || tag == Tag::kObject) {
      const bool is_array = tag == Tag::kArray;
      if (CountOf(word) == 0) {
        out = is_array ? Put("[]", out) : Put("{}", out);
      } else {
        if (depth == kMaxDepth) return nullptr;
        *out++ = is_array ? '[' : '{';
        open[depth++] = {CountOf(word), tag};
        if (!is_array) out = reader->PutKey(out, text);
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
    if (open[depth - 1].tag == Tag::kObject) out = reader->PutKey(out, text);
    if (out == nullptr || !reader->Word(&word)) return nullptr;
  }
}

char* JsonFormatter::PutScalar(Reader* reader, std::uint64_t word, char* out, Text* text) {
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
    case Tag::kInteger: {
      const std::size_t count = CountOf(word);
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
    case Tag::kLatin1:
    case Tag::kUtf16:
      return reader->PutString(word, out, text);
    case Tag::kFloats: {
      out = Put("[", out);
      for (std::uint32_t i = 0; i < CountOf(word); ++i) {
        double value = 0;
        out = text->Room(i == 0 ? out : Put(", ", out), kValueRoom);
        if (out == nullptr || !reader->Double(&value)) return nullptr;
        out = PutFloat(value, out);
      }
      return Put("]", out);
    }
    case Tag::kArray:
    case Tag::kObject:
      break;  // handled by PutTagged()
  }
  return nullptr;
}

char* JsonFormatter::PutNumber(std::uint64_t word, char* out) const {
  double value = 0;
  std::memcpy(&value, &word, sizeof(value));
  return std::isfinite(value) ? FormatNumber(value, out) : PutFloat(value, out);
}

char* JsonFormatter::PutFloat(double value, char* out) const {
  if (non_finite_ == NonFinite::kNull && !std::isfinite(value)) return Put("null", out);
  return FormatFloat(value, out);
}

}  // namespace dllogger
