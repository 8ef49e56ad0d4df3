// A run is killed at its system calls in turn: before the call, halfway through it and after it.
// DLLOGGER_LONG tries every call; otherwise NextCall() chooses. The recoveries of the log are
// killed and fail in the same way. In the end each record that was taken is in the log: once, in
// order, in a whole line.
#include <algorithm>
#include <filesystem>
#include <string>

#include "linux/sweep.h"
#include "log/recover.h"
#include "support/append.h"
#include "support/child.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;
using faults::Plan;

const std::string kKilled = "signal " + std::to_string(SIGKILL);

// Runs in a child process: logs all records, until it is killed.
void LogAll(const std::string& path, const Witness& witness) {
  Records records;
  const std::shared_ptr<Writer> writer = OpenWriter(path, LogFile::Mode::kAppend);
  Producer producer(writer);
  for (int step = 0; step < Records::kCount; ++step) {
    // The last records are published at once, so that they make several batches.
    if (step == 40) producer.Hide();
    CHECK_EQ(records.Publish(step, &producer).error, 0);
    if (step < 40) witness.Count() = step + 1;
    if (step == 19 || step == 39) CHECK_EQ(writer->Flush(producer.Position()).error, 0);
  }
  // All at once: a process that is killed before this point has not taken them.
  producer.Show();
  witness.Count() = Records::kCount;
  CHECK_EQ(writer->Sync().error, 0);
  CHECK_EQ(writer->Close().error, 0);
}

// Runs a process that logs under this plan. Returns how it ended.
std::string LogUntil(const Plan& plan, const TempDir& dir, const Witness& witness) {
  Child child([&](const Signals&) {
    faults::Arm(plan, dir / "");
    LogAll(dir / "log", witness);
  });
  return child.Wait();
}

// A line that another process writes in between.
constexpr const char* kForeign = "DLLL {\"other\": 1}\n";

// Removes the line of a writer without locks, the unfinished line before it, and the unfinished
// line that was there before the run.
void RemoveForeign(std::string* text, const Records& records) {
  const std::size_t foreign = text->find(kForeign);
  if (foreign != std::string::npos) {
    const std::size_t line = foreign == 0 ? 0 : text->rfind('\n', foreign - 1) + 1;
    const std::string begun = text->substr(line, foreign - line);
    bool is_ours = begun.empty();
    for (int step = 0; step < Records::kCount; ++step) {
      is_ours = is_ours || records.Line(step).compare(0, begun.size(), begun) == 0;
    }
    CHECK(is_ours);
    text->erase(line, foreign - line + std::strlen(kForeign));
  }
  // If log() of a record that the ring does not take has not returned, nothing holds the rest of
  // its line: the beginning stays.
  for (const int large : {Records::kLarge, Records::kLarge + 4}) {
    const std::string& whole = records.Line(large);
    const std::size_t begin = text->find(whole.substr(0, 1000));
    if (begin == std::string::npos || text->compare(begin, whole.size(), whole) == 0) continue;
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    CHECK_EQ(text->substr(begin, end - begin), whole.substr(0, end - begin));
    text->erase(begin, end + 1 - begin);
  }
  const std::string torn = std::string(kUnfinished) + '\n';
  const std::size_t before = text->find(torn);
  if (before == std::strlen(kBefore)) text->erase(before, torn.size());
}

// Checks for the lines of the records that were taken; the record being taken may be there, too.
void CheckHolds(std::string text, const Witness& witness, const Records& records) {
  RemoveForeign(&text, records);
  std::string expected = kBefore;
  const int taken = witness.Count();
  for (int step = 0; step < taken; ++step) expected += records.Line(step);
  const int end = taken == 40 ? Records::kCount : std::min(taken + 1, Records::kCount);
  if (text.size() > expected.size()) {
    for (int step = taken; step < end; ++step) expected += records.Line(step);
  }
  CHECK_EQ(text, expected);
}

// Checks the log from a reader's view: whole lines, except for the last.
void CheckIsReadable(std::string text, const Records& records) {
  RemoveForeign(&text, records);
  std::string expected = kBefore;
  for (int step = 0; step < Records::kCount; ++step) expected += records.Line(step);
  const std::string torn = std::string(kBefore) + kUnfinished;
  if (text != torn) CHECK_EQ(text, expected.substr(0, text.size()));
}

TEST(CrashSweep, ARunKilledAtAnyCallLosesNothing) {
  const Records records;
  int kills = 0;
  for (const Action action : {Action::kKillBefore, Action::kKillHalfway, Action::kKillAfter}) {
    Plan plan;
    plan.call = action == Action::kKillHalfway ? Call::kWrite : Call::kAny;
    plan.action = action;
    for (;; plan.nth = NextCall(plan.nth)) {
      const Run run(plan);
      const TempDir dir(MemoryDisk());
      const Witness witness;
      WriteFile(dir / "log", std::string(kBefore) + kUnfinished);
      Age(dir / "log");
      const std::string end = LogUntil(plan, dir, witness);
      CheckIsReadable(ReadFile(dir / "log"), records);
      OpenAndClose(dir / "log");
      CheckHolds(ReadFile(dir / "log"), witness, records);
      CHECK_EQ(RingsIn(dir).size(), 0u);
      OpenAndClose(dir / "log");
      CheckHolds(ReadFile(dir / "log"), witness, records);
      if (end != kKilled) {
        CHECK_EQ(end, "exit 0");
        CHECK_EQ(witness.Count(), Records::kCount);
        break;
      }
      ++kills;
    }
  }
  std::printf("CrashSweep: %d kills at the calls of a run\n", kills);
}

// More writes than any run here makes.
constexpr int kMaxWrites = 1000;

// The files of a killed run, which can be restored any number of times. The log stays the same
// file.
class Remains {
 public:
  explicit Remains(const TempDir& dir)
      : log_(dir / "log"), ring_(RingsIn(dir)), text_(ReadFile(log_)) {
    for (const std::string& path : ring_) bytes_.push_back(ReadFile(path));
  }
  // Adds a line by a writer without locks at the end of the file, even behind an unfinished line.
  void AddForeignLine() { text_ += kForeign; }
  void PutBack() const {
    std::filesystem::resize_file(log_, 0);
    WriteFile(log_, text_);
    for (std::size_t i = 0; i < ring_.size(); ++i) {
      WriteFile(ring_[i], bytes_[i]);
      std::filesystem::permissions(ring_[i], std::filesystem::perms(0600));
    }
  }

 private:
  std::string log_;
  std::vector<std::string> ring_;
  std::string text_;
  std::vector<std::string> bytes_;
};

// Calls `action` with the remains of runs killed at and in each of their writes.
template <typename Do>
void ForEachRemains(const std::vector<Action>& kills, const Do& action) {
  for (const Action kill : kills) {
    Plan plan;
    plan.call = Call::kWrite;
    plan.action = kill;
    // Forking a process under a sanitizer takes long.
    for (; plan.nth <= (check::kSanitizer ? 2 : kMaxWrites); plan.nth = NextCall(plan.nth)) {
      const Run run(plan);
      const TempDir dir(MemoryDisk());
      const Witness witness;
      WriteFile(dir / "log", kBefore);
      if (LogUntil(plan, dir, witness) != kKilled) break;
      Remains remains(dir);
      if (kill != Action::kKillHalfway) {
        action(dir, witness, remains);
        continue;
      }
      remains.AddForeignLine();
      action(dir, witness, remains);
    }
  }
}

// Recovers the remains again and again, killed at each call. Returns the number of kills.
int KillRecoveries(const TempDir& dir, const Witness& witness, const Remains& remains) {
  const Records records;
  int kills = 0;
  for (const Action action : {Action::kKillBefore, Action::kKillHalfway, Action::kKillAfter}) {
    if (check::kSanitizer && action != Action::kKillAfter) continue;
    Plan plan;
    plan.call = action == Action::kKillHalfway ? Call::kWrite : Call::kAny;
    plan.action = action;
    for (;; plan.nth = NextCall(plan.nth)) {
      const Run run(plan);
      remains.PutBack();
      Child child([&](const Signals&) {
        faults::Arm(plan, dir / "");
        Recovery recovery;
        CHECK_EQ(RecoverPath(dir / "log", &recovery).error, 0);
      });
      const std::string end = child.Wait();
      CheckIsReadable(ReadFile(dir / "log"), records);
      Recovery recovery;
      CHECK_EQ(RecoverPath(dir / "log", &recovery).error, 0);
      CHECK_EQ(recovery.left.size(), 0u);
      CheckHolds(ReadFile(dir / "log"), witness, records);
      CHECK_EQ(RingsIn(dir).size(), 0u);
      if (end != kKilled) {
        CHECK_EQ(end, "exit 0");
        break;
      }
      ++kills;
    }
  }
  return kills;
}

TEST(CrashSweep, ARecoveryKilledAtAnyCallChangesNothing) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  int kills = 0;
  std::vector<Action> ends = {Action::kKillHalfway};
  if (!check::kSanitizer) ends = {Action::kKillBefore, Action::kKillHalfway, Action::kKillAfter};
  ForEachRemains(ends, [&](const TempDir& dir, const Witness& witness, const Remains& remains) {
    kills += KillRecoveries(dir, witness, remains);
  });
  std::printf("CrashSweep: %d kills at the calls of recoveries\n", kills);
}

TEST(CrashSweep, OversizedRecordsTakenWhileTheDiskFailsAreRecovered) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  const TempDir dir(MemoryDisk());
  const Witness witness;
  WriteFile(dir / "log", kBefore);
  Child child([&](const Signals&) {
    Records records;
    const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
    Producer producer(writer);
    for (int step = 0; step < Records::kCount; ++step) {
      if (step == Records::kLarge - 5) {
        CHECK_EQ(writer->Flush(producer.Position()).error, 0);
        // Only writes of the log fail, not those of its ring.
        faults::Arm({Call::kWrite, 1, Action::kFail, EIO, true}, dir / "log");
      }
      CHECK_EQ(records.Publish(step, &producer).error, 0);
      witness.Count() = step + 1;
    }
    CHECK_EQ(writer->GetStats().not_crash_safe, "");
    kill(getpid(), SIGKILL);
  });
  CHECK_EQ(child.Wait(), kKilled);
  CHECK_EQ(witness.Count(), Records::kCount);
  const int kills = KillRecoveries(dir, witness, Remains(dir));
  std::printf("CrashSweep: %d kills at the calls of recoveries of oversized records\n", kills);
}

TEST(CrashSweep, ARecoveryThatFailsAtAnyCallCanBeRepeated) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  const Records records;
  int runs = 0;
  ForEachRemains({Action::kKillHalfway}, [&](const TempDir& dir, const Witness& witness,
                                             const Remains& remains) {
    for (Plan plan : Plans(false)) {
      // Skips calls that a recovery does not make, and errors that it treats like EIO.
      if (plan.call == Call::kSync || plan.call == Call::kReserve || plan.call == Call::kMap ||
          (plan.error != 0 && plan.error != EINTR && plan.error != EIO && plan.error != EPERM)) {
        continue;
      }
      for (bool is_met = true; is_met; plan.nth = NextCall(plan.nth)) {
        const Run run(plan);
        remains.PutBack();
        faults::Arm(plan, dir / "");
        Recovery first;
        const Fault fault = RecoverPath(dir / "log", &first);
        is_met = faults::Disarm();
        CheckIsReadable(ReadFile(dir / "log"), records);
        if (!fault && first.left.empty() && RingsIn(dir).empty()) {
          // The recovery has reported success.
          CheckHolds(ReadFile(dir / "log"), witness, records);
        }
        Recovery second;
        CHECK_EQ(RecoverPath(dir / "log", &second).error, 0);
        CheckHolds(ReadFile(dir / "log"), witness, records);
        CHECK_EQ(RingsIn(dir).size(), 0u);
        if (is_met) ++runs;
      }
    }
  });
  std::printf("CrashSweep: %d recoveries that met a fault\n", runs);
}

}  // namespace
}  // namespace dllogger
