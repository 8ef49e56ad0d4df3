// The wire format: the bytes of a record in the ring. The TypeScript encoder gets these numbers
// from the addon, so they are written only here. docs/DESIGN.md shows them on one page.
//
// Constants and plain structs, without an owner. All words are little-endian and 8-byte aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dllogger {

enum class Kind : std::uint32_t {
  kNone = 0,      // memory never written
  kPad = 1,       // fills a half up to its end; nothing to read
  kShape = 2,     // header.shape := an array of keys; one whose numbers are floats is an array of
                  // that key alone
  kLog = 3,       // wall, elapsed, step, then one value for each key of header.shape
  kMetadata = 4,  // wall, elapsed, metric (string), metadata (object)
  kOverflow = 5,  // a record that lies beside the ring, which is too small for it: RecordOverflow
};

struct RecordHeader {
  std::uint32_t size;  // bytes of the whole record with this header; a multiple of kRecordAlignment
  Kind kind;
  std::uint32_t shape;      // id of a key list, from 1
  std::int32_t utc_offset;  // seconds east of UTC at the record's time, in JavaScript's time zone
};
static_assert(sizeof(RecordHeader) == 16);

// Follows the header of a log or metadata record. In microseconds.
struct RecordTimes {
  double wall;     // since 1970 UTC; NaN, before it is published, for a record without a stamp
  double elapsed;  // since the logger was made; without a stamp, the moment when it was made
};

// Follows the header of a kOverflow: the place of the bytes, which are a record and, before it, if
// it has keys, the definition of its shape, which is shape 1.
struct RecordOverflow {
  std::uint64_t offset;
  std::uint64_t size;
};

// An oversized record in pieces: the definition of its shape, if it has one, and the record.
struct RecordPiece {
  const std::uint8_t* data;
  std::size_t size;
};
using RecordPieces = std::vector<RecordPiece>;

// Whatever is left of a half then has room for the header of a pad.
constexpr std::uint32_t kRecordAlignment = 16;

// Whether a header can be that of a record that lies within `available` bytes.
inline bool IsWhole(const RecordHeader& header, std::size_t available) {
  return header.size >= sizeof(header) && header.size <= available &&
         header.size % kRecordAlignment == 0;
}

// A value is one 64-bit word, and for some tags a payload padded to 8 bytes. A word whose upper
// half is not kTagBase + tag is a double as it stands. No arithmetic produces these NaN patterns,
// and the encoder writes every NaN as Tag::kNan, so a value cannot pose as a tag.
constexpr std::uint32_t kTagBase = 0xFFF90000u;

enum class Tag : std::uint32_t {
  // The lower half of the word is 0.
  kNull = 1,
  kFalse = 2,
  kTrue = 3,
  kNan = 4,
  kFloat = 5,  // payload: a double that prints as a float even when it is whole
  // The lower half of the word is a count:
  kInteger = 6,  // bytes of decimal digits, with a sign
  kLatin1 = 7,   // bytes
  kUtf16 = 8,    // code units
  kArray = 9,    // values that follow
  kObject = 10,  // pairs of a string and a value that follow
  kFloats = 11,  // raw doubles that follow, each printing as a float
};
constexpr std::uint32_t kTagCount = 12;

// Limit on the depth of nested containers when reading. The encoder's limit is lower: 1000.
constexpr std::uint32_t kMaxDepth = 1024;

}  // namespace dllogger
