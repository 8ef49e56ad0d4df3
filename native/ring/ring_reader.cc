#include "ring/ring_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dllogger {

Fault RingReader::Read(std::uint32_t limit, std::size_t enough, Text* text) {
  const std::uint32_t start = position_;
  while (position_ != limit && text->Size() < enough) {
    if (Ring::StartsHalf(position_)) json_.ForgetShapes();
    const std::uint8_t* bytes = ring_->At(position_);
    const std::uint32_t available = std::min(limit - position_, Ring::UntilHalfEnd(position_));
    RecordHeader header = {};
    std::memcpy(&header, bytes, std::min(sizeof(header), std::size_t{available}));
    const std::size_t before = text->Size();
    overflow_fault_ = {};
    const Outcome outcome = header.kind == Kind::kOverflow ? AppendOverflow(bytes, available, text)
                                                           : json_.Append(bytes, available, text);
    if (outcome == Outcome::kNoMemory) {
      // Records before `position_`, shape definitions included, were consumed: report the fault on
      // the next call.
      if (position_ != start) return {};
      return overflow_fault_ ? overflow_fault_ : Fault{ENOMEM, "malloc"};
    }
    if (outcome == Outcome::kCorrupt) {
      position_ += SkipDamaged(bytes, available);
      continue;
    }
    if (text->Size() != before) ++records_;
    position_ += header.size;
  }
  return {};
}

Outcome RingReader::AppendOverflow(const std::uint8_t* bytes, std::uint32_t available, Text* text) {
  RecordHeader header = {};
  RecordOverflow overflow = {};
  if (available < Ring::kOverflowSize) return Outcome::kCorrupt;
  std::memcpy(&header, bytes, sizeof(header));
  std::memcpy(&overflow, bytes + sizeof(header), sizeof(overflow));
  if (header.size != Ring::kOverflowSize) return Outcome::kCorrupt;
  // Records beside the ring that lie before the position may be gone; they define no shapes.
  if (is_seeking_) return Outcome::kDone;
  // The producer puts each record behind the one before it. Accepting two references to the same
  // bytes would let a small damaged ring stand for any amount of text.
  if (overflow.size < sizeof(RecordHeader) || overflow.size > kMaxOverflow ||
      overflow.offset > kMaxOverflow || overflow.offset < overflow_end_) {
    return Outcome::kCorrupt;
  }
  const auto size = static_cast<std::size_t>(overflow.size);
  overflow_.Clear(0);
  char* record = overflow_.Room(overflow_.End(), size);
  if (record == nullptr) return Outcome::kNoMemory;
  std::size_t read = 0;
  overflow_fault_ = read_overflow_(overflow.offset, record, size, &read);
  // As for lack of memory: the caller tries again.
  if (overflow_fault_) return Outcome::kNoMemory;
  if (read != size) return Outcome::kCorrupt;
  const Outcome outcome =
      AppendOversized({{reinterpret_cast<const std::uint8_t*>(record), size}}, text);
  if (outcome != Outcome::kNoMemory) overflow_end_ = overflow.offset + overflow.size;
  overflow_.Clear(0);
  return outcome;
}

Outcome RingReader::AppendOversized(const RecordPieces& pieces, Text* text) {
  overflow_json_.ForgetShapes();
  const std::size_t before = text->Size();
  Outcome outcome = Outcome::kDone;
  for (const RecordPiece& piece : pieces) {
    for (std::size_t at = 0; at < piece.size && outcome == Outcome::kDone;) {
      // Nothing follows the line.
      outcome = text->Size() == before
                    ? overflow_json_.Append(piece.data + at, piece.size - at, text)
                    : Outcome::kCorrupt;
      if (outcome != Outcome::kDone) break;
      RecordHeader header;
      std::memcpy(&header, piece.data + at, sizeof(header));
      at += header.size;
    }
  }
  if (outcome == Outcome::kDone && text->Size() == before) outcome = Outcome::kCorrupt;
  if (outcome != Outcome::kDone) text->Cut(before);
  return outcome;
}

void RingReader::Seek(std::uint32_t position) {
  const std::uint64_t records = records_;
  const std::uint64_t damaged = damaged_;
  position_ = position - position % Ring::kHalf;
  json_.ForgetShapes();
  is_seeking_ = true;
  Text unused;
  while (position_ != position) {
    if (Read(position, 1, &unused)) break;
    unused.Cut(0);
  }
  is_seeking_ = false;
  position_ = position;
  records_ = records;
  damaged_ = damaged;
}

// Reached only when the ring was damaged. If the record's header is intact, skips that record. If
// not, or if it is a definition, the records that follow cannot be trusted: skips to the next half
// and forgets the shapes defined in this one.
std::uint32_t RingReader::SkipDamaged(const std::uint8_t* bytes, std::uint32_t available) {
  RecordHeader header = {};
  std::memcpy(&header, bytes, std::min(sizeof(header), std::size_t{available}));
  const bool is_line =
      header.kind == Kind::kLog || header.kind == Kind::kMetadata || header.kind == Kind::kOverflow;
  const std::uint32_t skipped = is_line && IsWhole(header, available) ? header.size : available;
  if (skipped == available) json_.ForgetShapes();
  damaged_ += std::max(CountRecords(bytes, skipped), std::uint64_t{1});
  return skipped;
}

std::uint64_t CountRecords(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t records = 0;
  for (std::size_t at = 0; size - at >= sizeof(RecordHeader);) {
    RecordHeader header;
    std::memcpy(&header, bytes + at, sizeof(header));
    if (!IsWhole(header, size - at)) break;
    if (header.kind != Kind::kPad && header.kind != Kind::kShape) ++records;
    at += header.size;
  }
  return records;
}

}  // namespace dllogger
