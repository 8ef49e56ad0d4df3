// A log that is cut at every byte of its last two records, as a killed writer could leave it, with
// its ring and without it. Opening the log repairs it.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "log/recover.h"
#include "ring/ring_file.h"
#include "support/append.h"
#include "support/check.h"
#include "support/producer.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

constexpr int kRecords = 5;

// The lines of records 0..4, and the offset of each.
struct Lines {
  Lines() {
    for (int step = 0; step < kRecords; ++step) {
      starts[step] = static_cast<std::int64_t>(text.size());
      AppendStepLine(step, shape, "1", &text);
    }
    starts[kRecords] = static_cast<std::int64_t>(text.size());
  }
  std::string Cut(std::int64_t size) const {
    return text.substr(0, static_cast<std::size_t>(size));
  }

  ShapeOf shape{{"loss"}};
  std::string text;
  std::int64_t starts[kRecords + 1] = {};
};

TEST(TornTail, WithoutARingTheUnfinishedRecordIsKept) {
  const Lines lines;
  const TempDir dir(MemoryDisk());
  for (std::int64_t size = lines.starts[kRecords - 2]; size <= lines.starts[kRecords]; ++size) {
    WriteFile(dir / "log", lines.Cut(size));
    Age(dir / "log");
    const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
    std::string expected = lines.Cut(size);
    if (expected.back() != '\n') expected += '\n';
    CHECK_EQ(ReadFile(dir / "log"), expected);
    Producer producer(writer);
    ShapeOf shape = lines.shape;
    CHECK_EQ(producer.Publish(StepRecord(9, shape, 2), &shape).error, 0);
    CHECK_EQ(writer->Close().error, 0);
    AppendStepLine(9, shape, "2", &expected);
    CHECK_EQ(ReadFile(dir / "log"), expected);
  }
}

// Makes a dead ring with all the records. Those from `tail` to `end` were being written.
void LeaveRing(const std::string& path, int tail, int end) {
  const Lines lines;
  LogFile log;
  CHECK(!log.Open(path, LogFile::Mode::kAppend));
  RingFile::Options options;
  options.log_path = path;
  options.log = log.Id();
  const std::unique_ptr<RingFile> file = RingFile::Create(options);
  CHECK_EQ(file->Reason(), "");
  auto* data = static_cast<std::uint8_t*>(file->Memory().get()) + Ring::kDataOffset;
  std::uint32_t position = 0;
  const auto put = [&](Record record) {
    RecordHeader header = HeaderOf(record);
    header.shape = 1;
    SetHeader(header, &record);
    std::memcpy(data + position, record.data(), record.size());
    position += static_cast<std::uint32_t>(record.size());
  };
  put(ShapeRecord(1, lines.shape.keys));
  Commit commit;
  commit.log = log.Id();
  commit.offset = lines.starts[tail];
  for (int step = 0; step <= kRecords; ++step) {
    if (step == tail) commit.tail = position;
    if (step == end) commit.end = position;
    if (step < kRecords) put(StepRecord(step, lines.shape, 1));
  }
  Ring(file->Memory().get()).Publish(position);
  file->Write(commit);
}

// Checks a log whose writer was killed while it wrote these records.
void CheckRecovers(const TempDir& dir, int tail, int end, std::int64_t size) {
  const Lines lines;
  const std::string path = dir / "log";
  WriteFile(path, "");
  LeaveRing(path, tail, end);
  WriteFile(path, lines.Cut(size));
  Age(path);
  Recovery recovery;
  CHECK_EQ(RecoverPath(path, &recovery).error, 0);
  CHECK_EQ(recovery.left.size(), 0u);
  CHECK_EQ(ReadFile(path), lines.text);
  Recovery again;
  CHECK_EQ(RecoverPath(path, &again).error, 0);
  CHECK_EQ(again.records + again.unfinished, 0u);
  CHECK_EQ(ReadFile(path), lines.text);
}

TEST(TornTail, WithItsRingNothingIsMissing) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  // A sanitizer checks code paths: some of the cuts reach all of them.
  const int stride = check::kSanitizer ? 7 : 1;
  const Lines lines;
  const TempDir dir(MemoryDisk());
  for (int tail = 0; tail < kRecords; ++tail) {
    for (int end = tail; end <= kRecords; ++end) {
      // Nothing before the batch can be missing, and nothing behind it can be there.
      const std::int64_t first = std::max(lines.starts[tail], lines.starts[kRecords - 2]);
      for (std::int64_t size = first; size <= lines.starts[end]; size += stride) {
        CheckRecovers(dir, tail, end, size);
      }
      CheckRecovers(dir, tail, end, lines.starts[tail]);
    }
  }
}

}  // namespace
}  // namespace dllogger
