// The pending lines: read from the ring, not yet wholly in the file.
//
// Owner: the writer thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ring/ring_file.h"
#include "text/text.h"

namespace dllogger {

struct PendingBatch {
  // Text to gather before a write: large enough that the system call does not count.
  static constexpr std::size_t kTarget = std::size_t{256} * 1024;

  bool is_pending = false;  // formatted and not wholly in the file
  Text text;
  std::size_t done = 0;    // how much of the text is in the file
  std::uint32_t tail = 0;  // the ring's positions around its records
  std::uint32_t end = 0;
  std::uint64_t records = 0;

  // Empties the batch, for records from `position` on.
  void Begin(std::uint32_t position) {
    text.Clear(kTarget);
    done = 0;
    tail = position;
    end = position;
    records = 0;
  }

  std::string_view Lines() const { return {text.Data(), text.Size()}; }

  // Number of the batch's records whose lines are wholly in the file. 0 if nothing is pending: a
  // fault of the formatter has no batch.
  std::uint64_t CountSaved() const {
    if (!is_pending) return 0;
    const char* begin = text.Data();
    return static_cast<std::uint64_t>(std::count(begin, begin + done, '\n'));
  }

  // The batch as a commit, for recovery; `position` is the ring's tail if nothing is pending.
  Commit ToCommit(std::uint32_t position) const {
    Commit commit;
    commit.tail = is_pending ? tail : position;
    commit.end = is_pending ? end : position;
    commit.done = is_pending ? done : 0;
    return commit;
  }
};

}  // namespace dllogger
