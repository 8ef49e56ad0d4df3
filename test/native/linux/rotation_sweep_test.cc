// A rotation during an open: between any two calls of a process that opens the log, the log is
// renamed, and its running writer continues in a new file. Tests all early calls, and some of the
// later calls, which an opener repeats as long as it waits.
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "linux/sweep.h"
#include "log/dead_log_recovery.h"
#include "log/recover.h"
#include "support/append.h"
#include "support/child.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;
using faults::Plan;

const std::string kNew = "DLLL {\"new\": 1}\n";
constexpr int kLines = 3;
// A waiting opener repeats the same calls: of those after kEarly only some are tested.
constexpr int kEarly = 40;
constexpr int kMost = 400;
constexpr int kStride = check::kSanitizer ? 120 : 40;

// Waits until a process has stopped; false when it has ended.
bool AwaitStop(const Child& child) {
  siginfo_t info = {};
  const auto id = static_cast<id_t>(child.Id());
  CHECK_EQ(waitid(P_PID, id, &info, WEXITED | WSTOPPED | WNOWAIT), 0);
  return info.si_code == CLD_STOPPED;
}

// Runs `open` in a process, stops it before one of its calls, and rotates the log meanwhile. False
// when the process ended before that call.
template <typename Open>
bool RotateDuring(int nth, const TempDir& dir, const Open& open) {
  const std::string path = dir / "log";
  Child child([&](const Signals& line) {
    line.Await();
    faults::Arm({Call::kAny, nth, Action::kStopBefore, 0, false}, dir / "");
    open();
  });
  // Opened after the fork, so that the child does not inherit the locks.
  auto running = std::make_unique<LogFile>();
  CHECK_EQ(running->Open(path, LogFile::Mode::kAppend).error, 0);
  child.Line().Send();
  const bool is_stopped = AwaitStop(child);
  CHECK_EQ(rename(path.c_str(), (path + ".1").c_str()), 0);
  LogFile::Next next;
  CHECK_EQ(LogFile::OpenReplacement(path, LogFile::Mode::kAppend, LogFile::kNever, &next).error, 0);
  running->SwitchTo(std::move(next));
  running->SyncBefore();
  std::size_t done = 0;
  CHECK_EQ(Append(running.get(), kNew, &done).error, 0);
  running.reset();
  if (is_stopped) CHECK_EQ(kill(child.Id(), SIGCONT), 0);
  child.Join();
  return is_stopped;
}

void LogLines(const std::string& path, LogFile::Mode mode) {
  Records records;
  const std::shared_ptr<Writer> writer = OpenWriter(path, mode);
  Producer producer(writer);
  for (int step = 0; step < kLines; ++step) {
    CHECK_EQ(records.Publish(step, &producer).error, 0);
  }
  CHECK_EQ(writer->Close().error, 0);
}

std::string Lines() {
  const Records records;
  std::string text;
  for (int step = 0; step < kLines; ++step) text += records.Line(step);
  return text;
}

// Calls `run` with the number of each call at which to stop. `run` returns whether the opener made
// that call.
template <typename RunOne>
void ForCalls(const char* name, const RunOne& run) {
  int runs = 0;
  for (int nth = 1; nth <= kMost; nth = nth < kEarly ? NextCall(nth) : nth + kStride) {
    const Run shown({Call::kAny, nth, Action::kStopBefore, 0, false});
    if (!run(nth)) break;
    ++runs;
  }
  std::printf("PairSweep: %d rotations during %s\n", runs, name);
}

TEST(PairSweep, ALogRotatedWhileItIsOpenedIsNotEmptied) {
  if (check::kThreadSanitizer) SKIP("the processes share no memory");
  ForCalls("an open that truncates", [](int nth) {
    const TempDir dir(MemoryDisk());
    const std::string path = dir / "log";
    WriteFile(path, kBefore);
    const bool is_stopped =
        RotateDuring(nth, dir, [&] { LogLines(path, LogFile::Mode::kTruncate); });
    CHECK_EQ(ReadFile(path + ".1"), kBefore);
    CHECK_EQ(ReadFile(path), Lines());
    return is_stopped;
  });
}

TEST(PairSweep, ALogRotatedWhileItIsOpenedGetsEachLineOnce) {
  if (check::kThreadSanitizer) SKIP("the processes share no memory");
  ForCalls("an open that appends", [](int nth) {
    const TempDir dir(MemoryDisk());
    const std::string path = dir / "log";
    WriteFile(path, kBefore);
    const bool is_stopped = RotateDuring(nth, dir, [&] { LogLines(path, LogFile::Mode::kAppend); });
    // The opener's lines are in one of the two files: it opened the log before or after the
    // rotation.
    const std::string old = ReadFile(path + ".1");
    const bool was_before = old != kBefore;
    if (was_before) CHECK_EQ(old, kBefore + Lines());
    CHECK_EQ(ReadFile(path), was_before ? kNew : kNew + Lines());
    return is_stopped;
  });
}

TEST(PairSweep, ALogRotatedWhileItIsRecoveredGetsItsRecordsOnce) {
  if (check::kThreadSanitizer) SKIP("the processes share no memory");
  ForCalls("a recovery", [](int nth) {
    const TempDir dir(MemoryDisk());
    const std::string path = dir / "log";
    {
      DeadLog dead(path, "");
      WriteFile(path, kBefore);
      dead.Define(kShape);
      for (int step = 0; step < kLines; ++step) dead.Log(step, kShape);
    }
    const bool is_stopped = RotateDuring(nth, dir, [&] {
      Recovery recovery;
      CHECK_EQ(RecoverPath(path, &recovery).error, 0);
    });
    // The next recovery completes the work.
    RecoverGood(path);
    CHECK_EQ(ReadFile(path + ".1"), kBefore + LineRange(0, kLines));
    CHECK_EQ(ReadFile(path), kNew);
    CHECK_EQ(RingsIn(dir).size(), 0u);
    return is_stopped;
  });
}

}  // namespace
}  // namespace dllogger
