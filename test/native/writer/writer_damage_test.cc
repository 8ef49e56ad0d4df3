// The writer when code other than the producer has written into its ring.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "support/check.h"
#include "support/child.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

// The ring's bytes at a position.
std::uint8_t* RingAt(const Writer& writer, std::uint32_t position) {
  return static_cast<std::uint8_t*>(writer.Memory().get()) + Ring::kDataOffset +
         position % Ring::kCapacity;
}

TEST(WriterDamage, ADamagedRecordThatKeepsItsLengthIsLeftOutAlone) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
    Producer producer(writer);
    ShapeOf shape({"loss"});
    std::string expected;
    producer.Hide();
    for (int step = 0; step < 10; ++step) {
      const std::uint32_t start = producer.Position();
      const Record record = StepRecord(step, shape, 1);
      CHECK_EQ(producer.Publish(record, &shape).error, 0);
      if (step % 4 == 1) {
        // The record's step becomes a text that would reach far beyond the record.
        const std::uint64_t word = TagWord(Tag::kLatin1, 1000);
        std::memcpy(RingAt(*writer, start) + sizeof(RecordHeader) + 16, &word, sizeof(word));
      } else {
        AppendStepLine(step, shape, "1", &expected);
      }
    }
    producer.Show();
    // A flush reports the damage once.
    CHECK(writer->Flush(producer.Position()).IsDamaged());
    CHECK_EQ(writer->Flush(producer.Position()).error, 0);
    CHECK_EQ(writer->GetStats().dropped, 3u);
    CHECK_EQ(writer->GetStats().records, 7u);
    // Printed at once, and with the number of records at the end.
    const std::string said = ReadFile(dir / "errors");
    CHECK(said.find("damaged") != std::string::npos);
    CHECK_EQ(std::count(said.begin(), said.end(), '\n'), 1);
    CHECK_EQ(writer->Close().error, 0);
    CHECK(ReadFile(dir / "errors").find("3 records") != std::string::npos);
    CHECK_EQ(ReadFile(dir / "log"), expected);
  });
}

TEST(WriterDamage, DamageLeavesOutButNeverInventsARecord) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
    Producer producer(writer);
    ShapeOf first({"first"});
    ShapeOf second({"second"});
    std::vector<std::string> lines;
    const auto log = [&](ShapeOf* shape) {
      const int step = static_cast<int>(lines.size());
      CHECK_EQ(producer.Publish(StepRecord(step, *shape, step), shape).error, 0);
      AppendStepLine(step, *shape, std::to_string(step), &lines.emplace_back());
    };
    // Reaches the second half, whose first shape gets the id of the first half's first shape: so
    // many definitions are not copied.
    producer.Hide();
    log(&first);
    CHECK_EQ(producer.IdOf(first), 1u);
    for (int i = 0; i < 16; ++i) {
      ShapeOf other({"other" + std::to_string(i)});
      log(&other);
    }
    log(&first);
    const std::uint32_t damaged = producer.Position();
    while (Ring::UntilHalfEnd(producer.Position()) >= 112) log(&first);
    log(&second);
    CHECK(producer.Position() > Ring::kHalf);
    CHECK_EQ(producer.IdOf(second), 1u);
    std::memset(RingAt(*writer, damaged), 0, sizeof(RecordHeader));
    producer.Show();
    CHECK(writer->Flush(producer.Position()).IsDamaged());
    CHECK(ReadFile(dir / "errors").find("damaged") != std::string::npos);
    CHECK_EQ(ReadFile(dir / "log").substr(0, lines[0].size() + lines[1].size()),
             lines[0] + lines[1]);
    // These refer to a shape that the damaged part defined. A half without damage follows.
    for (int i = 0; i < 10; ++i) log(&second);
    CHECK_EQ(writer->Flush(producer.Position()).error, 0);
    while (producer.Position() < Ring::kCapacity) log(&second);
    CHECK_EQ(writer->Flush(producer.Position()).error, 0);
    const std::size_t undamaged = lines.size();
    for (int i = 0; i < 10; ++i) log(&first);
    CHECK_EQ(writer->Close().error, 0);

    const std::string text = ReadFile(dir / "log");
    std::string last;
    for (std::size_t i = undamaged; i < lines.size(); ++i) last += lines[i];
    CHECK_EQ(text.substr(text.size() - std::min(text.size(), last.size())), last);
    std::size_t at = 0;
    for (const std::string& line : lines) {
      if (text.compare(at, line.size(), line) == 0) at += line.size();
    }
    // Each line is one that was logged, in order.
    CHECK_EQ(text.substr(at, 200), "");
  });
}

TEST(WriterDamage, ADefinitionThatIsDamagedLosesARecordForEachOfItsRecords) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
    Producer producer(writer);
    ShapeOf shape({"loss"});
    producer.Hide();
    for (int step = 0; step < 1000; ++step) {
      CHECK_EQ(producer.Publish(StepRecord(step, shape, 1), &shape).error, 0);
    }
    // The definition counts one key more than it has.
    const std::uint64_t word = TagWord(Tag::kArray, 2);
    std::memcpy(RingAt(*writer, 0) + sizeof(RecordHeader), &word, sizeof(word));
    producer.Show();
    CHECK(writer->Flush(producer.Position()).IsDamaged());
    CHECK_EQ(writer->GetStats().dropped, 1000u);
    CHECK_EQ(writer->GetStats().records, 0u);
    CHECK_EQ(writer->Close().error, 0);
    CHECK(ReadFile(dir / "errors").find("1000 records") != std::string::npos);
  });
}

TEST(WriterDamage, ControlWordsThatOthersOverwriteAreNoticed) {
  for (const std::uint32_t wrong : {0u, 16u, 4096u, 1u << 19, 1u << 31, ~0u}) {
    for (const bool is_head : {true, false}) {
      const TempDir dir;
      RunInChild([&] {
        RedirectErrors(dir / "errors");
        const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
        Producer producer(writer);
        ShapeOf shape({"loss"});
        std::string expected;
        for (int step = 0; step < 100; ++step) {
          CHECK_EQ(producer.Publish(StepRecord(step, shape, 1), &shape).error, 0);
          AppendStepLine(step, shape, "1", &expected);
        }
        CHECK_EQ(writer->Flush(producer.Position()).error, 0);
        auto* control = static_cast<RingControl*>(writer->Memory().get());
        (is_head ? control->head : control->tail) = wrong;
        // A head that differs from the producer's is damage; the writer does not read the tail.
        const Fault fault = writer->Flush(producer.Position());
        CHECK_EQ(fault.IsDamaged(), is_head);
        static_cast<void>(writer->GetStats());
        if (!is_head) {
          CHECK_EQ(producer.Publish(StepRecord(100, shape, 1), &shape).error, 0);
          AppendStepLine(100, shape, "1", &expected);
          CHECK_EQ(writer->Flush(producer.Position()).error, 0);
        }
        CHECK_EQ(writer->Close().error, 0);
        CHECK_EQ(ReadFile(dir / "log"), expected);
      });
    }
  }
}

}  // namespace
}  // namespace dllogger
