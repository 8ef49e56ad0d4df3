// How a batch of lines goes from a ring into its log: one protocol for the writer and for recovery.
// Wherever a kill interrupts it, the ring's commit says where to look for the lines, so that the
// next recovery finds out which of them the log has.
//
// One function, called under the log's append lock.
#pragma once

#include "log/file.h"
#include "ring/ring_file.h"

namespace dllogger {

// Commits that the lines of [batch.tail, batch.end) are about to be written at the end of the log,
// appends them, and commits that they are there. `set_commit` stores a commit in the ring.
template <typename SetCommit, typename Append>
Fault WriteBatch(const LogFile::AppendLock& append_lock, Commit batch, const SetCommit& set_commit,
                 const Append& append) {
  batch.offset = append_lock.Offset();
  batch.log = append_lock.Id();
  if (Fault fault = set_commit(batch)) return fault;
  if (Fault fault = append()) return fault;
  batch.tail = batch.end;
  batch.done = 0;
  return set_commit(batch);
}

}  // namespace dllogger
