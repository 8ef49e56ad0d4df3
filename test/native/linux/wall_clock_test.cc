// A wall clock that is set back. A wait that reckons its deadline by the wall clock and leaves the
// waiting to the kernel is as long as the step: here the kernel's clock is an hour behind.
#include <chrono>
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

TEST(WallClock, ItsStepsMakeNoWaitLonger) {
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

TEST(WallClock, ItsStepsDelayNoRecord) {
  const TempDir dir;
  const WallClockAhead ahead;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
  Producer producer(writer);
  Records records;
  std::string expected;
  for (int step = 0; step < 20; ++step) {
    CHECK_EQ(records.Publish(step, &producer).error, 0);
    expected += records.Line(step);
    // Nobody wakes a writer that naps for a single record.
    while (ReadFile(dir / "log") != expected) std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK_EQ(writer->Close().error, 0);
}

}  // namespace
}  // namespace dllogger
