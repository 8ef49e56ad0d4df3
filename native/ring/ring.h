// Single-producer single-consumer ring of records over memory that the caller owns. No I/O, no
// Node: the producer is the JavaScript thread of one environment, the consumer its writer thread.
//
// Positions count bytes modulo 2^32 and never wrap at the capacity. The data is two halves: a
// record never straddles them, refers only to shapes defined earlier in its own half, and the
// producer enters a half only once the consumer has left it. So inside a half the producer needs no
// check for room, both sides' dictionaries stay bounded, and another process can read a dead ring.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "record/record.h"

namespace dllogger {

// The consumer's state. The producer wakes an asleep consumer for every record, and a napping one
// only when it is a quarter of the ring behind.
enum class Consumer : std::uint32_t { kAwake = 0, kNapping = 1, kAsleep = 2 };

// Limit on the bytes of records stored beside a ring at one time. While the log cannot be written a
// record that would exceed it, alone or with those before, is dropped and counted; otherwise a
// record of any size is written straight to the log.
constexpr std::uint64_t kMaxOverflow = std::uint64_t{1} << 27;

// The first page of the memory. Each side writes its own cache line.
struct RingControl {
  alignas(64) std::atomic<std::uint32_t> head;  // producer: everything before it is published
  // producer: records dropped for the faults below since it last called the consumer
  std::atomic<std::uint32_t> dropped;
  alignas(64) std::atomic<std::uint32_t> tail;  // consumer: everything before it is in the file
  // consumer: twice the number of times that writing began to fail, plus 1 while it fails
  std::atomic<std::uint32_t> faults;
  alignas(64) std::atomic<Consumer> consumer;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::uint32_t>) == 4 && sizeof(std::atomic<Consumer>) == 4,
              "JavaScript reads these as Int32Array elements");

class Ring {
 public:
  static constexpr std::uint32_t kDataOffset = 4096;
  static constexpr std::uint32_t kCapacity = 1u << 20;
  static constexpr std::uint32_t kHalf = kCapacity / 2;
  // Larger records do not lie in the ring, so that a half always has room for a shape and its
  // record.
  static constexpr std::uint32_t kMaxRecord = kCapacity / 4;
  static constexpr std::size_t kMemorySize = kDataOffset + kCapacity;

  // `memory` is zeroed or a used ring, page-aligned, kMemorySize bytes, and outlives the Ring.
  explicit Ring(void* memory)
      : control_(*static_cast<RingControl*>(memory)),
        data_(static_cast<std::uint8_t*>(memory) + kDataOffset) {}

  std::uint32_t Head() const { return control_.head.load(std::memory_order_acquire); }
  std::uint32_t Tail() const { return control_.tail.load(std::memory_order_acquire); }

  // Consumer: hands everything before `position` back to the producer.
  void Release(std::uint32_t position) { control_.tail.store(position, std::memory_order_release); }

  // The bytes at a position, up to the end of its half.
  const std::uint8_t* At(std::uint32_t position) const { return data_ + position % kCapacity; }

  static std::uint32_t UntilHalfEnd(std::uint32_t position) { return kHalf - position % kHalf; }
  static bool StartsHalf(std::uint32_t position) { return position % kHalf == 0; }

  // True when `position` is at or before `limit`, both being less than 2^31 apart.
  static bool Reached(std::uint32_t limit, std::uint32_t position) {
    return static_cast<std::int32_t>(limit - position) >= 0;
  }

  // Consumer: announces its next state. Sequentially consistent, as are the head's store and the
  // loads below: each side stores and then loads what the other stores, and with anything weaker
  // both can miss the other and the wake-up is lost.
  void Announce(Consumer state) { control_.consumer.store(state, std::memory_order_seq_cst); }
  // Consumer: whether nothing is published behind `position`.
  bool IsEmptyFrom(std::uint32_t position) const {
    return control_.head.load(std::memory_order_seq_cst) == position;
  }

  // Consumer: lets the producer drop records without a call while writing fails.
  void AnnounceFaults(std::uint64_t count, bool is_failing) {
    control_.faults.store(static_cast<std::uint32_t>(count) * 2 + (is_failing ? 1 : 0),
                          std::memory_order_release);
  }
  std::uint32_t Dropped() const { return control_.dropped.load(std::memory_order_acquire); }
  // Producer's thread: takes the count of dropped records.
  std::uint32_t TakeDropped() { return control_.dropped.exchange(0, std::memory_order_acq_rel); }

  // Producer: the head, which nobody else moves.
  std::uint32_t OwnHead() const { return control_.head.load(std::memory_order_relaxed); }
  // Producer: the bytes at a position, up to the end of its half.
  std::uint8_t* Data(std::uint32_t position) const { return data_ + position % kCapacity; }
  // Producer: the state set by AnnounceFaults().
  std::uint32_t Faults() const { return control_.faults.load(std::memory_order_acquire); }
  void TellDropped(std::uint32_t count) {
    control_.dropped.store(count, std::memory_order_release);
  }

  // Producer: publishes at the head, which has room for it, a reference to a record beside the
  // ring.
  static constexpr std::uint32_t kOverflowSize = sizeof(RecordHeader) + sizeof(RecordOverflow);
  void PublishOverflow(const RecordOverflow& overflow) {
    const std::uint32_t head = control_.head.load(std::memory_order_relaxed);
    const RecordHeader header = {kOverflowSize, Kind::kOverflow, 0, 0};
    std::uint8_t* record = data_ + head % kCapacity;
    std::memcpy(record, &header, sizeof(header));
    std::memcpy(record + sizeof(header), &overflow, sizeof(overflow));
    Publish(head + kOverflowSize);
  }

  // Producer: hands everything before `position` to the consumer. JavaScript's stores before the
  // call also precede this store.
  void Publish(std::uint32_t position) { control_.head.store(position, std::memory_order_seq_cst); }
  Consumer ConsumerState() const { return control_.consumer.load(std::memory_order_seq_cst); }

 private:
  RingControl& control_;
  std::uint8_t* data_;
};

}  // namespace dllogger
