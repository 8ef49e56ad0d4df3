// Reads the records of a ring in order and turns them into lines: for the writer of a live ring,
// and for whoever recovers a dead one. The same bytes give the same lines to both.
//
// Owner: one thread. The ring's memory outlives it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "json.h"
#include "ring.h"
#include "text.h"

namespace dllogger {

class RingReader {
 public:
  RingReader(const Ring* ring, NonFinite non_finite) : ring_(ring), json_(non_finite) {}

  // Where the next Read() begins.
  std::uint32_t Position() const { return position_; }
  // Goes to a position between two records, and learns the shapes that its half has defined before.
  void Seek(std::uint32_t position);

  // Appends the lines up to `limit`, or until the text has `enough` characters. False when memory
  // ran out before the first of them; nothing was appended then.
  bool Read(std::uint32_t limit, std::size_t enough, Text* text);

  // Lines appended, and damaged records left out, so far.
  std::uint64_t Records() const { return records_; }
  std::uint64_t Damaged() const { return damaged_; }

 private:
  std::uint32_t SkipDamaged(const std::uint8_t* bytes, std::uint32_t available);

  const Ring* ring_;
  JsonFormatter json_;
  std::uint32_t position_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace dllogger
