#include "json.h"

#include <cmath>
#include <cstring>

namespace dllogger {
namespace {

// Strings are escaped a piece at a time, so that the worst case (six characters for one) does not
// reserve six times the memory of a huge string.
constexpr std::size_t kPiece = std::size_t{16} * 1024;
constexpr std::size_t kMaxEscape = 6;

// What comes before the step of a line.
constexpr std::size_t kMaxHead = 256;

char* Put(std::string_view piece, char* out) {
  std::memcpy(out, piece.data(), piece.size());
  return out + piece.size();
}
// Of known length: copied without a call.
template <std::size_t N>
char* Put(const char (&literal)[N], char* out) {
  std::memcpy(out, literal, N - 1);
  return out + N - 1;
}

constexpr char kHex[] = "0123456789abcdef";

// What stands for a code unit below 128 after the backslash; 0 means it stands for itself, 'u' that
// it needs \u00XX.
constexpr char ShortEscape(std::uint32_t unit) {
  switch (unit) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    default:
      return unit < ' ' || unit > '~' ? 'u' : '\0';
  }
}

struct EscapeTable {
  char escape[128] = {};
  constexpr EscapeTable() {
    for (std::uint32_t unit = 0; unit < 128; ++unit) escape[unit] = ShortEscape(unit);
  }
};
constexpr EscapeTable kEscapes;

char* EscapeUnit(std::uint32_t unit, char* out) {
  const char escape = unit < 128 ? kEscapes.escape[unit] : 'u';
  if (escape == '\0') {
    *out++ = static_cast<char>(unit);
    return out;
  }
  *out++ = '\\';
  *out++ = escape;
  if (escape == 'u') {
    *out++ = kHex[unit >> 12];
    *out++ = kHex[unit >> 8 & 15];
    *out++ = kHex[unit >> 4 & 15];
    *out++ = kHex[unit & 15];
  }
  return out;
}

// Units are loaded by memcpy: a record's bytes have no type.
template <typename Unit>
bool AppendEscaped(const std::uint8_t* bytes, std::size_t count, Text* text) {
  if (!text->Append("\"")) return false;
  for (std::size_t start = 0; start < count; start += kPiece) {
    const std::size_t end = count - start < kPiece ? count : start + kPiece;
    char* out = text->Room((end - start) * kMaxEscape);
    if (out == nullptr) return false;
    for (std::size_t i = start; i < end; ++i) {
      Unit unit;
      std::memcpy(&unit, bytes + i * sizeof(Unit), sizeof(Unit));
      out = EscapeUnit(unit, out);
    }
    text->Advance(out);
  }
  return text->Append("\"");
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

// Reads a record's words in turn, and never past its end.
class JsonFormatter::Reader {
 public:
  Reader(const std::uint8_t* begin, const std::uint8_t* end) : next_(begin), end_(end) {}

  // Nothing but the record's own padding is left.
  bool AtEnd() const { return end_ - next_ < static_cast<std::ptrdiff_t>(kRecordAlignment); }

  bool Word(std::uint64_t* word) { return Raw(word); }
  bool Double(double* value) { return Raw(value); }

  // A payload of `count` bytes with its padding; nullptr when the record ends before.
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

  // A string value, as its JSON text.
  bool AppendString(Text* text) {
    std::uint64_t word = 0;
    return Word(&word) && AppendString(word, text);
  }
  bool AppendString(std::uint64_t word, Text* text) {
    if (!IsTag(word)) return false;
    const std::uint64_t count = CountOf(word);
    if (TagOf(word) == Tag::kLatin1) {
      const std::uint8_t* payload = Payload(count);
      return payload != nullptr && AppendEscaped<std::uint8_t>(payload, count, text);
    }
    if (TagOf(word) == Tag::kUtf16) {
      const std::uint8_t* payload = Payload(count * 2);
      return payload != nullptr && AppendEscaped<std::uint16_t>(payload, count, text);
    }
    return false;
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
  if (header.size < sizeof(header) || header.size > available ||
      header.size % kRecordAlignment != 0) {
    return Outcome::kCorrupt;
  }
  Reader reader(bytes + sizeof(header), bytes + header.size);
  const std::size_t start = text->Size();
  bool good = false;
  switch (header.kind) {
    case Kind::kNone:
    case Kind::kAside:
      break;
    case Kind::kPad:
      return Outcome::kDone;
    case Kind::kShape:
      good = DefineShape(&reader, header.shape, text);
      break;
    case Kind::kLog:
      good = AppendLog(&reader, header, text);
      break;
    case Kind::kMetadata:
      good = AppendMetadata(&reader, header, text);
      break;
  }
  if (good && reader.AtEnd()) return Outcome::kDone;
  text->Cut(start);
  return text->IsExhausted() ? Outcome::kNoMemory : Outcome::kCorrupt;
}

bool JsonFormatter::DefineShape(Reader* reader, std::uint32_t id, Text* text) {
  // Ids count up from 1 in each half: a gap means that these are not our bytes.
  if (id != shapes_.size() + 1) return false;
  std::uint64_t word = 0;
  if (!reader->Word(&word) || !IsTag(word) || TagOf(word) != Tag::kArray) return false;
  // Borrows the end of the batch: a definition is no line, and is taken out of it again.
  const std::size_t start = text->Size();
  Shape shape;
  for (std::uint32_t i = 0; i < CountOf(word); ++i) {
    if (!text->Append(", ") || !reader->AppendString(text) || !text->Append(": ")) return false;
    shape.ends.push_back(static_cast<std::uint32_t>(text->Size() - start));
  }
  if (!reader->AtEnd()) return false;
  if (text->Size() != start) shape.pieces.assign(text->Data() + start, text->Size() - start);
  text->Cut(start);
  shapes_.push_back(std::move(shape));
  return true;
}

bool JsonFormatter::ReadTimes(Reader* reader, std::int32_t utc_offset, Times* times) {
  if (!reader->Microseconds(&times->wall) || !reader->Microseconds(&times->elapsed)) return false;
  if (!DateTimeText::IsValid(times->wall, utc_offset)) return false;
  times->datetime = datetime_.Format(times->wall, utc_offset);
  return true;
}

bool JsonFormatter::AppendLog(Reader* reader, const RecordHeader& header, Text* text) {
  Times times;
  if (header.shape == 0 || header.shape > shapes_.size()) return false;
  if (!ReadTimes(reader, header.utc_offset, &times)) return false;
  char* out = text->Room(kMaxHead);
  if (out == nullptr) return false;
  out = Put("DLLL {\"timestamp\": \"", out);
  out = FormatSeconds(times.wall, out);
  out = Put("\", \"datetime\": \"", out);
  out = Put(times.datetime, out);
  out = Put("\", \"elapsedtime\": \"", out);
  out = FormatSeconds(times.elapsed, out);
  out = Put("\", \"type\": \"LOG\", \"step\": ", out);
  text->Advance(out);
  return AppendValue(reader, text) && text->Append(", \"data\": ") &&
         AppendShaped(reader, shapes_[header.shape - 1], text) && text->Append("}\n");
}

bool JsonFormatter::AppendMetadata(Reader* reader, const RecordHeader& header, Text* text) {
  Times times;
  if (!ReadTimes(reader, header.utc_offset, &times)) return false;
  char* out = text->Room(kMaxHead);
  if (out == nullptr) return false;
  out = Put("DLLL {\"timestamp\": \"", out);
  out = FormatSeconds(times.wall, out);
  out = Put("\", \"elapsedtime\": \"", out);
  out = FormatSeconds(times.elapsed, out);
  out = Put("\", \"datetime\": \"", out);
  out = Put(times.datetime, out);
  out = Put("\", \"type\": \"METADATA\", \"metric\": ", out);
  text->Advance(out);
  return reader->AppendString(text) && text->Append(", \"metadata\": ") &&
         AppendValue(reader, text) && text->Append("}\n");
}

bool JsonFormatter::AppendShaped(Reader* reader, const Shape& shape, Text* text) {
  const std::string_view pieces = shape.pieces;
  // No comma before the first.
  std::uint32_t start = 2;
  if (!text->Append("{")) return false;
  for (const std::uint32_t end : shape.ends) {
    if (!text->Append(pieces.substr(start, end - start)) || !AppendValue(reader, text)) {
      return false;
    }
    start = end;
  }
  return text->Append("}");
}

// Walks nested containers without recursion: a thread's stack is small on some systems.
bool JsonFormatter::AppendValue(Reader* reader, Text* text) {
  struct Container {
    std::uint32_t remaining;
    Tag tag;
  };
  Container open[kMaxDepth];
  std::uint32_t depth = 0;
  for (;;) {
    std::uint64_t word = 0;
    if (!reader->Word(&word)) return false;
    const Tag tag = IsTag(word) ? TagOf(word) : Tag::kNan;
    if (!IsTag(word)) {
      double value = 0;
      std::memcpy(&value, &word, sizeof(value));
      if (!AppendNumber(value, text)) return false;
    } else if (tag == Tag::kArray || tag == Tag::kObject) {
      const bool is_array = tag == Tag::kArray;
      if (CountOf(word) == 0) {
        if (!text->Append(is_array ? "[]" : "{}")) return false;
      } else {
        if (depth == kMaxDepth || !text->Append(is_array ? "[" : "{")) return false;
        open[depth++] = {CountOf(word), tag};
        if (!is_array && !(reader->AppendString(text) && text->Append(": "))) return false;
        continue;
      }
    } else if (!AppendScalar(reader, word, text)) {
      return false;
    }
    // A value is complete: close what it completes, or go on to its neighbour.
    while (depth > 0 && --open[depth - 1].remaining == 0) {
      if (!text->Append(open[--depth].tag == Tag::kArray ? "]" : "}")) return false;
    }
    if (depth == 0) return true;
    if (!text->Append(", ")) return false;
    if (open[depth - 1].tag == Tag::kObject &&
        !(reader->AppendString(text) && text->Append(": "))) {
      return false;
    }
  }
}

bool JsonFormatter::AppendScalar(Reader* reader, std::uint64_t word, Text* text) {
  switch (TagOf(word)) {
    case Tag::kNull:
      return text->Append("null");
    case Tag::kFalse:
      return text->Append("false");
    case Tag::kTrue:
      return text->Append("true");
    case Tag::kNan:
      return AppendFloat(NAN, text);
    case Tag::kFloat: {
      double value = 0;
      return reader->Double(&value) && AppendFloat(value, text);
    }
    case Tag::kInteger: {
      const std::uint8_t* digits = reader->Payload(CountOf(word));
      if (digits == nullptr || CountOf(word) == 0) return false;
      for (std::uint32_t i = 0; i < CountOf(word); ++i) {
        const bool is_sign = i == 0 && digits[i] == '-' && CountOf(word) > 1;
        if (!is_sign && (digits[i] < '0' || digits[i] > '9')) return false;
      }
      return text->Append({reinterpret_cast<const char*>(digits), CountOf(word)});
    }
    case Tag::kLatin1:
    case Tag::kUtf16:
      return reader->AppendString(word, text);
    case Tag::kFloats: {
      if (!text->Append("[")) return false;
      for (std::uint32_t i = 0; i < CountOf(word); ++i) {
        double value = 0;
        if (i != 0 && !text->Append(", ")) return false;
        if (!reader->Double(&value) || !AppendFloat(value, text)) return false;
      }
      return text->Append("]");
    }
    case Tag::kArray:
    case Tag::kObject:
      break;  // AppendValue's
  }
  return false;
}

bool JsonFormatter::AppendNumber(double value, Text* text) {
  if (!std::isfinite(value)) return AppendFloat(value, text);
  char* out = text->Room(kMaxNumberText);
  if (out == nullptr) return false;
  text->Advance(FormatNumber(value, out));
  return true;
}

bool JsonFormatter::AppendFloat(double value, Text* text) {
  if (non_finite_ == NonFinite::kNull && !std::isfinite(value)) return text->Append("null");
  char* out = text->Room(kMaxNumberText);
  if (out == nullptr) return false;
  text->Advance(FormatFloat(value, out));
  return true;
}

}  // namespace dllogger
