// Which records of a ring its log lacks: one definition for recovery and readers.
//
// Owner: nobody; functions over an open file, for the holder of the log's append lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "platform/platform.h"
#include "ring/ring_file.h"
#include "ring/ring_reader.h"

namespace dllogger {

// A log with a repaired end: recovery has repaired it, a reader treats the log as if repaired.
struct RepairedLog {
  const platform::File* file;
  std::int64_t end;    // end of its whole lines
  bool lacks_newline;  // the last line has no newline yet
};

// Some lines of a ring, of which the log lacks `lines`.
struct Missing {
  // `tail`, `end` and `done` of the ring's commit while these lines are written.
  Commit batch;
  // Offset at which the search for these lines began, and begins again if recovery is killed; -1 if
  // they were found by counting characters.
  std::int64_t searched_from = -1;
  std::string_view lines;
  // Offset at which a part of the first line may lie; -1 if none does.
  std::int64_t begun_at = -1;
};
using TakeMissing = std::function<Fault(const Missing&)>;

// Reads a ring up to `head`, compares the lines that its writer was writing when it died with the
// log, and hands over in order the lines that the log lacks. Ends at the first fault. EFBIG if the
// ring makes more than `limit` characters, as no writer's ring does.
Fault FindMissingLines(RingReader* reader, const Commit& commit, std::uint32_t head,
                       std::uint64_t limit, const RepairedLog& log, const TakeMissing& take);

}  // namespace dllogger
