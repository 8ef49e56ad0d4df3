// An open that empties a log with the ring of a dead writer. The open may fail or be killed at any
// call. The ring's records are discarded only if the log is emptied.
#include <string>

#include "linux/sweep.h"
#include "log/dead_log_recovery.h"
#include "support/child.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;
using faults::Plan;

constexpr int kDiscarded = 5;

Writer::Opened OpenEmpty(const TempDir& dir) {
  Writer::Options options;
  options.path = dir / "log";
  return Writer::Open(options);
}

TEST(TruncatingOpen, AnOpenThatCannotEmptyTheLogLosesNothing) {
  const TempDir dir(MemoryDisk());
  LeaveRing(dir, kBefore, kDiscarded);
  // As on a file with the attribute "append only".
  faults::Arm({Call::kTruncate, 1, Action::kFail, EPERM, true}, dir / "");
  const Writer::Opened opened = OpenEmpty(dir);
  CHECK(faults::Disarm());
  CHECK_EQ(opened.fault.error, EPERM);
  CHECK_EQ(opened.recovery.records, 0u);
  CHECK_EQ(RecoverGood(dir / "log").records, static_cast<std::uint64_t>(kDiscarded));
  CHECK_EQ(ReadFile(dir / "log"), kBefore + LineRange(0, kDiscarded));
}

TEST(TruncatingOpen, AnOpenThatEmptiesTheLogCountsTheRecordsItDiscards) {
  const TempDir dir(MemoryDisk());
  LeaveRing(dir, kBefore, kDiscarded);
  const Writer::Opened opened = OpenEmpty(dir);
  CHECK_EQ(opened.recovery.records, static_cast<std::uint64_t>(kDiscarded));
  CHECK_EQ(opened.writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), "");
  CHECK_EQ(RingsIn(dir).size(), 0u);
}

TEST(TruncatingOpen, AnOpenKilledAtAnyCallLosesNothingOfALogThatIsNotEmpty) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  int kills = 0;
  for (const Action action : {Action::kKillBefore, Action::kKillAfter}) {
    Plan plan;
    plan.action = action;
    for (bool is_killed = true; is_killed; ++plan.nth) {
      const Run run(plan);
      const TempDir dir(MemoryDisk());
      LeaveRing(dir, kBefore, kDiscarded);
      Child child([&](const Signals&) {
        faults::Arm(plan, dir / "");
        const Writer::Opened opened = OpenEmpty(dir);
        static_cast<void>(opened.writer->Close());
      });
      is_killed = child.Wait() != "exit 0";
      const std::string left = ReadFile(dir / "log");
      if (!left.empty()) CHECK_EQ(left, kBefore);
      RecoverGood(dir / "log");
      const std::string text = ReadFile(dir / "log");
      if (!left.empty() || !text.empty()) CHECK_EQ(text, left + LineRange(0, kDiscarded));
      if (is_killed) ++kills;
    }
  }
  CHECK(kills > 10);
  std::printf("TruncatingOpen: %d kills, one at each call\n", kills);
}

}  // namespace
}  // namespace dllogger
