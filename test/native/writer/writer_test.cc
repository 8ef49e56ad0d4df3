#include "writer/writer.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/check.h"
#include "support/logged_steps.h"
#include "support/producer.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using Mode = LogFile::Mode;
using std::chrono::milliseconds;

bool BeginsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

void AwaitSleep(Writer* writer) {
  const Ring ring(writer->Memory().get());
  while (ring.ConsumerState() != Consumer::kAsleep) std::this_thread::sleep_for(milliseconds(1));
  // The writer announces its sleep under the mutex, and releases it when it sleeps.
  CHECK_EQ(writer->Flush(ring.Tail()).error, 0);
}

TEST(Writer, WritesWithoutAFlush) {
  const TempDir dir;
  LoggedSteps log(dir / "log");
  // While the writer still naps, and when it sleeps.
  for (int i = 0; i < 2; ++i) {
    log.Log();
    while (ReadFile(dir / "log") != log.text) std::this_thread::sleep_for(milliseconds(1));
    AwaitSleep(log.writer.get());
  }
  CHECK_EQ(log.writer->Close().error, 0);
}

TEST(Writer, FlushCoversTheRecordsBeforeThePosition) {
  const TempDir dir;
  LoggedSteps log(dir / "log");
  ShapeOf shape({"loss", "accuracy"});
  CHECK_EQ(log.writer->Flush(0).error, 0);
  for (int round = 0; round < 50; ++round) {
    log.Log(&shape, 1 + round * 10);
    const std::uint32_t position = log.producer.Position();
    const std::string before = log.text;
    log.Log(&shape, 3);
    CHECK_EQ(log.writer->Flush(position).error, 0);
    CHECK(BeginsWith(ReadFile(dir / "log"), before));
    // A second call has nothing to wait for.
    CHECK_EQ(log.writer->Flush(position).error, 0);
    CHECK_EQ(log.writer->WaitForRoom(position).error, 0);
  }
  CHECK_EQ(log.Flush().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
  CHECK_EQ(log.writer->Sync().error, 0);
  CHECK_EQ(log.writer->Close().error, 0);
}

TEST(Writer, CloseWritesTheRest) {
  const TempDir dir;
  LoggedSteps log(dir / "log");
  log.Log(5000);
  CHECK_EQ(log.writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
  // Calls after Close() do nothing.
  CHECK_EQ(log.writer->Close().error, 0);
  CHECK_EQ(log.Flush().error, 0);
  log.writer->CloseAtExit(Writer::Clock::now());
  CHECK_EQ(ReadFile(dir / "log"), log.text);
}

TEST(Writer, ClosesWithoutEverHavingWritten) {
  const TempDir dir;
  WriteFile(dir / "log", "old\n");
  const std::shared_ptr<Writer> asleep = OpenWriter(dir / "log", Mode::kAppend);
  AwaitSleep(asleep.get());
  CHECK_EQ(asleep->Close().error, 0);
  CHECK_EQ(OpenWriter(dir / "other")->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), "old\n");
  CHECK_EQ(ReadFile(dir / "other"), "");
}

TEST(Writer, WritesNullForNonFiniteNumbersOnDemand) {
  const TempDir dir;
  Writer::Options options;
  options.path = dir / "log";
  options.non_finite = NonFinite::kNull;
  const std::shared_ptr<Writer> writer = Writer::Open(options).writer;
  Producer producer(writer);
  ShapeOf shape({"loss"});
  std::string expected;
  CHECK_EQ(producer.Publish(StepRecord(0, shape, HUGE_VAL), &shape).error, 0);
  AppendStepLine(0, shape, "null", &expected);
  // The same for a record that does not go through the ring.
  ShapeOf wide({"loss", std::string(Ring::kMaxRecord, 'k')});
  CHECK_EQ(producer.Publish(StepRecord(1, wide, HUGE_VAL), &wide).error, 0);
  AppendStepLine(1, wide, "null", &expected);
  CHECK_EQ(writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), expected);
}

TEST(Writer, EachHalfDefinesTheShapesItUses) {
  const TempDir dir;
  LoggedSteps log(dir / "log");
  std::vector<ShapeOf> shapes;
  for (int i = 0; i < 700; ++i) {
    shapes.emplace_back(std::vector<std::string>{"key", "number " + std::to_string(i)});
  }
  // Fills the ring several times. Each half has other shapes, and other ids for shapes that come
  // again.
  for (int i = 0; i < 200; ++i) {
    for (std::size_t at = static_cast<std::size_t>(i); at < shapes.size(); at += 1 + at % 7) {
      log.Log(&shapes[at]);
    }
  }
  CHECK_EQ(log.writer->Close().error, 0);
  CHECK(log.producer.Position() > 2 * Ring::kCapacity);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
}

TEST(Writer, PositionsWrapPastTwoToThe32) {
  const TempDir dir;
  constexpr std::uint32_t kStart = 0u - 2 * Ring::kCapacity;
  Writer::Options options;
  options.path = dir / "log";
  options.ring_refusal = "a ring file says that the ring begins at 0";
  options.ring_start = kStart;
  LoggedSteps log(Writer::Open(options).writer);
  while (log.producer.Position() >= kStart || log.producer.Position() < Ring::kCapacity) {
    log.Log(1000);
    CHECK_EQ(log.writer->Flush(log.producer.Position() - 48 * 500).error, 0);
  }
  CHECK_EQ(log.writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
}

// A record with a text of `size` bytes, and its line.
Record RecordOfSize(std::size_t size, int step, const ShapeOf& shape, std::string* text) {
  RecordBuilder builder(Kind::kLog);
  builder.Times(1795391251000000.0 + step, step).Number(step);
  const std::string value(size - sizeof(RecordHeader) - 5 * 8 + 8, static_cast<char>('a' + step));
  const Record record = builder.Latin1(std::string_view(value).substr(8)).Build();
  CHECK_EQ(record.size(), size);
  AppendStepLine(step, shape, '"' + value.substr(8) + '"', text);
  return record;
}

TEST(Writer, TakesRecordsUpToAQuarterOfTheRingAndLarger) {
  const TempDir dir;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
  Producer producer(writer);
  ShapeOf shape({"text"});
  std::string expected;
  int step = 0;
  for (const std::size_t size :
       {std::size_t{64}, std::size_t{Ring::kMaxRecord - 16}, std::size_t{Ring::kMaxRecord},
        std::size_t{Ring::kMaxRecord}, std::size_t{Ring::kMaxRecord + 16}, std::size_t{64},
        std::size_t{Ring::kMaxRecord}, std::size_t{Ring::kHalf}, std::size_t{Ring::kCapacity},
        std::size_t{64}}) {
    const Record record = RecordOfSize(size, step++, shape, &expected);
    CHECK_EQ(producer.Publish(record, &shape).error, 0);
  }
  // Keys of that size, and a record under them.
  ShapeOf wide({std::string(Ring::kMaxRecord - 32, 'k')});
  for (int i = 0; i < 5; ++i, ++step) {
    CHECK_EQ(producer.Publish(StepRecord(step, wide, 1), &wide).error, 0);
    AppendStepLine(step, wide, "1", &expected);
  }
  CHECK_EQ(writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), expected);
}

TEST(Writer, WritesOversizedRecordsInOrder) {
  const TempDir dir;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
  Producer producer(writer);
  ShapeOf shape({"text"});
  std::string expected;
  for (int step = 0; step < 3; ++step) {
    const std::size_t size = step % 2 == 0 ? 64 : 20 << 20;
    const Record record = RecordOfSize(size, step, shape, &expected);
    CHECK_EQ(producer.Publish(record, &shape).error, 0);
  }
  CHECK_EQ(writer->Flush(producer.Position()).error, 0);
  CHECK(ReadFile(dir / "log") == expected);
  // Metadata has no shape.
  RecordBuilder metadata(Kind::kMetadata);
  metadata.Times(0, 0).Latin1("m").Latin1(std::string(Ring::kMaxRecord, 'x'));
  CHECK_EQ(producer.Publish(metadata.Build()).error, 0);
  expected +=
      "DLLL {\"timestamp\": \"0.0\", \"elapsedtime\": \"0.0\", \"datetime\": \"1970-01-01 "
      "00:00:00+00:00\", \"type\": \"METADATA\", \"metric\": \"m\", \"metadata\": \"" +
      std::string(Ring::kMaxRecord, 'x') + "\"}\n";
  CHECK_EQ(writer->Close().error, 0);
  CHECK(ReadFile(dir / "log") == expected);
}

TEST(Writer, RefusesAnOversizedRecordThatIsDamaged) {
  const TempDir dir;
  LoggedSteps log(dir / "log");
  log.Log();
  const Record definition = ShapeRecord(1, {"a"});
  const Record good = RecordBuilder(Kind::kLog, 1).Times(0, 0).Number(0).Number(1).Build();
  const Record bad = RecordBuilder(Kind::kLog, 2).Times(0, 0).Number(0).Number(1).Build();
  const auto bytes = [](const Record& record) { return RecordPiece{record.data(), record.size()}; };
  // Nothing of a refused record is published.
  CHECK(log.writer->WriteOversized(1, {bytes(definition), bytes(good), bytes(bad)}).IsDamaged());
  CHECK(log.writer->WriteOversized(2, {bytes(good)}).IsDamaged());
  log.Log();
  CHECK_EQ(log.Flush().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
  CHECK(log.writer->WriteOversized(3, {}).IsDamaged());
  CHECK_EQ(log.writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
}

TEST(Writer, ALogThatCannotBeOpenedIsAFault) {
  const TempDir dir;
  Writer::Options options;
  options.path = dir / "missing/log";
  const Writer::Opened opened = Writer::Open(options);
  CHECK(opened.writer == nullptr);
  CHECK_EQ(opened.fault.error, ENOENT);
  CHECK_EQ(opened.fault.call, "open");
}

std::string Line(const std::filesystem::path& path, const std::string& start) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (BeginsWith(line, start)) return line.substr(start.size());
  }
  return {};
}

int CountEntries(const char* directory) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

TEST(Writer, LeavesNoThreadDescriptorOrMemory) {
  if (access("/proc/self/task", R_OK) != 0) SKIP("there is no /proc");
  const TempDir dir;
  const int threads = CountEntries("/proc/self/task");
  const int descriptors = CountEntries("/proc/self/fd");
  for (int i = 0; i < 500; ++i) {
    std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
    const std::weak_ptr<void> memory = writer->Memory();
    const std::weak_ptr<Writer> gone = writer;
    {
      Producer producer(writer);
      ShapeOf shape({"loss"});
      CHECK_EQ(producer.Publish(StepRecord(i, shape, i), &shape).error, 0);
    }
    CHECK_EQ(writer->Close().error, 0);
    writer.reset();
    CHECK(memory.expired());
    CHECK(gone.expired());
    if (check::Failures() != 0) return;
  }
  // The system may list a joined thread for another moment.
  for (int i = 0; i < 1000 && CountEntries("/proc/self/task") > threads; ++i) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK_EQ(CountEntries("/proc/self/task"), threads);
  CHECK_EQ(CountEntries("/proc/self/fd"), descriptors);
}

TEST(Writer, AnIdleWriterDoesNotWakeUp) {
  if (access("/proc/self/task", R_OK) != 0) SKIP("there is no /proc");
  const TempDir dir;
  LoggedSteps log(dir / "log");
  log.Log(10);
  CHECK_EQ(log.Flush().error, 0);
  std::filesystem::path thread;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    if (Line(entry.path() / "comm", "") == "dllogger") thread = entry.path();
  }
  if (!CHECK(!thread.empty())) return;
  std::this_thread::sleep_for(milliseconds(1500));
  const std::string before = Line(thread / "status", "voluntary_ctxt_switches:");
  std::this_thread::sleep_for(milliseconds(1000));
  CHECK(!before.empty());
  CHECK_EQ(Line(thread / "status", "voluntary_ctxt_switches:"), before);
  CHECK_EQ(log.writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), log.text);
}

}  // namespace
}  // namespace dllogger
