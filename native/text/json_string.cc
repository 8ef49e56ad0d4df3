#include "text/json_string.h"

#include <cstring>

namespace dllogger {
namespace {

// Code units escaped at a time. The worst case is six characters for one; reserving for a whole
// huge string would take six times its memory.
constexpr std::size_t kPiece = std::size_t{16} * 1024;
constexpr std::size_t kMaxEscape = 6;

constexpr char kHex[] = "0123456789abcdef";

// The character after the backslash, for each code unit below 128. 0: no backslash needed. 'u':
// written as \u00XX.
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

}  // namespace

// Units are loaded by memcpy: a record's bytes have no type.
template <typename Unit>
char* PutJsonString(const std::uint8_t* units, std::size_t count, char* out, Text* text) {
  out = text->Room(out, kPunctuation);
  if (out == nullptr) return nullptr;
  *out++ = '"';
  for (std::size_t start = 0; start < count; start += kPiece) {
    const std::size_t end = count - start < kPiece ? count : start + kPiece;
    out = text->Room(out, (end - start) * kMaxEscape + 1 + kPunctuation);
    if (out == nullptr) return nullptr;
    for (std::size_t i = start; i < end; ++i) {
      Unit unit;
      std::memcpy(&unit, units + i * sizeof(Unit), sizeof(Unit));
      out = EscapeUnit(unit, out);
    }
  }
  *out++ = '"';
  return text->Room(out, kPunctuation);
}

template char* PutJsonString<std::uint8_t>(const std::uint8_t*, std::size_t, char*, Text*);
template char* PutJsonString<std::uint16_t>(const std::uint8_t*, std::size_t, char*, Text*);

}  // namespace dllogger
