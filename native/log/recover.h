// Recovery: brings the records of dead writers' rings into the log. A second run, or one after a
// killed recovery, gives the same log.
//
// Owner: nobody; functions that hold the log's append lock while they work. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/dead_ring.h"
#include "log/file.h"
#include "platform/platform.h"

namespace dllogger {

struct Recovery {
  // Records that the log lacked; now they are in the log, or were discarded.
  std::uint64_t records = 0;
  // Bytes of an unfinished last line that no ring could complete: it got a newline, and is kept.
  std::uint64_t unfinished = 0;
  // Rings that were left out, in whole or in part.
  struct Left {
    DeadRing::State reason = DeadRing::State::kDamaged;
    std::string ring;         // its path; kUntrusted: that of the first
    std::uint64_t count = 0;  // kDamaged: records; kVersion: the version; kUntrusted: files
    Fault fault;              // kFault
  };
  std::vector<Left> left;
};

// Under the append lock, appends to the log what the rings of dead writers hold. A fault of the log
// leaves the rest in its ring for the next recovery. `renamed` becomes the logs beside this one
// that own rings with its name: for RecoverRenamed(), outside the append lock.
Fault Recover(LogFile::AppendLock* append_lock, Recovery* recovery,
              std::vector<std::string>* renamed);
Fault RecoverRenamed(const std::vector<std::string>& renamed, Recovery* recovery);

// As Recover(), for a log that the caller has not opened. ENOENT: there is neither a log nor a
// ring. Fault::Held(): the append lock was not free in time, and nothing has changed.
Fault RecoverPath(const std::string& path, Recovery* recovery,
                  LogFile::Deadline deadline = LogFile::kNever);

// Empties a log, under its append lock, and then deletes the rings of its dead writers; `records`
// counts the lost records. A fault leaves both as they were. A kill in between leaves the rings:
// their records come back, which is better than losing the records of a log that was not emptied.
Fault EmptyLog(LogFile* log, Recovery* recovery);

// What Recover() would append, without changing anything. `end` is the end of the file's whole
// lines. Does not wait for a process stopped while it holds the append lock: that process recovers
// nothing meanwhile.
struct MissingLines {
  std::int64_t end = 0;
  std::string lines;
};
Fault FindMissing(const std::string& path, MissingLines* missing, Recovery* recovery);

}  // namespace dllogger
