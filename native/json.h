// Record -> `DLLL {...}` line, byte for byte what Python's json.dumps and datetime print.
//
// A pure function of ring bytes: the same bytes give the same text for whoever reads them, on
// whatever machine. Owner: one thread, the writer's. Trusts nothing it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "datetime.h"
#include "number.h"
#include "record.h"
#include "text.h"

namespace dllogger {

enum class NonFinite : std::uint8_t { kLiteral, kNull };

enum class Outcome : std::uint8_t {
  kDone,      // the record's line, if it has one, was appended
  kCorrupt,   // the bytes are no record; nothing was appended
  kNoMemory,  // the line does not fit into memory; nothing was appended
};

class JsonFormatter {
 public:
  explicit JsonFormatter(NonFinite non_finite) : non_finite_(non_finite) {}

  // Appends the line of the record at `bytes`, which has at most `available` bytes, to `text`.
  Outcome Append(const std::uint8_t* bytes, std::size_t available, Text* text);

  // A new half of the ring begins, and with it a new dictionary.
  void ForgetShapes() { shapes_.clear(); }

 private:
  class Reader;

  // The keys of a shape as they are written, `, "key": `, one after another.
  struct Shape {
    std::string pieces;
    std::vector<std::uint32_t> ends;
  };

  // Checked to be printable.
  struct Times {
    std::int64_t wall, elapsed;
    std::string_view datetime;
  };

  bool DefineShape(Reader* reader, std::uint32_t id, Text* text);
  bool ReadTimes(Reader* reader, std::int32_t utc_offset, Times* times);
  bool AppendLog(Reader* reader, const RecordHeader& header, Text* text);
  bool AppendMetadata(Reader* reader, const RecordHeader& header, Text* text);
  bool AppendShaped(Reader* reader, const Shape& shape, Text* text);
  bool AppendValue(Reader* reader, Text* text);
  bool AppendScalar(Reader* reader, std::uint64_t word, Text* text);
  bool AppendNumber(double value, Text* text);
  bool AppendFloat(double value, Text* text);

  NonFinite non_finite_;
  std::vector<Shape> shapes_;  // by id - 1

  DateTimeText datetime_;
};

}  // namespace dllogger
