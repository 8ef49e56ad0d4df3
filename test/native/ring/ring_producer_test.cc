#include "ring/ring_producer.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "platform/platform.h"
#include "ring/ring_reader.h"
#include "support/check.h"
#include "support/record_builder.h"

namespace dllogger {
namespace {

using Room = RingProducer::Room;

struct Fixture {
  std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  Ring ring{memory.get()};
  RingProducer producer{ring};

  RingProducer::ShapeNumber Define(const std::string& key) {
    const Record definition = ShapeRecord(1, {key});
    CHECK(producer.Reserve(static_cast<std::uint32_t>(definition.size())) == Room::kYes);
    return producer.Define(definition.data(), static_cast<std::uint32_t>(definition.size()));
  }
  // Publishes a record of 64 bytes with one value.
  void Log(RingProducer::ShapeNumber shape, double value = 0) {
    const double numbers[] = {1, value};
    producer.PublishNumbers(producer.IdOf(shape), 0, {1e15, 250}, 1, 1, numbers);
  }
  // Publishes records until `used` bytes of the half are taken.
  void Fill(RingProducer::ShapeNumber shape, std::uint32_t used) {
    while (producer.Head() - producer.HalfStart() < used) Log(shape);
  }
  // The text of the records that are published from a position on, as the writer makes it.
  std::string TextFrom(std::uint32_t position) {
    RingReader reader(&ring, NonFinite::kLiteral, {});
    reader.Seek(position);
    Text text;
    while (reader.Position() != ring.Head()) {
      if (reader.Read(ring.Head(), 1 << 20, &text)) break;
    }
    return std::string(text.Data(), text.Size());
  }
};

TEST(RingProducer, PublishesNumbersAsARecord) {
  Fixture f;
  const double numbers[] = {1, 2, 0.5, -0.0};
  f.producer.PublishNumbers(7, -3600, {1e15, 250}, 2, 2, numbers);
  CHECK_EQ(f.ring.Head(), 80u);
  RecordHeader header;
  std::memcpy(&header, f.ring.At(0), sizeof(header));
  CHECK_EQ(header.size, 80u);
  CHECK(header.kind == Kind::kLog);
  CHECK_EQ(header.shape, 7u);
  CHECK_EQ(header.utc_offset, -3600);
  RecordTimes times;
  std::memcpy(&times, f.ring.At(16), sizeof(times));
  CHECK_EQ(times.wall, 1e15);
  CHECK_EQ(times.elapsed, 250.0);
  const std::uint32_t step[] = {2, kTagBase + static_cast<std::uint32_t>(Tag::kArray)};
  CHECK(std::memcmp(f.ring.At(32), step, sizeof(step)) == 0);
  CHECK(std::memcmp(f.ring.At(40), numbers, sizeof(numbers)) == 0);
  // The padding overwrites what lay there before.
  std::memset(f.ring.Data(80), 0xff, 64);
  f.producer.PublishNumbers(7, 0, {1e15, 250}, 0, 0, numbers);
  CHECK_EQ(f.ring.Head(), 128u);
  std::uint64_t padding = 1;
  std::memcpy(&padding, f.ring.At(120), sizeof(padding));
  CHECK_EQ(padding, 0u);
}

TEST(RingProducer, EntersTheOtherHalfOnlyWhenTheConsumerHasLeftIt) {
  Fixture f;
  const auto shape = f.Define("loss");
  f.Fill(shape, Ring::kHalf - 48);
  CHECK(f.producer.Reserve(Ring::kHalf - (f.producer.Head() - f.producer.HalfStart())) ==
        Room::kYes);
  CHECK(f.producer.Reserve(64) == Room::kYes);
  CHECK_EQ(f.producer.HalfStart(), Ring::kHalf);
  // The consumer has read nothing yet, and is in the first half.
  f.Fill(shape, Ring::kHalf - 48);
  CHECK(f.producer.Reserve(64) == Room::kFull);
  f.ring.Release(Ring::kHalf - 16);
  CHECK(f.producer.Reserve(64) == Room::kFull);
  f.ring.Release(Ring::kHalf);
  CHECK(f.producer.Reserve(64) == Room::kYes);
  CHECK_EQ(f.producer.HalfStart(), Ring::kCapacity);
}

TEST(RingProducer, CopiesFewShapesIntoTheNextHalf) {
  Fixture f;
  std::vector<RingProducer::ShapeNumber> shapes;
  for (int i = 0; i < 16; ++i) shapes.push_back(f.Define("loss" + std::to_string(i)));
  f.Fill(shapes[3], Ring::kCapacity / 8);
  f.ring.Release(f.ring.Head());
  CHECK(f.producer.HasToLook());
  CHECK(!f.producer.Look());
  const std::uint32_t start = f.producer.HalfStart();
  CHECK_EQ(start, Ring::kHalf);
  for (const auto shape : shapes) CHECK(f.producer.IdOf(shape) != 0);
  f.Log(shapes[0], 0.5);
  f.Log(shapes[15], 0.25);
  const std::string text = f.TextFrom(start);
  CHECK(text.find("{\"loss0\": 0.5}") != std::string::npos);
  CHECK(text.find("{\"loss15\": 0.25}") != std::string::npos);
}

TEST(RingProducer, CopiesNeitherManyNorLargeShapes) {
  for (const bool is_large : {false, true}) {
    Fixture f;
    std::vector<RingProducer::ShapeNumber> shapes;
    for (int i = 0; i < (is_large ? 1 : 17); ++i) {
      shapes.push_back(f.Define(std::string(is_large ? 20000 : 1, 'a') + std::to_string(i)));
    }
    f.Fill(shapes[0], Ring::kCapacity / 8);
    f.ring.Release(f.ring.Head());
    // With many or large definitions the producer uses up the half first.
    CHECK(!f.producer.Look());
    CHECK_EQ(f.producer.HalfStart(), 0u);
    f.Fill(shapes[0], Ring::kHalf - 48);
    f.ring.Release(f.ring.Head());
    CHECK(f.producer.Reserve(64) == Room::kYes);
    CHECK_EQ(f.producer.HalfStart(), Ring::kHalf);
    for (const auto shape : shapes) CHECK_EQ(f.producer.IdOf(shape), 0u);
    // Shapes that are defined anew have other numbers; few of them are copied again.
    const auto again = f.Define("loss");
    CHECK(again > shapes.back());
    f.Log(again, 0.5);
    CHECK(f.TextFrom(Ring::kHalf).find("{\"loss\": 0.5}") != std::string::npos);
  }
}

TEST(RingProducer, CopiesNoShapesWhereARecordNeedsTheWholeHalf) {
  Fixture f;
  const auto shape = f.Define("loss");
  f.Fill(shape, Ring::kCapacity / 8);
  f.ring.Release(f.ring.Head());
  CHECK(f.producer.Reserve(Ring::kHalf) == Room::kYes);
  CHECK_EQ(f.producer.Head(), Ring::kHalf);
  CHECK_EQ(f.producer.IdOf(shape), 0u);
}

TEST(RingProducer, StaysInAHalfWhoseConsumerIsFarBehind) {
  Fixture f;
  const auto shape = f.Define("loss");
  f.Fill(shape, Ring::kCapacity / 8);
  CHECK(!f.producer.Look());
  f.Fill(shape, Ring::kCapacity / 4);
  CHECK(f.producer.HasToLook());
  // A quarter of the ring is unread: a napping consumer must be woken.
  CHECK(f.producer.Look());
  CHECK_EQ(f.producer.HalfStart(), 0u);
}

TEST(RingProducer, DropsWhileTheFaultOfAWaitLasts) {
  Fixture f;
  const auto shape = f.Define("loss");
  f.Fill(shape, Ring::kHalf - 48);
  CHECK(f.producer.Reserve(64) == Room::kYes);
  f.Fill(shape, Ring::kHalf - 48);
  f.ring.AnnounceFaults(1, true);
  CHECK(f.producer.Reserve(64) == Room::kFull);
  f.producer.BeginWait();
  f.producer.EndWait(true);
  CHECK(f.producer.Reserve(64) == Room::kDropped);
  CHECK(f.producer.Reserve(64) == Room::kDropped);
  CHECK_EQ(f.ring.Dropped(), 2u);
  // A record that still fits is taken.
  CHECK(f.producer.Reserve(16) == Room::kYes);
  // After another fault, its end, or with room again, the caller has to wait anew.
  f.ring.AnnounceFaults(2, true);
  CHECK(f.producer.Reserve(64) == Room::kFull);
  f.ring.AnnounceFaults(1, false);
  CHECK(f.producer.Reserve(64) == Room::kFull);
  f.ring.AnnounceFaults(1, true);
  f.ring.Release(Ring::kHalf);
  CHECK(f.producer.Reserve(64) == Room::kFull);
  f.producer.BeginWait();
  f.producer.EndWait(false);
  CHECK(f.producer.Reserve(64) == Room::kYes);
  CHECK_EQ(f.producer.HalfStart(), Ring::kCapacity);
}

TEST(RingProducer, PositionsWrapPastTwoToThe32) {
  const std::shared_ptr<void> memory = platform::MapMemory(Ring::kMemorySize);
  Ring ring(memory.get());
  constexpr std::uint32_t kStart = 0u - Ring::kHalf;
  ring.Publish(kStart);
  ring.Release(kStart);
  RingProducer producer(ring);
  CHECK_EQ(producer.HalfStart(), kStart);
  CHECK(producer.Reserve(Ring::kHalf) == Room::kYes);
  producer.EnterNextHalf();
  CHECK_EQ(producer.HalfStart(), 0u);
  CHECK_EQ(ring.Head(), 0u);
}

TEST(RingProducer, MendsAHeadThatOtherCodeHasMoved) {
  Fixture f;
  const auto shape = f.Define("loss");
  f.Log(shape);
  const std::uint32_t head = f.ring.Head();
  CHECK(f.producer.IsIntact());
  f.ring.Publish(head + 4096);
  CHECK(!f.producer.IsIntact());
  f.producer.Mend();
  CHECK_EQ(f.ring.Head(), head);
}

}  // namespace
}  // namespace dllogger
