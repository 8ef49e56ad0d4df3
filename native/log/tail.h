// The end of a log: whether its last line is whole, and whether certain lines are there. Reads the
// file as it is; a caller that acts on the answer holds the log's lock.
//
// Owner: nobody; functions over an open file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/platform.h"

namespace dllogger {

// The kind of text behind the last newline.
enum class Tail : std::uint8_t {
  kNone,    // nothing: the last line is whole
  kRecord,  // a record that lacks only its newline
  kTorn,    // the beginning of a record, or space that was never written
  kOther,   // text that is not a record
};

// Whether the tail is a line but for its newline.
inline bool LacksNewline(Tail tail) {
  return tail == Tail::kRecord || tail == Tail::kOther;
}

struct TailOf {
  Tail tail = Tail::kNone;
  std::int64_t start = 0;  // where the tail begins
};
Fault InspectTail(const platform::File& file, std::int64_t size, TailOf* found);

// Whether a file of this size ends with a newline, is empty, or cannot be read.
Fault EndsLine(const platform::File& file, std::int64_t size, bool* is_whole);

// How many bytes of `text` stand at `offset`.
Fault MatchBytes(const platform::File& file, std::int64_t offset, std::string_view text,
                 std::size_t* matched);

// Number of bytes of a text that are whole lines.
inline std::size_t WholeLines(std::string_view text) {
  const std::size_t newline = text.rfind('\n');
  return newline == std::string_view::npos ? 0 : newline + 1;
}

}  // namespace dllogger
