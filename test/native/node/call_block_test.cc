#include "node/call_block.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "platform/platform.h"
#include "support/check.h"
#include "support/record_builder.h"

namespace dllogger {
namespace {

struct Fixture {
  std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  Ring ring{memory.get()};
  RingProducer producer{ring};
  Clock clock;
  CallBlock block;
  std::uint32_t start = 0;  // behind the definition of the shape

  Fixture() {
    const Record definition = ShapeRecord(1, {"loss"});
    const auto size = static_cast<std::uint32_t>(definition.size());
    block.shape = static_cast<double>(producer.Define(definition.data(), size));
    start = ring.Head();
  }
  // Describes a record with `steps` and `values` numbers at the epoch, whose UTC offset is known.
  void Describe(int steps, int values) {
    block.times = {0, 0};
    block.second = 0;
    block.steps = steps;
    block.values = values;
  }
  RecordTimes TimesAt(std::uint32_t position) const {
    RecordTimes times;
    std::memcpy(&times, ring.At(position) + sizeof(RecordHeader), sizeof(times));
    return times;
  }
  std::int32_t OffsetAt(std::uint32_t position) const {
    RecordHeader header;
    std::memcpy(&header, ring.At(position), sizeof(header));
    return header.utc_offset;
  }
};

TEST(CallBlock, PublishesNumbersOnceTheOffsetIsKnown) {
  Fixture f;
  CallBlock& block = f.block;
  block.steps = 1;
  block.values = 1;
  const double start = block.times.elapsed = static_cast<double>(platform::MonotonicMicroseconds());
  CHECK(block.CommitNumbers(&f.clock, &f.producer) == Answer::kOffset);
  CHECK_EQ(f.ring.Head(), f.start);
  const double wall = block.times.wall;
  CHECK(std::abs(wall - static_cast<double>(platform::WallMicroseconds())) < 10e6);
  CHECK(block.times.elapsed >= 0 && block.times.elapsed < start);
  // The stamp of the first call stays.
  block.second = std::floor(wall / 1e6) * 1e6;
  block.utc_offset = -7200;
  CHECK(block.CommitNumbers(&f.clock, &f.producer) == Answer::kDone);
  CHECK_EQ(f.ring.Head(), f.start + 64);
  CHECK_EQ(f.TimesAt(f.start).wall, wall);
  CHECK_EQ(f.OffsetAt(f.start), -7200);
  // Another second needs another offset.
  block.times = {block.second + 1e6, 5};
  CHECK(block.CommitNumbers(&f.clock, &f.producer) == Answer::kOffset);
  block.times = {block.second - 1, 5};
  CHECK(block.CommitNumbers(&f.clock, &f.producer) == Answer::kOffset);
  CHECK_EQ(f.ring.Head(), f.start + 64);
}

TEST(CallBlock, PublishesNaNAsItsTag) {
  Fixture f;
  f.Describe(1, 1);
  // A NaN whose bits are those of a tag with a count of 7.
  const std::uint64_t bits = (std::uint64_t{kTagBase} + 10) << 32 | 7;
  std::memcpy(&f.block.numbers[1], &bits, sizeof(bits));
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kDone);
  std::uint64_t word = 0;
  std::memcpy(&word, f.ring.At(f.start + 48), sizeof(word));
  CHECK_EQ(word, (std::uint64_t{kTagBase} + static_cast<std::uint32_t>(Tag::kNan)) << 32);
}

TEST(CallBlock, PublishesNoMoreNumbersThanTheBlockHolds) {
  Fixture f;
  f.Describe(200, 57);
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kDone);
  CHECK_EQ(f.ring.Head(), f.start);
  f.block.values = 56;
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kDone);
  CHECK_EQ(f.ring.Head(), f.start + 32 + 8 + 256 * 8 + 8);
}

TEST(CallBlock, CompletesTheRecordAtTheHead) {
  Fixture f;
  std::uint8_t* const data = f.ring.Data(f.start);
  // No record lies at the head yet.
  CHECK(f.block.Commit(&f.clock, &f.producer) == Answer::kDone);
  CHECK_EQ(f.ring.Head(), f.start);
  const RecordHeader header = {48, Kind::kLog, 1, 0};
  const RecordTimes unstamped = {NAN, 0};
  std::memcpy(data, &header, sizeof(header));
  std::memcpy(data + sizeof(header), &unstamped, sizeof(unstamped));
  CHECK(f.block.Commit(&f.clock, &f.producer) == Answer::kOffset);
  f.block.second = std::floor(f.block.times.wall / 1e6) * 1e6;
  f.block.utc_offset = 3600;
  const double wall = f.block.times.wall;
  CHECK(f.block.Commit(&f.clock, &f.producer) == Answer::kDone);
  CHECK_EQ(f.ring.Head(), f.start + 48);
  CHECK_EQ(f.TimesAt(f.start).wall, wall);
  CHECK_EQ(f.OffsetAt(f.start), 3600);
}

TEST(CallBlock, AsksForAShapeThatTheWriterDoesNotKnow) {
  Fixture f;
  f.Describe(1, 1);
  f.block.times = {NAN, 5};
  f.block.shape += 1;
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kShape);
  f.block.shape = -1;
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kShape);
  // The record gets no stamp: it may have to wait first, or have the stamp of another backend.
  CHECK(std::isnan(f.block.times.wall));
  CHECK_EQ(f.block.times.elapsed, 5.0);
  CHECK_EQ(f.ring.Head(), f.start);
}

TEST(CallBlock, AnswersThatThereIsNoRoom) {
  Fixture f;
  CHECK(f.producer.Reserve(Ring::kHalf) == RingProducer::Room::kYes);
  CHECK_EQ(f.ring.Head(), Ring::kHalf);
  const Record definition = ShapeRecord(1, {std::string(Ring::kHalf - 128, 'a')});
  const auto size = static_cast<std::uint32_t>(definition.size());
  f.block.shape = static_cast<double>(f.producer.Define(definition.data(), size));
  f.Describe(100, 1);
  const std::uint32_t head = f.ring.Head();
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kFull);
  CHECK_EQ(f.ring.Head(), head);
  // The other half is free, but the shape's definition is too large to be copied there.
  f.ring.Release(Ring::kHalf);
  CHECK(f.block.CommitNumbers(&f.clock, &f.producer) == Answer::kShape);
}

}  // namespace
}  // namespace dllogger
