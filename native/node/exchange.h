// What JavaScript and the addon tell each other for every record: the elements of one array that
// both see, since a call without arguments costs least. No Node here.
//
// Owner: one JavaScript thread. lib/clock.ts and lib/sink/producer.ts name the elements.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "node/clock.h"
#include "record/record.h"
#include "ring/ring.h"

namespace dllogger {

struct Exchange {
  RecordTimes times = {NAN, 0};
  double second = NAN;  // of the wall clock, in microseconds, for which the next holds
  double utc_offset = 0;
  // A record of numbers, whose step comes first.
  double shape = 0;
  double steps = 0;
  double values = 0;
  double numbers[256] = {};

  // Tells both clocks, and turns the start in `elapsed` into the time since.
  void Stamp(Clock* clock) {
    const Clock::Stamp now = clock->Now();
    times = {static_cast<double>(now.wall), static_cast<double>(now.monotonic) - times.elapsed};
  }

  // Publishes the record that lies at the head of the ring, complete but for its stamp, and tells
  // that. False, and nothing published, when the UTC offset is to be told for that second first.
  bool Commit(Clock* clock, Ring* ring) {
    RecordTimes found;
    if (!ring->LoadTimes(&found)) return true;
    times = found;
    if (std::isnan(times.wall)) {
      Stamp(clock);
      ring->StoreTimes(times);
    }
    if (!KnowsOffset()) return false;
    ring->Commit(static_cast<std::int32_t>(utc_offset));
    return true;
  }

  // The same for a record of numbers, which lies here.
  bool CommitNumbers(Clock* clock, Ring* ring) {
    if (std::isnan(times.wall)) Stamp(clock);
    if (!KnowsOffset()) return false;
    const auto step_count = static_cast<std::uint32_t>(steps);
    const auto value_count = static_cast<std::uint32_t>(values);
    if (step_count + value_count > std::size(numbers)) return true;
    ring->PublishNumbers(static_cast<std::uint32_t>(shape), static_cast<std::int32_t>(utc_offset),
                         times, step_count, value_count, numbers);
    return true;
  }

 private:
  bool KnowsOffset() const { return times.wall >= second && times.wall < second + 1e6; }
};

}  // namespace dllogger
