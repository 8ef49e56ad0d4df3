#include "ring_reader.h"

#include <algorithm>
#include <cstring>

namespace dllogger {
bool RingReader::Read(std::uint32_t limit, std::size_t enough, Text* text) {
  const std::uint32_t start = position_;
  while (position_ != limit && text->Size() < enough) {
    if (Ring::StartsHalf(position_)) json_.ForgetShapes();
    const std::uint8_t* bytes = ring_->At(position_);
    const std::uint32_t available = std::min(limit - position_, Ring::UntilHalfEnd(position_));
    const std::size_t before = text->Size();
    const Outcome outcome = json_.Append(bytes, available, text);
    // What was read, definitions too, is not to be read again.
    if (outcome == Outcome::kNoMemory) return position_ != start;
    if (outcome == Outcome::kCorrupt) {
      position_ += SkipDamaged(bytes, available);
      continue;
    }
    if (text->Size() != before) ++records_;
    RecordHeader header;
    std::memcpy(&header, bytes, sizeof(header));
    position_ += header.size;
  }
  return true;
}

void RingReader::Seek(std::uint32_t position) {
  const std::uint64_t records = records_;
  const std::uint64_t damaged = damaged_;
  position_ = position - position % Ring::kHalf;
  json_.ForgetShapes();
  Text unused;
  while (position_ != position) {
    if (!Read(position, 1, &unused)) break;
    unused.Cut(0);
  }
  position_ = position;
  records_ = records;
  damaged_ = damaged;
}

// Only a bug, or somebody who writes where he should not, can bring us here. A record that says how
// long it is is left out alone; otherwise the next one is to be found in the next half only, and
// what this half has defined is not to be trusted.
std::uint32_t RingReader::SkipDamaged(const std::uint8_t* bytes, std::uint32_t available) {
  RecordHeader header = {};
  std::memcpy(&header, bytes, std::min(sizeof(header), std::size_t{available}));
  const bool is_line = header.kind == Kind::kLog || header.kind == Kind::kMetadata;
  const bool is_whole = available >= sizeof(header) && header.size >= sizeof(header) &&
                        header.size <= available && header.size % kRecordAlignment == 0;
  const std::uint32_t skipped = is_line && is_whole ? header.size : available;
  if (skipped == available) json_.ForgetShapes();
  ++damaged_;
  return skipped;
}

}  // namespace dllogger
