#include "log/recover.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "log/dead_log.h"
#include "log/dead_log_recovery.h"
#include "log/tail.h"
#include "support/append.h"
#include "support/check.h"
#include "support/child.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

using State = DeadRing::State;

TEST(Recover, FindsOutWhatAKilledWriterHadWritten) {
  const TempDir dir(MemoryDisk());
  // Ten lines were in the file, ten were being written, ten more wait in the ring. Other programs
  // appended whole lines after the writer's death. In the end all lines are there, wherever the
  // kill came.
  const std::string before = LineRange(0, 10);
  const std::string batch = LineRange(10, 20);
  for (const std::string others : {"", "another author's line\n"}) {
    for (std::size_t written = 0; written <= batch.size(); ++written) {
      DeadLog log(dir / "log", before);
      log.Define(kShape);
      for (int step = 0; step < 10; ++step) log.Log(step, kShape);
      const std::uint32_t tail = log.Head();
      for (int step = 10; step < 20; ++step) log.Log(step, kShape);
      log.Commit(tail, log.Head(), static_cast<std::int64_t>(before.size()));
      for (int step = 20; step < 30; ++step) log.Log(step, kShape);
      log.Die();
      WriteFile(dir / "log", before + batch.substr(0, written));
      Age(dir / "log");
      if (!others.empty()) {
        LogFile other;
        CHECK(!other.Open(dir / "log", LogFile::Mode::kAppend));
        std::size_t done = 0;
        CHECK_EQ(Append(&other, others, &done).error, 0);
      }
      // The line that was being written is completed, unless another program has begun a new line
      // behind it: then the line is written again, and its beginning stays. A line that lacks only
      // its newline is whole.
      std::string given = batch.substr(0, written);
      if (!others.empty() && WholeLines(given) < written) given += '\n';
      const bool is_whole = batch.compare(0, given.size(), given) == 0;
      const std::size_t lines = is_whole ? given.size() : WholeLines(batch.substr(0, written));
      const Recovery recovery = RecoverGood(dir / "log");
      const std::string expected =
          before + given + others + batch.substr(lines) + LineRange(20, 30);
      if (!CHECK_EQ(ReadFile(dir / "log"), expected)) return;
      CHECK_EQ(recovery.unfinished, 0u);
      CHECK(recovery.left.empty());
      CHECK(RingsIn(dir).empty());
      CHECK_EQ(RecoverGood(dir / "log").records, 0u);
      if (!CHECK_EQ(ReadFile(dir / "log"), expected)) return;
    }
  }
}

TEST(Recover, ResumesABatchOfWhichEarlierAttemptsHadWrittenSome) {
  const TempDir dir;
  const std::string batch = LineRange(0, 10);
  const std::string others = "another author's line\n";
  const std::size_t done = LineRange(0, 4).size();
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  for (int step = 0; step < 10; ++step) log.Log(step, kShape);
  log.Commit(0, log.Head(), static_cast<std::int64_t>(done + others.size()), done);
  log.Die();
  WriteFile(dir / "log", batch.substr(0, done) + others + LineRange(4, 6));
  CHECK_EQ(RecoverGood(dir / "log").records, 4u);
  CHECK_EQ(ReadFile(dir / "log"), batch.substr(0, done) + others + LineRange(4, 10));
}

// Several writers are killed together, and a later one of them in the middle of a write.
TEST(Recover, TheRingThatCompletesTheLastLineGoesFirst) {
  for (const bool is_older : {false, true}) {
    const TempDir dir;
    DeadLog first(dir / "log", "");
    DeadLog second(dir / "log", "");
    DeadLog& torn = is_older ? first : second;
    DeadLog& other = is_older ? second : first;
    torn.Define(kShape);
    std::string lines = torn.Log(1, kShape);
    lines += torn.Log(2, kShape);
    const std::size_t cut = lines.size() - 9;
    torn.Commit(0, torn.Head(), 0);
    lines += torn.Log(3, kShape);
    other.Define(kShape);
    std::string others = other.Log(7, kShape);
    others += other.Log(8, kShape);
    WriteFile(dir / "log", lines.substr(0, cut));
    first.Die();
    second.Die();
    MissingLines missing;
    Recovery recovery;
    CHECK(!FindMissing(dir / "log", &missing, &recovery));
    CHECK_EQ(recovery.records, 4u);
    CHECK_EQ(RecoverGood(dir / "log").unfinished, 0u);
    CHECK_EQ(ReadFile(dir / "log"), lines + others);
  }
}

// The system releases the locks of a killed process one after another: the log's before the ring's.
TEST(Recover, ALiveWriterWaitsForTheRingOfAProcessThatIsBeingKilled) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  std::string lines = log.Log(1, kShape);
  log.Commit(0, log.Head(), 0);
  WriteFile(dir / "log", lines.substr(0, lines.size() - 9));
  LogFile file;
  CHECK(!file.Open(dir / "log", LogFile::Mode::kAppend));
  std::atomic<int> attempts{0};
  file.CompleteBy([&](LogFile::AppendLock* append_lock) {
    Recovery recovery;
    static_cast<void>(Recover(append_lock, &recovery, nullptr));
    ++attempts;
  });
  std::thread dying([&] {
    while (attempts == 0) std::this_thread::yield();
    log.Die();
  });
  std::size_t done = 0;
  CHECK_EQ(Append(&file, "next\n", &done).error, 0);
  dying.join();
  CHECK_EQ(ReadFile(dir / "log"), lines + "next\n");
}

TEST(Recover, ADiskThatIsFullLeavesTheRestForTheNextTime) {
  const TempDir dir;
  RunInChild([&] {
    const std::string all = LineRange(0, 30);
    DeadLog log(dir / "log", "");
    log.Define(kShape);
    for (int step = 0; step < 30; ++step) log.Log(step, kShape);
    log.Die();
    for (std::size_t room = 0; room < all.size(); room += 100) {
      const FullDisk full(room);
      Recovery recovery;
      // The limit is smaller than the ring's file, and lies below its commit or above it.
      const Fault fault = RecoverPath(dir / "log", &recovery);
      CHECK_EQ(fault.error, EFBIG);
      CHECK_EQ(recovery.left.size(), 1u);
      const std::string text = ReadFile(dir / "log");
      CHECK(text.size() <= room && text == all.substr(0, WholeLines(text)));
      CHECK_EQ(RingsIn(dir).size(), 1u);
    }
    CHECK(RecoverGood(dir / "log").records > 0);
    CHECK_EQ(ReadFile(dir / "log"), all);
    CHECK(RingsIn(dir).empty());
  });
}

TEST(Recover, AReaderSeesWhatRecoveryWritesAndChangesNothing) {
  const TempDir dir;
  const std::string batch = LineRange(0, 10);
  for (std::size_t written = 0; written <= batch.size(); written += 37) {
    DeadLog log(dir / "log", "");
    log.Define(kShape);
    for (int step = 0; step < 10; ++step) log.Log(step, kShape);
    log.Commit(0, log.Head(), 0);
    log.Log(10, kShape);
    log.Die();
    const std::string text = batch.substr(0, written);
    WriteFile(dir / "log", text);
    const std::string ring = ReadFile(RingsIn(dir).at(0));
    for (int i = 0; i < 2; ++i) {
      MissingLines missing;
      Recovery recovery;
      CHECK_EQ(FindMissing(dir / "log", &missing, &recovery).error, 0);
      const auto end = static_cast<std::size_t>(missing.end);
      CHECK_EQ(text.substr(0, end) + missing.lines, LineRange(0, 11));
      CHECK_EQ(ReadFile(dir / "log"), text);
      CHECK(ReadFile(RingsIn(dir).at(0)) == ring);
    }
    CHECK_EQ(unlink(RingsIn(dir).at(0).c_str()), 0);
  }
}

TEST(Recover, AnAppendingOpenRecoversAndATruncatingOpenDiscards) {
  const TempDir dir;
  for (const LogFile::Mode mode : {LogFile::Mode::kAppend, LogFile::Mode::kTruncate}) {
    DeadLog log(dir / "log", "");
    log.Define(kShape);
    for (int step = 0; step < 5; ++step) log.Log(step, kShape);
    log.Die();
    Writer::Options options;
    options.path = dir / "log";
    options.mode = mode;
    const Writer::Opened opened = Writer::Open(options);
    CHECK_EQ(opened.fault.error, 0);
    CHECK_EQ(opened.recovery.records, 5u);
    CHECK_EQ(opened.writer->Close().error, 0);
    CHECK_EQ(ReadFile(dir / "log"), mode == LogFile::Mode::kAppend ? LineRange(0, 5) : "");
    CHECK(RingsIn(dir).empty());
  }
}

TEST(Recover, ALogThatWasRenamedGetsItsRecords) {
  const TempDir dir;
  for (const char* opened : {"log", "renamed"}) {
    DeadLog log(dir / "log", "old\n");
    log.Define(kShape);
    log.Log(0, kShape);
    log.Commit(log.Head(), log.Head(), 4);
    log.Log(1, kShape);
    log.Die();
    CHECK_EQ(rename((dir / "log").c_str(), (dir / "renamed").c_str()), 0);
    WriteFile(dir / "log", "new\n");
    RecoverGood(dir / opened);
    CHECK_EQ(ReadFile(dir / "log"), "new\n");
    CHECK_EQ(ReadFile(dir / "renamed"), "old\n" + LineRange(1, 2));
    CHECK(RingsIn(dir).empty());
  }
}

TEST(Recover, ALogThatIsGoneIsMadeAnew) {
  const TempDir dir;
  DeadLog log(dir / "log", "old\n");
  log.Define(kShape);
  log.Log(0, kShape);
  log.Commit(0, log.Head(), 4);
  log.Log(1, kShape);
  log.Die();
  CHECK_EQ(unlink((dir / "log").c_str()), 0);
  CHECK_EQ(RecoverGood(dir / "log").records, 2u);
  CHECK_EQ(ReadFile(dir / "log"), LineRange(0, 2));
  Recovery recovery;
  CHECK_EQ(RecoverPath(dir / "nothing", &recovery).error, ENOENT);
  CHECK(access((dir / "nothing").c_str(), F_OK) != 0);
}

TEST(Recover, AnEmptiedRingMakesNoLog) {
  const TempDir dir;
  LeaveRing(dir, "", 1);
  CHECK_EQ(unlink((dir / "log").c_str()), 0);
  CHECK_EQ(truncate(RingsIn(dir).at(0).c_str(), 0), 0);
  Recovery recovery;
  CHECK_EQ(RecoverPath(dir / "log", &recovery).error, ENOENT);
  CHECK(access((dir / "log").c_str(), F_OK) != 0);
}

TEST(Recover, ALiveRingIsLeftAlone) {
  const TempDir dir;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
  CHECK_EQ(RingsIn(dir).size(), 1u);
  const Recovery recovery = RecoverGood(dir / "log");
  CHECK(recovery.left.empty());
  CHECK_EQ(RingsIn(dir).size(), 1u);
  struct stat status = {};
  CHECK_EQ(stat(RingsIn(dir).at(0).c_str(), &status), 0);
  CHECK_EQ(status.st_mode & 0777, 0600);
  CHECK(status.st_blocks * 512 >= static_cast<blkcnt_t>(Ring::kMemorySize));
  CHECK_EQ(writer->Close().error, 0);
  CHECK(RingsIn(dir).empty());
}

// A count in shared memory: it survives a killed child.
class SharedCount {
 public:
  SharedCount()
      : count_(new (mmap(nullptr, sizeof(*count_), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(0)) {}
  ~SharedCount() { munmap(count_, sizeof(*count_)); }
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  std::atomic<int>& operator*() { return *count_; }

 private:
  std::atomic<int>* count_;
};

TEST(Recover, NothingThatWasPublishedIsLostByAKill) {
  // Several times what the ring holds: on a busy machine the kill comes much later than planned.
  constexpr int kMost = 100000;
  const TempDir dir(MemoryDisk());
  std::string expected;
  int step = 0;
  for (int round = 0; round < check::Scaled(60); ++round) {
    SharedCount published;
    Child child([&](const Signals& line) {
      const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
      Producer producer(writer);
      ShapeOf shape({"loss"});
      line.Send();
      for (int i = step; i < step + kMost; ++i) {
        CHECK_EQ(producer.Publish(StepRecord(i, shape, i), &shape).error, 0);
        ++*published;
      }
      for (;;) pause();
    });
    child.Line().Await();
    std::this_thread::sleep_for(std::chrono::microseconds(round * 300));
    child.Kill();
    // Recoveries that are killed at any moment change nothing in the end.
    for (int i = 0; i < 3; ++i) {
      Child recovering([&](const Signals& line) {
        line.Send();
        Recovery recovery;
        static_cast<void>(RecoverPath(dir / "log", &recovery));
        pause();
      });
      recovering.Line().Await();
      std::this_thread::sleep_for(std::chrono::microseconds(200 * i));
      recovering.Kill();
    }
    RecoverGood(dir / "log");
    const int least = step + *published;
    const std::string text = ReadFile(dir / "log");
    for (; step < least; ++step) AppendStepLine(step, kShape, std::to_string(step), &expected);
    // The kill may have come between publishing a record and counting it.
    if (text.size() > expected.size()) {
      AppendStepLine(step, kShape, std::to_string(step), &expected);
      ++step;
    }
    if (!CHECK(text == expected)) {
      CHECK_EQ(text.substr(std::min(text.size(), expected.size()) - 400),
               expected.substr(std::min(text.size(), expected.size()) - 400));
      return;
    }
    CHECK(RingsIn(dir).empty());
    // Only the last line stays for the next round, or rounds would take longer and longer.
    if (!expected.empty()) expected.erase(0, expected.rfind('\n', expected.size() - 2) + 1);
    WriteFile(dir / "log", expected);
  }
}

}  // namespace
}  // namespace dllogger
