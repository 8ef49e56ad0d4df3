// The writer when somebody has written into its ring who should not.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "child.h"
#include "producer.h"
#include "temp_dir.h"
#include "writer.h"

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
        // Its step is a text that would reach far beyond it.
        const std::uint64_t word = TagWord(Tag::kLatin1, 1000);
        std::memcpy(RingAt(*writer, start) + sizeof(RecordHeader) + 16, &word, sizeof(word));
      } else {
        AppendStepLine(step, shape, "1", &expected);
      }
    }
    producer.Show();
    CHECK_EQ(writer->Close().error, 0);
    CHECK_EQ(ReadFile(dir / "log"), expected);
    // Said once: who writes where he should not does so often.
    const std::string said = ReadFile(dir / "errors");
    CHECK(said.find("damaged") != std::string::npos);
    CHECK_EQ(std::count(said.begin(), said.end(), '\n'), 1);
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
    // Into the second half, whose first shape has the same id as that of the first half.
    producer.Hide();
    log(&first);
    log(&first);
    const std::uint32_t damaged = producer.Position();
    while (Ring::UntilHalfEnd(producer.Position()) >= 112) log(&first);
    log(&second);
    CHECK(producer.Position() > Ring::kHalf);
    CHECK_EQ(second.id, first.id);
    std::memset(RingAt(*writer, damaged), 0, sizeof(RecordHeader));
    producer.Show();
    CHECK_EQ(writer->Flush(producer.Position()).error, 0);
    CHECK(ReadFile(dir / "errors").find("damaged") != std::string::npos);
    CHECK_EQ(ReadFile(dir / "log").substr(0, lines[0].size() + lines[1].size()),
             lines[0] + lines[1]);
    // These refer to what the damaged part defined. Then a half without damage.
    for (int i = 0; i < 10; ++i) log(&second);
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

}  // namespace
}  // namespace dllogger
