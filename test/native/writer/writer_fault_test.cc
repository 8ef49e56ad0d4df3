// The writer when the disk is full, memory runs out or the process ends.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "log/dead_log.h"
#include "log/tail.h"
#include "support/check.h"
#include "support/child.h"
#include "support/failing_realloc.h"
#include "support/json_lines.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

using std::chrono::milliseconds;

// An open log, with the published records and the expected content.
class Log {
 public:
  explicit Log(const std::string& path)
      : path_(path), writer_(OpenWriter(path)), producer_(writer_), shape_({"loss"}) {}

  // False when the record was refused.
  bool Add() {
    if (producer_.Publish(StepRecord(step_, shape_, 1), &shape_)) return false;
    AppendStepLine(step_++, shape_, "1", &expected_);
    return true;
  }
  void Add(int count) {
    for (int i = 0; i < count; ++i) CHECK(Add());
  }
  // Adds a record with a text that takes `size` characters in JSON, six for each of its own.
  Fault AddText(std::size_t size) {
    ShapeOf shape({"text"});
    RecordBuilder builder(Kind::kLog);
    builder.Times(1795391251000000.0 + step_, step_).Number(step_);
    builder.Latin1(std::string(size / 6, '\1'));
    const Fault fault = producer_.Publish(builder.Build(), &shape);
    if (fault) return fault;
    std::string value = "\"";
    value.append(Escapes(size / 6));
    AppendStepLine(step_++, shape, value + '"', &expected_);
    return {};
  }

  // Adds a record of `size` bytes in memory, which is not among the expected ones.
  Fault AddBytes(std::size_t size) {
    ShapeOf shape({"text"});
    RecordBuilder builder(Kind::kLog);
    builder.Times(1795391251000000.0, 0).Number(0).Latin1(std::string(size, 'x'));
    return producer_.Publish(builder.Build(), &shape);
  }

  int FlushError() { return writer_->Flush(producer_.Position()).error; }

  // Checks that the file holds the first published records, and not all. The last line may be
  // unfinished: it is not taken back while another process has the file open.
  void CheckHoldsTheFirst() const {
    const std::string text = ReadFile(path_);
    CHECK(text.size() < expected_.size());
    CHECK_EQ(text, expected_.substr(0, text.size()));
  }
  void CheckHoldsAll() const { CHECK_EQ(ReadFile(path_), expected_); }

  const std::string& Expected() const { return expected_; }
  dllogger::Writer& Writer() { return *writer_; }
  dllogger::Producer& Producer() { return producer_; }

 private:
  std::string path_;
  std::shared_ptr<dllogger::Writer> writer_;
  dllogger::Producer producer_;
  ShapeOf shape_;
  int step_ = 0;
  std::string expected_;
};

TEST(WriterFault, FlushReportsAFullDiskAndNothingIsLost) {
  const TempDir dir;
  RunInChild([&] {
    Log log(dir / "log");
    log.Add(3);
    CHECK_EQ(log.FlushError(), 0);
    {
      const FullDisk full(1000);
      log.Add(100);
      for (int i = 0; i < 3; ++i) {
        const Fault fault = log.Writer().Flush(log.Producer().Position());
        CHECK_EQ(fault.error, EFBIG);
        CHECK_EQ(fault.call, "write");
        log.CheckHoldsTheFirst();
        log.Add(1);
      }
    }
    CHECK_EQ(log.FlushError(), 0);
    log.CheckHoldsAll();
    log.Add(100);
    CHECK_EQ(log.Writer().Close().error, 0);
    log.CheckHoldsAll();
  });
}

// Number of write calls of this process, where the system counts them.
std::int64_t WriteCalls() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  std::int64_t count = 0;
  while (counters >> name >> count) {
    if (name == "syscw:") return count;
  }
  return 0;
}

TEST(WriterFault, AFullRingRefusesAtOnceUntilTheDiskHeals) {
  const TempDir dir;
  RunInChild([&] {
    Log log(dir / "log");
    for (int round = 0; round < 3; ++round) {
      {
        const FullDisk full(log.Expected().size() + 100000);
        while (log.Add()) continue;
        // None of these calls waits for an attempt of the writer, or causes one.
        const int refusals = check::Scaled(10000);
        const std::int64_t before = WriteCalls();
        for (int i = 0; i < refusals; ++i) CHECK(!log.Add());
        CHECK(WriteCalls() - before < refusals / 10);
        CHECK_EQ(log.FlushError(), EFBIG);
        log.CheckHoldsTheFirst();
      }
      CHECK_EQ(log.FlushError(), 0);
      log.CheckHoldsAll();
      log.Add(10);
    }
    CHECK_EQ(log.Writer().Close().error, 0);
    log.CheckHoldsAll();
  });
}

TEST(WriterFault, WritesTheRestWithoutACallOnceTheDiskHeals) {
  const TempDir dir;
  RunInChild([&] {
    Log log(dir / "log");
    {
      const FullDisk full(1000);
      log.Add(100);
      CHECK_EQ(log.FlushError(), EFBIG);
      std::this_thread::sleep_for(milliseconds(50));
    }
    while (ReadFile(dir / "log") != log.Expected()) std::this_thread::sleep_for(milliseconds(5));
    CHECK_EQ(log.Writer().Close().error, 0);
  });
}

TEST(WriterFault, AFailedCloseMayBeRepeatedAndTheLogContinues) {
  const TempDir dir;
  RunInChild([&] {
    Log log(dir / "log");
    {
      const FullDisk full(1000);
      log.Add(100);
      CHECK_EQ(log.Writer().Close().error, EFBIG);
      CHECK_EQ(log.Writer().Close().error, EFBIG);
      log.Add(100);
      log.CheckHoldsTheFirst();
    }
    log.Add(100);
    CHECK_EQ(log.FlushError(), 0);
    log.CheckHoldsAll();
    log.Add(1);
    CHECK_EQ(log.Writer().Close().error, 0);
    log.CheckHoldsAll();
  });
}

TEST(WriterFault, AnOversizedRecordIsKeptInTheOverflowOrRefused) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    constexpr std::size_t kOversized = 8 << 20;
    Log log(dir / "log");
    log.Add(2);
    CHECK_EQ(log.FlushError(), 0);
    const std::string ring = RingsIn(dir).at(0);
    {
      // The disk has room for two records as they lie in memory, and not for the text of one.
      const FullDisk full(4 << 20);
      CHECK_EQ(log.AddText(kOversized).error, 0);
      log.Add(2);
      CHECK_EQ(log.FlushError(), EFBIG);
      CHECK_EQ(log.AddText(kOversized).error, 0);
      log.Add(1);
      CHECK_EQ(log.AddText(kOversized).error, EFBIG);
      log.Add(2);
      CHECK_EQ(log.FlushError(), EFBIG);
      log.CheckHoldsTheFirst();
      const Writer::Stats stats = log.Writer().GetStats();
      CHECK_EQ(stats.records, 9u);
      CHECK_EQ(stats.unsaved, 7u);
      CHECK_EQ(stats.dropped, 1u);
      CHECK_EQ(stats.faults, 1u);
      CHECK(std::filesystem::file_size(ring) > Ring::kMemorySize);
    }
    CHECK_EQ(log.FlushError(), 0);
    log.CheckHoldsAll();
    CHECK_EQ(log.AddText(kOversized).error, 0);
    log.Add(2);
    CHECK_EQ(log.FlushError(), 0);
    log.CheckHoldsAll();
    // The overflow's space is released.
    while (std::filesystem::file_size(ring) != Ring::kMemorySize) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    CHECK_EQ(log.Writer().GetStats().unsaved, 0u);
    CHECK_EQ(log.Writer().Close().error, 0);
  });
}

TEST(WriterFault, AtExitSaysOnceHowMuchIsLostAndKeepsTrying) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    Log log(dir / "log");
    {
      const FullDisk full(1000);
      log.Add(100);
      CHECK_EQ(log.FlushError(), EFBIG);
      const std::string text = ReadFile(dir / "log");
      const auto saved = std::count(text.begin(), text.end(), '\n');
      const auto start = Writer::Clock::now();
      log.Writer().CloseAtExit(start + milliseconds(100));
      CHECK(Writer::Clock::now() - start >= milliseconds(100));
      const std::string said = ReadFile(dir / "errors");
      const std::string begin = "dllogger: " + std::to_string(100 - saved) + " records ";
      CHECK_EQ(said.substr(0, begin.size()), begin);
      CHECK(said.find(dir / "log") != std::string::npos);
      CHECK(said.find(std::strerror(EFBIG)) != std::string::npos);
      CHECK_EQ(std::count(said.begin(), said.end(), '\n'), 1);
      log.Writer().CloseAtExit(start + milliseconds(300));
      CHECK_EQ(ReadFile(dir / "errors"), said);
    }
    while (ReadFile(dir / "log") != log.Expected()) std::this_thread::sleep_for(milliseconds(5));
  });
}

TEST(WriterFault, AtExitAFullDiskThatHealsInTimeLosesNothing) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    Log log(dir / "log");
    std::thread healer;
    {
      const FullDisk full(1000);
      log.Add(100);
      CHECK_EQ(log.FlushError(), EFBIG);
      healer =
          std::thread([&] { log.Writer().CloseAtExit(Writer::Clock::now() + Writer::kExitGrace); });
      std::this_thread::sleep_for(milliseconds(100));
    }
    healer.join();
    log.CheckHoldsAll();
    CHECK_EQ(ReadFile(dir / "errors"), "");
  });
}

TEST(WriterFault, AtExitALogThatFailsTakesNoTimeFromTheOthers) {
  const TempDir dir;
  Child child([&](const Signals&) {
    RedirectErrors(dir / "errors");
    Log failing(dir / "failing");
    Log healthy(dir / "healthy");
    failing.Add(100);
    CHECK_EQ(failing.FlushError(), 0);
    // Only this file may not grow.
    const FullDisk full(failing.Expected().size());
    failing.Add(100);
    CHECK_EQ(failing.FlushError(), EFBIG);
    healthy.Add(10);
    std::exit(check::Failures() == 0 ? 0 : 1);
  });
  child.Join();
  CHECK_EQ(WholeLines(ReadFile(dir / "healthy")), ReadFile(dir / "healthy").size());
  const std::string text = ReadFile(dir / "healthy");
  CHECK_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  const std::string said = ReadFile(dir / "errors");
  CHECK(said.find("/failing") != std::string::npos);
  CHECK_EQ(said.find("/healthy"), std::string::npos);
}

TEST(WriterFault, AWriterThatWasGivenUpReleasesItsFileOnceTheDiskHeals) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    std::string expected;
    {
      Log log(dir / "log");
      const FullDisk full(1000);
      log.Add(100);
      CHECK_EQ(log.FlushError(), EFBIG);
      log.Writer().CloseAtExit(Writer::Clock::now());
      expected = log.Expected();
    }
    while (ReadFile(dir / "log") != expected) std::this_thread::sleep_for(milliseconds(5));
    // The writer's locks are released: emptying a log needs a lock of all writers' bytes.
    CHECK_EQ(OpenWriter(dir / "log")->Close().error, 0);
    CHECK(RingsIn(dir).empty());
  });
}

TEST(WriterFault, ARecordTooLargeForTheOverflowIsDroppedAndCounted) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    Log log(dir / "log");
    {
      const FullDisk full(1000);
      log.Add(10);
      CHECK_EQ(log.FlushError(), EFBIG);
      CHECK(log.AddBytes(kMaxOverflow));
      log.Add(1);
      CHECK_EQ(log.Writer().GetStats().dropped, 1u);
      CHECK_EQ(log.Writer().GetStats().unsaved > 0, true);
    }
    CHECK_EQ(log.FlushError(), 0);
    log.CheckHoldsAll();
    CHECK_EQ(log.Writer().Close().error, 0);
    CHECK(ReadFile(dir / "errors").find("1 record was dropped") != std::string::npos);
  });
}

TEST(WriterFault, TheExitOfTheProcessWritesTheRest) {
  const TempDir dir;
  std::string expected;
  {
    Child child([&](const Signals&) {
      // The writers are open when the process ends: exit() runs no destructor of a local variable.
      Log one(dir / "one");
      Log two(dir / "two");
      one.Add(3000);
      two.Add(3000);
      WriteFile(dir / "expected", one.Expected());
      std::exit(check::Failures() == 0 ? 0 : 1);
    });
    child.Join();
  }
  CHECK_EQ(ReadFile(dir / "one"), ReadFile(dir / "expected"));
  CHECK_EQ(ReadFile(dir / "two"), ReadFile(dir / "expected"));
}

TEST(WriterFault, MemoryThatRunsOutIsAFaultThatHeals) {
  if (!FailingRealloc::kIsSupported) SKIP("malloc cannot be made to fail here");
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    int faults = 0;
    for (int nth = 1;; ++nth) {
      Log log(dir / "log");
      const FailingRealloc failing(nth);
      // Records with the definitions of their shapes: alone or behind another record, at the start
      // of a half or later. An oversized and a large record follow each.
      for (int step = 0; step < 2; ++step) {
        log.Producer().Hide();
        log.Add(step);
        // The oversized record is a batch of its own, whose memory is freed before the second.
        CHECK_EQ(log.AddText(540000).error, 0);
        CHECK_EQ(log.AddText(150000).error, 0);
        log.Producer().Show();
        for (int error = log.FlushError(); error != 0; error = log.FlushError()) {
          CHECK_EQ(error, ENOMEM);
          ++faults;
        }
        CHECK_EQ(log.AddText(1600000).error, 0);
        if (log.FlushError() != 0) ++faults;
      }
      CHECK_EQ(log.FlushError(), 0);
      log.CheckHoldsAll();
      CHECK_EQ(log.Writer().Close().error, 0);
      if (!failing.HasFailed() || check::Failures() != 0) break;
    }
    CHECK(faults > 0);
    // No record was refused.
    CHECK_EQ(ReadFile(dir / "errors"), "");
  });
}

}  // namespace
}  // namespace dllogger
