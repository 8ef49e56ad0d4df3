// The producer's rules of a ring: where the next record lies, when to switch to the other half, and
// which shapes the consumer knows there. No Node and no waiting; the caller does both.
//
// Owner: the producer's thread. All state lies in this object, since the thread may be ended
// between any two calls.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "platform/processor.h"
#include "record/record.h"
#include "ring/ring.h"

namespace dllogger {

template <typename RingType>
class RingProducerOf {
 public:
  enum class Room : std::uint8_t {
    kYes,
    // The consumer is still in the other half: wait until it has left, then call EnterNextHalf().
    kFull,
    // The record is counted as dropped: the last wait for room ended in a fault that still lasts.
    kDropped,
  };
  // Identifies a shape for the life of the log; 0 means no shape.
  using ShapeNumber = std::uint64_t;

  // Starts at the head, which must begin a half that the consumer is not in.
  explicit RingProducerOf(const RingType& ring)
      : ring_(ring), head_(ring.Head()), half_start_(ring.Head()) {}

  // Where the next record lies.
  std::uint32_t Head() const { return head_; }
  // Everything before it has to be in the file before the other half may be entered.
  std::uint32_t HalfStart() const { return half_start_; }
  Consumer ConsumerState() const { return ring_.ConsumerState(); }

  // Makes `size` bytes, at most kHalf, fit into the current half; enters the next half if needed
  // and if the consumer has left it.
  Room Reserve(std::uint32_t size) {
    return size <= UntilHalfEnd() ? Room::kYes : ReserveElsewhere(size);
  }

  // Enters the next half, which the consumer has left. Copies the known shapes there if they are
  // few and leave `size` bytes of room; forgets them otherwise.
  void EnterNextHalf(std::uint32_t size = 0) {
    if (UntilHalfEnd() > 0) {
      const RecordHeader pad = {UntilHalfEnd(), Kind::kPad, 0, 0};
      std::memcpy(ring_.Data(head_), &pad, sizeof(pad));
    }
    half_start_ += Ring::kHalf;
    if (!CarriesShapes(size)) ForgetShapes();
    std::memcpy(ring_.Data(half_start_), definitions_, definitions_size_);
    Publish(half_start_ + definitions_size_);
    next_look_ = kFirstLook;
    refused_ = false;
  }

  // Called before and after each wait for room. After a wait that ended in a fault, Reserve() drops
  // records that would have to wait again, as long as that fault lasts.
  void BeginWait() {
    refused_ = false;
    dropped_ = 0;
  }
  void EndWait(bool is_refused) {
    refused_ = is_refused;
    faults_seen_ = ring_.Faults();
  }

  // The shape's id in the current half; 0 if the consumer does not know the shape.
  std::uint32_t IdOf(ShapeNumber number) const {
    const ShapeNumber id = number - forgotten_;
    return id - 1 < shapes_ ? static_cast<std::uint32_t>(id) : 0;
  }

  // The consumer knows no shape with a number up to this one.
  ShapeNumber Forgotten() const { return forgotten_; }

  // Publishes the definition of a shape, for which there is room.
  ShapeNumber Define(const std::uint8_t* definition, std::uint32_t size) {
    const std::uint32_t id = ++shapes_;
    std::uint8_t* const at = ring_.Data(head_);
    std::memcpy(at, definition, size);
    std::memcpy(at + offsetof(RecordHeader, shape), &id, sizeof(id));
    if (size > sizeof(definitions_) - definitions_size_) {
      has_all_definitions_ = false;
    } else if (has_all_definitions_) {
      // A private copy, which stays whole even if the ring's copy is damaged.
      std::memcpy(definitions_ + definitions_size_, at, size);
      definitions_size_ += size;
    }
    Publish(head_ + size);
    return forgotten_ + id;
  }

  static std::uint32_t SizeOfNumbers(std::uint32_t count) {
    const auto size = static_cast<std::uint32_t>(kNumbersHead + count * sizeof(double));
    return (size + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  }

  // Publishes a record of numbers: the step's, then one for each key of the shape. The half must
  // have room, and the consumer must know the shape.
  void PublishNumbers(std::uint32_t shape, std::int32_t utc_offset, const RecordTimes& times,
                      std::uint32_t steps, std::uint32_t values, const double* numbers) {
    const std::uint32_t count = steps + values;
    const std::uint32_t size = SizeOfNumbers(count);
    std::uint8_t* const start = ring_.Data(head_);
    std::uint8_t* at = start;
    const auto append = [&at](const auto& part) {
      std::memcpy(at, &part, sizeof(part));
      at += sizeof(part);
    };
    append(RecordHeader{size, Kind::kLog, shape, utc_offset});
    append(times);
    const auto append_tag = [&append](Tag tag, std::uint32_t counted) {
      append(counted);
      append(kTagBase + static_cast<std::uint32_t>(tag));
    };
    append_tag(Tag::kArray, steps);
    // A loop, since a call of memcpy would cost more than the few numbers of most records.
    for (std::uint32_t i = 0; i < count; ++i) {
      if (std::isnan(numbers[i])) {
        append_tag(Tag::kNan, 0);
      } else {
        append(numbers[i]);
      }
    }
    if (at < start + size) append(0.0);
    PublishRecord(size);
  }

  // Whether the ring's head is still the one that JavaScript reads when it lays a record there; if
  // not, other code has written into the ring.
  bool IsIntact() const { return ring_.OwnHead() == head_; }
  void Mend() { Publish(head_); }

  // The times of the record that lies at the head, complete but for them and what Commit() takes;
  // false when none lies there.
  bool LoadTimes(RecordTimes* times) const {
    RecordHeader header;
    std::memcpy(&header, ring_.Data(head_), sizeof(header));
    if (!IsWhole(header, UntilHalfEnd()) || header.size < sizeof(header) + sizeof(*times)) {
      return false;
    }
    std::memcpy(times, ring_.Data(head_) + sizeof(header), sizeof(*times));
    return true;
  }
  void StoreTimes(const RecordTimes& times) {
    std::memcpy(ring_.Data(head_) + sizeof(RecordHeader), &times, sizeof(times));
  }
  // Publishes the record at the head, for which LoadTimes() returned true.
  void Commit(std::uint32_t shape, std::int32_t utc_offset) {
    std::uint8_t* const record = ring_.Data(head_);
    RecordHeader header;
    std::memcpy(&header, record, sizeof(header));
    header.shape = shape;
    header.utc_offset = utc_offset;
    std::memcpy(record, &header, sizeof(header));
    PublishRecord(header.size);
  }

  // Notes that other code has published `size` bytes at the head.
  void Skip(std::uint32_t size) { head_ += size; }

  // Whether the next part of the half is full, so that Look() is due.
  bool HasToLook() const { return head_ - half_start_ >= next_look_; }

  // If the consumer keeps up, switches to the other half, whose beginning is still in the caches:
  // so the rest of the ring costs no memory until the consumer falls behind. Returns whether a
  // napping consumer may be far behind.
  bool Look() {
    // A consumer that is this near is in this half and has left the other.
    constexpr std::uint32_t kNear = Ring::kCapacity * 3 / 32;
    if (head_ - half_start_ >= kNear && head_ - ring_.Tail() <= kNear && CarriesShapes(0)) {
      EnterNextHalf();
      was_full_ = false;
      return false;
    }
    const bool is_half_full = next_look_ >= Ring::kHalf / 2;
    next_look_ = std::min(next_look_ * 2, Ring::kHalf);
    return is_half_full || was_full_;
  }

 private:
  static constexpr std::uint32_t kFirstLook = Ring::kCapacity / 8;
  // Limits on the shapes, and on the bytes of their definitions, that are copied into the next
  // half.
  static constexpr std::uint32_t kFewShapes = 16;
  static constexpr std::size_t kFewBytes = 16384;
  // Bytes of a record of numbers before its numbers: header, times and the tag of the step.
  static constexpr std::size_t kNumbersHead =
      sizeof(RecordHeader) + sizeof(RecordTimes) + sizeof(double);
  // Limit on dropped records, so that their count fits a word of the ring; beyond it the consumer
  // is asked again.
  static constexpr std::uint32_t kMaxDropped = 1u << 30;
  static constexpr std::uint32_t kCacheLine = 64;
  static constexpr std::uint32_t kFetchedAhead = 8 * kCacheLine;

  std::uint32_t UntilHalfEnd() const { return half_start_ + Ring::kHalf - head_; }

  bool CarriesShapes(std::uint32_t size) const {
    return has_all_definitions_ && shapes_ <= kFewShapes && size <= Ring::kHalf - definitions_size_;
  }

  void ForgetShapes() {
    forgotten_ += shapes_;
    shapes_ = 0;
    definitions_size_ = 0;
    has_all_definitions_ = true;
  }

  Room ReserveElsewhere(std::uint32_t size) {
    const bool is_free = Ring::Reached(ring_.Tail(), half_start_);
    if (refused_) {
      // The caller must learn that the fault is over.
      const std::uint32_t faults = ring_.Faults();
      const bool is_failing = faults == faults_seen_ && (faults & 1) == 1;
      if (is_free || !is_failing || dropped_ == kMaxDropped) return Room::kFull;
      ring_.TellDropped(++dropped_);
      return Room::kDropped;
    }
    if (!is_free) return Room::kFull;
    EnterNextHalf(size);
    was_full_ = true;
    return Room::kYes;
  }

  void PublishRecord(std::uint32_t size) {
    // Another core has read these cache lines last. Fetching them early costs nothing; otherwise
    // the next store of the head would wait for them.
    for (std::uint32_t line = 0; line < std::min(size, kFetchedAhead); line += kCacheLine) {
      platform::PrefetchForStore(ring_.Data(head_ + size + kCacheLine + line));
    }
    Publish(head_ + size);
  }

  void Publish(std::uint32_t head) {
    head_ = head;
    ring_.Publish(head);
  }

  RingType ring_;
  std::uint32_t head_;
  std::uint32_t half_start_;
  // Bytes of the current half after which the producer next reads the consumer's position: after a
  // quarter, half, and all of the half.
  std::uint32_t next_look_ = kFirstLook;
  // Whether the previous half was filled up.
  bool was_full_ = false;
  // Whether the last wait for room ended in a fault, and the state of the ring's faults then.
  bool refused_ = false;
  std::uint32_t faults_seen_ = 0;
  std::uint32_t dropped_ = 0;  // since then

  // Number of shapes that the consumer knows in this half, with ids from 1; and how many had been
  // defined when it last forgot them.
  std::uint32_t shapes_ = 0;
  ShapeNumber forgotten_ = 0;
  // The definitions of these shapes, as long as they are few.
  bool has_all_definitions_ = true;
  std::uint32_t definitions_size_ = 0;
  std::uint8_t definitions_[kFewBytes] = {};
};

using RingProducer = RingProducerOf<Ring>;

}  // namespace dllogger
