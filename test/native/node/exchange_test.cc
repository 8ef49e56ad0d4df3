#include "node/exchange.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>

#include "platform/platform.h"
#include "support/check.h"

namespace dllogger {
namespace {

struct Fixture {
  std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  Ring ring{memory.get()};
  Clock clock;
  Exchange exchange;

  // A record of so many numbers, at the epoch, where the offset is known.
  void Describe(int steps, int values) {
    exchange.times = {0, 0};
    exchange.second = 0;
    exchange.steps = steps;
    exchange.values = values;
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

TEST(Exchange, PublishesNumbersOnceTheOffsetIsKnown) {
  Fixture f;
  Exchange& exchange = f.exchange;
  exchange.steps = 1;
  exchange.values = 1;
  const double start = exchange.times.elapsed =
      static_cast<double>(platform::MonotonicMicroseconds());
  CHECK(!exchange.CommitNumbers(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 0u);
  const double wall = exchange.times.wall;
  CHECK(std::abs(wall - static_cast<double>(platform::WallMicroseconds())) < 10e6);
  CHECK(exchange.times.elapsed >= 0 && exchange.times.elapsed < start);
  // The stamp of the first call holds.
  exchange.second = std::floor(wall / 1e6) * 1e6;
  exchange.utc_offset = -7200;
  CHECK(exchange.CommitNumbers(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 64u);
  CHECK_EQ(f.TimesAt(0).wall, wall);
  CHECK_EQ(f.OffsetAt(0), -7200);
  // Another second needs its own.
  exchange.times = {exchange.second + 1e6, 5};
  CHECK(!exchange.CommitNumbers(&f.clock, &f.ring));
  exchange.times = {exchange.second - 1, 5};
  CHECK(!exchange.CommitNumbers(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 64u);
}

TEST(Exchange, PublishesNaNAsItsTag) {
  Fixture f;
  f.Describe(1, 1);
  // As bits that pose as a tag, with a count of 7.
  const std::uint64_t bits = (std::uint64_t{kTagBase} + 10) << 32 | 7;
  std::memcpy(&f.exchange.numbers[1], &bits, sizeof(bits));
  CHECK(f.exchange.CommitNumbers(&f.clock, &f.ring));
  std::uint64_t word = 0;
  std::memcpy(&word, f.ring.At(48), sizeof(word));
  CHECK_EQ(word, (std::uint64_t{kTagBase} + static_cast<std::uint32_t>(Tag::kNan)) << 32);
}

TEST(Exchange, PublishesNoMoreNumbersThanThereCanBe) {
  Fixture f;
  f.Describe(200, 57);
  CHECK(f.exchange.CommitNumbers(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 0u);
  f.exchange.values = 56;
  CHECK(f.exchange.CommitNumbers(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 32 + 8 + 256 * 8 + 8u);
}

TEST(Exchange, CompletesTheRecordAtTheHead) {
  Fixture f;
  auto* data = static_cast<std::uint8_t*>(f.memory.get()) + Ring::kDataOffset;
  // Nothing lies there yet.
  CHECK(f.exchange.Commit(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 0u);
  const RecordHeader header = {48, Kind::kLog, 1, 0};
  const RecordTimes unstamped = {NAN, 0};
  std::memcpy(data, &header, sizeof(header));
  std::memcpy(data + sizeof(header), &unstamped, sizeof(unstamped));
  CHECK(!f.exchange.Commit(&f.clock, &f.ring));
  f.exchange.second = std::floor(f.exchange.times.wall / 1e6) * 1e6;
  f.exchange.utc_offset = 3600;
  const double wall = f.exchange.times.wall;
  CHECK(f.exchange.Commit(&f.clock, &f.ring));
  CHECK_EQ(f.ring.Head(), 48u);
  CHECK_EQ(f.TimesAt(0).wall, wall);
  CHECK_EQ(f.OffsetAt(0), 3600);
}

}  // namespace
}  // namespace dllogger
