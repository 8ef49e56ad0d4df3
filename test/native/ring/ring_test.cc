#include "ring/ring.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "platform/platform.h"
#include "support/check.h"

namespace dllogger {
namespace {

constexpr std::uint32_t kTop = 0xffffffffu;

TEST(Ring, EachSideHasItsCacheLine) {
  CHECK(offsetof(RingControl, tail) - offsetof(RingControl, head) >= 64);
  CHECK(offsetof(RingControl, consumer) % 4 == 0);
  CHECK(sizeof(RingControl) <= Ring::kDataOffset);
}

TEST(Ring, FreshMemoryIsAnEmptyRing) {
  const std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  const Ring ring(memory.get());
  CHECK_EQ(ring.Head(), 0u);
  CHECK_EQ(ring.Tail(), 0u);
  CHECK(ring.IsEmptyFrom(0));
  CHECK_EQ(ring.ConsumerState(), Consumer::kAwake);
  CHECK_EQ(reinterpret_cast<std::uintptr_t>(memory.get()) % 4096, 0);
}

TEST(Ring, PublishesAndReleases) {
  const std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  Ring ring(memory.get());
  ring.Publish(48);
  CHECK_EQ(ring.Head(), 48u);
  CHECK(!ring.IsEmptyFrom(0));
  ring.Release(48);
  CHECK_EQ(ring.Tail(), 48u);
  CHECK(ring.IsEmptyFrom(48));
  ring.Announce(Consumer::kAsleep);
  CHECK_EQ(ring.ConsumerState(), Consumer::kAsleep);
  // Another Ring over the same memory continues at the same position.
  CHECK_EQ(Ring(memory.get()).Tail(), 48u);
}

TEST(Ring, PositionsRunOnPastTheCapacity) {
  const std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  const Ring ring(memory.get());
  const auto* data = static_cast<const std::uint8_t*>(memory.get()) + Ring::kDataOffset;
  CHECK(ring.At(0) == data);
  CHECK(ring.At(Ring::kCapacity - 16) == data + Ring::kCapacity - 16);
  CHECK(ring.At(Ring::kCapacity) == data);
  CHECK(ring.At(Ring::kCapacity * 5 + 32) == data + 32);
  CHECK(ring.At(kTop - 15) == data + Ring::kCapacity - 16);
  // The position after the highest one is 0.
  CHECK(ring.At(kTop - 15 + 16) == data);
}

TEST(Ring, HalvesEndWhereTheNextBegins) {
  CHECK(Ring::StartsHalf(0));
  CHECK(!Ring::StartsHalf(16));
  CHECK(!Ring::StartsHalf(Ring::kHalf - 16));
  CHECK(Ring::StartsHalf(Ring::kHalf));
  CHECK(Ring::StartsHalf(Ring::kCapacity));
  CHECK(Ring::StartsHalf(0u - Ring::kHalf));
  CHECK_EQ(Ring::UntilHalfEnd(0), Ring::kHalf);
  CHECK_EQ(Ring::UntilHalfEnd(16), Ring::kHalf - 16);
  CHECK_EQ(Ring::UntilHalfEnd(Ring::kHalf - 16), 16u);
  CHECK_EQ(Ring::UntilHalfEnd(Ring::kHalf), Ring::kHalf);
  CHECK_EQ(Ring::UntilHalfEnd(0u - 16), 16u);
  CHECK_EQ((kTop - 15) + Ring::UntilHalfEnd(kTop - 15), 0u);
}

TEST(Ring, ReachedComparesAcrossTheWrap) {
  for (const std::uint32_t limit : {0u, 16u, 0x7ffffff0u, 0x80000000u, kTop - 15}) {
    CHECK(Ring::Reached(limit, limit));
    CHECK(Ring::Reached(limit, limit - 16));
    CHECK(!Ring::Reached(limit, limit + 16));
    CHECK(Ring::Reached(limit, limit - Ring::kCapacity));
    CHECK(!Ring::Reached(limit, limit + Ring::kCapacity));
    CHECK(Ring::Reached(limit, limit - 0x7fffffffu));
    CHECK(!Ring::Reached(limit, limit + 0x7fffffffu));
  }
}

TEST(Ring, RecordsFitIntoAHalfWithTheirShape) {
  CHECK(2 * Ring::kMaxRecord <= Ring::kHalf);
  CHECK_EQ(Ring::kHalf % kRecordAlignment, 0u);
  // Positions are taken modulo 2^32.
  CHECK_EQ((std::uint64_t{1} << 32) % Ring::kCapacity, 0u);
}

}  // namespace
}  // namespace dllogger
