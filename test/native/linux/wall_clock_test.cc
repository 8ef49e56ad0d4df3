// A wall clock that is set back while a thread waits: the kernel's clock is an hour behind the one
// that the process reads. A wait until a deadline of the wall clock would take an hour longer.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "linux/sweep.h"
#include "linux/wall_clock.h"
#include "platform/condition_variable.h"
#include "platform/platform.h"
#include "support/check.h"
#include "support/producer.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kHour = 3600;

class WallClockAhead {
 public:
  WallClockAhead() { wall_clock::Set(kHour); }
  ~WallClockAhead() { wall_clock::Set(0); }
  WallClockAhead(const WallClockAhead&) = delete;
  WallClockAhead& operator=(const WallClockAhead&) = delete;
};

TEST(WallClock, AStepBackMakesNoWaitLonger) {
  const WallClockAhead ahead;
  std::mutex mutex;
  platform::ConditionVariable condition;
  std::unique_lock lock(mutex);
  const auto deadline = steady_clock::now() + milliseconds(20);
  while (condition.WaitUntil(&lock, deadline)) {
  }
  CHECK(steady_clock::now() >= deadline);
  CHECK(!condition.WaitUntil(&lock, deadline, [] { return false; }));
  CHECK(condition.WaitUntil(&lock, deadline, [] { return true; }));
}

TEST(WallClock, AStepBackDelaysNoRecord) {
  const TempDir dir;
  const WallClockAhead ahead;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
  Producer producer(writer);
  Records records;
  std::string expected;
  for (int step = 0; step < 20; ++step) {
    CHECK_EQ(records.Publish(step, &producer).error, 0);
    expected += records.Line(step);
    // The producer does not wake a napping writer for a single record.
    while (ReadFile(dir / "log") != expected) std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK_EQ(writer->Close().error, 0);
}

// Sets the clock forward or back during a run. From some write on, the disk takes nothing or half,
// once or for a while. True when the plan met its write.
bool LogAcrossClockStep(faults::Plan plan, int step_at, std::int64_t seconds) {
  const Run run(plan);
  const TempDir dir(MemoryDisk());
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
  Producer producer(writer);
  Records records;
  std::string expected;
  faults::Arm(plan, dir / "log");
  bool is_met = false;
  for (int step = 0; step < Records::kCount; ++step) {
    if (step == step_at) wall_clock::Set(seconds);
    // A flush while the writer waits for its next attempt.
    if (step % 5 == 4) static_cast<void>(writer->Flush(producer.Position()));
    if (step == step_at + 10) is_met = faults::Disarm();
    if (!records.Publish(step, &producer)) expected += records.Line(step);
  }
  is_met = faults::Disarm() || is_met;
  CHECK_EQ(writer->Flush(producer.Position()).error, 0);
  CHECK_EQ(ReadFile(dir / "log"), expected);
  CHECK_EQ(writer->Close().error, 0);
  wall_clock::Set(0);
  return is_met;
}

TEST(PairSweep, AStepOfTheClockWhileWritesFailDelaysAndLosesNothing) {
  using faults::Action;
  using faults::Call;
  int runs = 0;
  for (const Action action : {Action::kFail, Action::kHalve}) {
    for (const bool lasts : {false, true}) {
      for (int nth = 1; nth <= (check::kSanitizer ? 1 : 5); ++nth) {
        for (int step_at = 0; step_at < Records::kCount; step_at += 12) {
          const std::int64_t hours = (nth + step_at) % 2 == 0 ? 1 : -1;
          const faults::Plan plan = {Call::kWrite, nth, action,
                                     action == Action::kFail ? ENOSPC : 0, lasts};
          if (LogAcrossClockStep(plan, step_at, hours * kHour)) ++runs;
        }
      }
    }
  }
  CHECK(runs > 0);
  std::printf("PairSweep: %d steps of the clock in runs whose writes failed\n", runs);
}

}  // namespace
}  // namespace dllogger
