// Reads the records of a ring in order and turns them into lines: for the writer of a live ring and
// for the recovery of a dead one. The same bytes give the same lines in both.
//
// Owner: one thread. The ring's memory outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "platform/platform.h"
#include "record/json.h"
#include "ring/ring.h"
#include "text/text.h"

namespace dllogger {

// Number of records that have a line, up to the first invalid header.
std::uint64_t CountRecords(const std::uint8_t* bytes, std::size_t size);

class RingReader {
 public:
  // Reads `size` bytes of the records that lie beside the ring; fewer only where there are no more.
  using ReadOverflow =
      std::function<Fault(std::uint64_t offset, void* bytes, std::size_t size, std::size_t* read)>;

  RingReader(const Ring* ring, NonFinite non_finite, ReadOverflow read_overflow)
      : ring_(ring),
        read_overflow_(std::move(read_overflow)),
        json_(non_finite),
        overflow_json_(non_finite) {}

  // Where the next Read() begins.
  std::uint32_t Position() const { return position_; }
  // Moves to a position between two records, and reads the shapes that its half defines before it.
  void Seek(std::uint32_t position);
  // Moves past records that are too damaged to be counted.
  void SkipTo(std::uint32_t position) {
    Seek(position);
    ++damaged_;
  }

  // Appends the lines up to `limit`, or until the text has `enough` characters. On a fault nothing
  // was appended.
  Fault Read(std::uint32_t limit, std::size_t enough, Text* text);

  // Appends the line of a record that does not lie in the ring; the definition of its shape may
  // precede it.
  Outcome AppendOversized(const RecordPieces& pieces, Text* text);

  // Forgets the records beside the ring: the next one lies where the first one did.
  void ForgetOverflow() { overflow_end_ = 0; }

  // Lines appended, and damaged records left out, so far.
  std::uint64_t Records() const { return records_; }
  std::uint64_t Damaged() const { return damaged_; }

 private:
  Outcome AppendOverflow(const std::uint8_t* bytes, std::uint32_t available, Text* text);
  std::uint32_t SkipDamaged(const std::uint8_t* bytes, std::uint32_t available);

  const Ring* ring_;
  ReadOverflow read_overflow_;
  Fault overflow_fault_;
  Text overflow_;
  std::uint64_t overflow_end_ = 0;  // end of the records beside the ring that were read
  JsonFormatter json_;
  JsonFormatter overflow_json_;  // for these records, which bring their own shapes
  bool is_seeking_ = false;
  std::uint32_t position_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace dllogger
