// Record -> `DLLL {...}` line, byte for byte what Python's json.dumps and datetime print.
//
// A pure function of ring bytes: the same bytes give the same text in every process and on every
// machine. Checks all that it reads. Owner: the writer thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/json_value.h"
#include "record/record.h"
#include "record/word_reader.h"
#include "text/datetime.h"
#include "text/text.h"

namespace dllogger {

enum class Outcome : std::uint8_t {
  kDone,      // the record's line, if it has one, was appended
  kCorrupt,   // the bytes are not a record; nothing was appended
  kNoMemory,  // the line does not fit into memory; nothing was appended
};

class JsonFormatter {
 public:
  explicit JsonFormatter(NonFinite non_finite) : values_(non_finite) {}

  // Appends to `text` the line of the record at `bytes`. The record has at most `available` bytes.
  Outcome Append(const std::uint8_t* bytes, std::size_t available, Text* text);

  // Forgets all shapes: each half of the ring defines its own.
  void ForgetShapes() { shapes_.clear(); }

 private:
  // The text before a value of a shape, and how the value's numbers print.
  struct Key {
    std::uint32_t size;  // of its text in Shape::pieces
    bool is_float;       // a whole number prints as `1.0`
  };

  // `{"key": ` and `, "next": `, one after another, and then kStride characters more.
  struct Shape {
    std::string pieces;
    std::vector<Key> keys;
  };

  bool ReadTimes(WordReader* reader, std::int32_t utc_offset);

  // Each Put function writes at `out`, which lies at or behind the end of the text, and returns the
  // end of what was written; nullptr for damaged bytes, or when memory is exhausted.
  char* DefineShape(WordReader* reader, std::uint32_t id, char* out, Text* text);
  char* AddShape(WordReader* reader, std::uint32_t id, char* out, Text* text);
  char* PutLog(WordReader* reader, const RecordHeader& header, char* out, Text* text);
  char* PutMetadata(WordReader* reader, const RecordHeader& header, char* out, Text* text);
  char* PutShaped(WordReader* reader, const Shape& shape, char* out, Text* text);

  JsonValues values_;
  std::vector<Shape> shapes_;  // by id - 1

  // The times of the record that is being formatted.
  WallTimeText wall_;
  std::int64_t elapsed_ = 0;
};

}  // namespace dllogger
