// What a log lacks of the records in its ring: the one notion that recovery and readers share.
//
// Owner: nobody; functions over an open file, for whoever holds the log's append lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "platform/platform.h"
#include "ring/ring_file.h"
#include "ring/ring_reader.h"

namespace dllogger {

// A log as it is once its end is repaired: recovery has repaired it, a reader only looks at it so.
struct RepairedLog {
  const platform::File* file;
  std::int64_t end;    // of its whole lines
  bool lacks_newline;  // the last of them has no newline yet
};

// Some lines of a ring, of which the log lacks `lines`.
struct Missing {
  // What to say in the ring's commit while they are written: `tail`, `end` and `done`.
  Commit batch;
  // Where the search began whose result this is, and is to begin again should recovery be killed;
  // -1 when characters were counted.
  std::int64_t searched_from = -1;
  std::string_view lines;
  // Where the first of these lines may lie in part; -1 where it does not.
  std::int64_t begun_at = -1;
};
using TakeMissing = std::function<Fault(const Missing&)>;

// Reads a ring up to `head`, compares with the log what its writer was writing when it died, and
// hands over in order what the log lacks. Ends at the first fault. EFBIG once the ring has stood
// for more than `limit` characters: no ring that a writer has left does.
Fault FindMissingLines(RingReader* reader, const Commit& commit, std::uint32_t head,
                       std::uint64_t limit, const RepairedLog& log, const TakeMissing& take);

}  // namespace dllogger
