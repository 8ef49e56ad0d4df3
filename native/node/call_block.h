// Arguments and results of the call for every record: the elements of one array that JavaScript and
// the addon share, since a call without arguments costs least. No Node here.
//
// Owner: one JavaScript thread. lib/sink/clock.ts and lib/sink/producer.ts name the elements.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "node/clock.h"
#include "record/record.h"
#include "ring/ring_producer.h"

namespace dllogger {

// Whether a record is published; if not, what the caller has to do before it repeats the call.
enum class Answer : std::uint8_t {
  kDone,
  kOffset,   // tell the UTC offset of `wall`
  kShape,    // prepare: define the shape, after making room for it
  kFull,     // wait for room
  kDropped,  // nothing: the record counts as dropped
};

struct CallBlock {
  RecordTimes times = {NAN, 0};
  double second = NAN;  // of the wall clock, in microseconds, for which the next holds
  double utc_offset = 0;
  double shape = 0;  // its number; 0 for none
  // A record of numbers, whose step comes first.
  double steps = 0;
  double values = 0;
  double numbers[256] = {};

  // Tells both clocks, and turns the start in `elapsed` into the time since.
  void Stamp(Clock* clock) {
    const Clock::Stamp now = clock->Now();
    times = {static_cast<double>(now.wall), static_cast<double>(now.monotonic) - times.elapsed};
  }

  // Publishes the record that lies at the head of the ring, complete but for its shape and stamp,
  // and returns the stamp. Does nothing if no record lies there.
  Answer Commit(Clock* clock, RingProducer* ring) {
    RecordTimes found;
    if (!ring->LoadTimes(&found)) return Answer::kDone;
    times = found;
    const std::uint32_t id = ring->IdOf(Shape());
    if ((id == 0 && Shape() != 0) || !ring->IsIntact()) return Answer::kShape;
    if (std::isnan(times.wall)) {
      Stamp(clock);
      ring->StoreTimes(times);
    }
    if (!KnowsOffset()) return Answer::kOffset;
    ring->Commit(id, static_cast<std::int32_t>(utc_offset));
    return Answer::kDone;
  }

  // As Commit(), for a record of numbers, which lie in this block. Does nothing if there are too
  // many.
  Answer CommitNumbers(Clock* clock, RingProducer* ring) {
    const auto step_count = static_cast<std::uint32_t>(steps);
    const auto value_count = static_cast<std::uint32_t>(values);
    const std::uint32_t count = step_count + value_count;
    if (count > std::size(numbers)) return Answer::kDone;
    const RingProducer::Room room = ring->Reserve(RingProducer::SizeOfNumbers(count));
    if (room == RingProducer::Room::kDropped) return Answer::kDropped;
    if (room == RingProducer::Room::kFull) return Answer::kFull;
    const std::uint32_t id = ring->IdOf(Shape());
    if (id == 0) return Answer::kShape;
    if (std::isnan(times.wall)) Stamp(clock);
    if (!KnowsOffset()) return Answer::kOffset;
    ring->PublishNumbers(id, static_cast<std::int32_t>(utc_offset), times, step_count, value_count,
                         numbers);
    return Answer::kDone;
  }

 private:
  bool KnowsOffset() const { return times.wall >= second && times.wall < second + 1e6; }
  // The cast to a signed number is one instruction.
  RingProducer::ShapeNumber Shape() const {
    return static_cast<RingProducer::ShapeNumber>(static_cast<std::int64_t>(shape));
  }
};

}  // namespace dllogger
