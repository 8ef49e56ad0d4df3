// The writer when code other than the producer has written into its ring.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "support/check.h"
#include "support/child.h"
#include "support/logged_steps.h"
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
    LoggedSteps log(dir / "log");
    log.producer.Hide();
    for (int step = 0; step < 10; ++step) {
      const std::uint32_t start = log.producer.Position();
      const std::size_t length = log.text.size();
      log.Log();
      if (step % 4 != 1) continue;
      // The record's step becomes a text that would reach far beyond the record.
      const std::uint64_t word = TagWord(Tag::kLatin1, 1000);
      std::memcpy(RingAt(*log.writer, start) + sizeof(RecordHeader) + 16, &word, sizeof(word));
      log.text.resize(length);
    }
    log.producer.Show();
    // A flush reports the damage once.
    CHECK(log.Flush().IsDamaged());
    CHECK_EQ(log.Flush().error, 0);
    CHECK_EQ(log.writer->GetStats().dropped, 3u);
    CHECK_EQ(log.writer->GetStats().records, 7u);
    // The damage is printed at once, and again with the number of records at the end.
    const std::string said = ReadFile(dir / "errors");
    CHECK(said.find("damaged") != std::string::npos);
    CHECK_EQ(std::count(said.begin(), said.end(), '\n'), 1);
    CHECK_EQ(log.writer->Close().error, 0);
    CHECK(ReadFile(dir / "errors").find("3 records") != std::string::npos);
    CHECK_EQ(ReadFile(dir / "log"), log.text);
  });
}

TEST(WriterDamage, DamageLeavesOutButNeverInventsARecord) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    LoggedSteps log(dir / "log");
    ShapeOf first({"first"});
    ShapeOf second({"second"});
    std::vector<std::string> lines;
    const auto add = [&](ShapeOf* shape) {
      log.text.clear();
      log.Log(shape);
      lines.push_back(log.text);
    };
    // Reaches the second half, whose first shape gets the id of the first half's first shape: so
    // many definitions are not copied.
    log.producer.Hide();
    add(&first);
    CHECK_EQ(log.producer.IdOf(first), 1u);
    for (int i = 0; i < 16; ++i) {
      ShapeOf other({"other" + std::to_string(i)});
      add(&other);
    }
    add(&first);
    const std::uint32_t damaged = log.producer.Position();
    while (Ring::UntilHalfEnd(log.producer.Position()) >= 112) add(&first);
    add(&second);
    CHECK(log.producer.Position() > Ring::kHalf);
    CHECK_EQ(log.producer.IdOf(second), 1u);
    std::memset(RingAt(*log.writer, damaged), 0, sizeof(RecordHeader));
    log.producer.Show();
    CHECK(log.Flush().IsDamaged());
    CHECK(ReadFile(dir / "errors").find("damaged") != std::string::npos);
    CHECK_EQ(ReadFile(dir / "log").substr(0, lines[0].size() + lines[1].size()),
             lines[0] + lines[1]);
    // These records refer to a shape that the damaged part defined. A half without damage follows.
    for (int i = 0; i < 10; ++i) add(&second);
    CHECK_EQ(log.Flush().error, 0);
    while (log.producer.Position() < Ring::kCapacity) add(&second);
    CHECK_EQ(log.Flush().error, 0);
    const std::size_t undamaged = lines.size();
    for (int i = 0; i < 10; ++i) add(&first);
    CHECK_EQ(log.writer->Close().error, 0);

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

TEST(WriterDamage, ADamagedDefinitionDropsAndCountsItsRecords) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    LoggedSteps log(dir / "log");
    log.producer.Hide();
    log.Log(1000);
    // The definition counts one key more than it has.
    const std::uint64_t word = TagWord(Tag::kArray, 2);
    std::memcpy(RingAt(*log.writer, 0) + sizeof(RecordHeader), &word, sizeof(word));
    log.producer.Show();
    CHECK(log.Flush().IsDamaged());
    CHECK_EQ(log.writer->GetStats().dropped, 1000u);
    CHECK_EQ(log.writer->GetStats().records, 0u);
    CHECK_EQ(log.writer->Close().error, 0);
    CHECK(ReadFile(dir / "errors").find("1000 records") != std::string::npos);
  });
}

TEST(WriterDamage, AnOverwrittenHeadIsReportedAndAnOverwrittenTailDoesNoHarm) {
  for (const std::uint32_t wrong : {0u, 16u, 4096u, 1u << 19, 1u << 31, ~0u}) {
    for (const bool is_head : {true, false}) {
      const TempDir dir;
      RunInChild([&] {
        RedirectErrors(dir / "errors");
        LoggedSteps log(dir / "log");
        log.Log(100);
        CHECK_EQ(log.Flush().error, 0);
        auto* control = static_cast<RingControl*>(log.writer->Memory().get());
        (is_head ? control->head : control->tail) = wrong;
        // A head that differs from the producer's is damage; the writer does not read the tail.
        const Fault fault = log.Flush();
        CHECK_EQ(fault.IsDamaged(), is_head);
        static_cast<void>(log.writer->GetStats());
        if (!is_head) {
          log.Log();
          CHECK_EQ(log.Flush().error, 0);
        }
        CHECK_EQ(log.writer->Close().error, 0);
        CHECK_EQ(ReadFile(dir / "log"), log.text);
      });
    }
  }
}

}  // namespace
}  // namespace dllogger
