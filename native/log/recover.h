// A dead writer's ring and the log: the whole log. Doing it twice, or dying in it, changes nothing.
//
// Owner: nobody; functions that hold the log's lock while they work. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/dead_ring.h"
#include "log/file.h"
#include "platform/platform.h"

namespace dllogger {

struct Recovery {
  // Records that the log lacked: they are in it now, or were discarded.
  std::uint64_t records = 0;
  // Bytes of an unfinished last line that no ring could complete: it got a newline, and is kept.
  std::uint64_t unfinished = 0;
  // Rings that were left out, in whole or in part.
  struct Left {
    DeadRing::State reason = DeadRing::State::kDamaged;
    std::string ring;         // its path; kUntrusted: of the first of them
    std::uint64_t count = 0;  // kDamaged: records; kVersion: the version; kUntrusted: files
    Fault fault;              // kFault
  };
  std::vector<Left> left;
};

// In a turn of the log's that has begun, brings into it what the rings of dead writers hold. A
// fault of the log leaves the rest in its ring, for the next time. `renamed` becomes the logs
// beside it to which rings with its name belong: for RecoverRenamed(), outside the append_lock.
Fault Recover(LogFile::AppendLock* append_lock, Recovery* recovery,
              std::vector<std::string>* renamed);
Fault RecoverRenamed(const std::vector<std::string>& renamed, Recovery* recovery);

// The same for a log that nobody has open; ENOENT when there is neither a log nor a ring,
// Fault::Held() when its turn did not come, and nothing has changed.
Fault RecoverPath(const std::string& path, Recovery* recovery,
                  LogFile::Deadline deadline = LogFile::kNever);

// Empties a log, in its append lock, and then deletes the rings of its dead writers; `records`
// tells what is lost. A fault leaves both as they were. Killed in between, the rings stay: their
// records come back, which is better than to lose those of a log that was not emptied.
Fault EmptyLog(LogFile* log, Recovery* recovery);

// What Recover() would append, without changing anything. `end` is where the file's whole lines
// end. Whoever has stopped in his turn is not waited for: he recovers nothing meanwhile.
struct MissingLines {
  std::int64_t end = 0;
  std::string lines;
};
Fault FindMissing(const std::string& path, MissingLines* missing, Recovery* recovery);

}  // namespace dllogger
