// Two faults, one after another, at pairs of calls: the recovery of two dead rings is killed on a
// full disk, or two recoveries in a row are killed. Tests all pairs of early calls, and random
// pairs of the others, or all of them if DLLOGGER_LONG is set.
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "linux/sweep.h"
#include "log/dead_log_recovery.h"
#include "log/recover.h"
#include "support/child.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;
using faults::Plan;

// A log that lacks records of two dead writers. It can be restored any number of times.
class TwoRings {
 public:
  explicit TwoRings(const TempDir& dir) : log_(dir / "log") {
    // The log is larger than a ring's first page, so that a limit on file sizes spares commits.
    before_ = std::string(Ring::kDataOffset, 'x') + '\n';
    const ShapeOf wide({std::string(400, 'k')});
    {
      DeadLog first(log_, "");
      DeadLog second(log_, "");
      first.Define(wide);
      for (int step = 0; step < 3; ++step) lacking_ += first.Log(step, wide);
      second.Define(kShape);
      for (int step = 10; step < 15; ++step) lacking_ += second.Log(step, kShape);
    }
    for (const std::string& path : RingsIn(dir)) {
      std::string bytes = ReadFile(path);
      bytes.erase(bytes.find_last_not_of('\0') + 1);
      rings_.emplace_back(path, std::move(bytes));
    }
    CHECK_EQ(rings_.size(), 2u);
  }

  void PutBack() const {
    std::filesystem::resize_file(log_, 0);
    WriteFile(log_, before_);
    for (const auto& [path, bytes] : rings_) {
      std::filesystem::create_directory(platform::DirectoryOf(path));
      WriteFile(path, bytes);
      std::filesystem::resize_file(path, Ring::kMemorySize);
      std::filesystem::permissions(path, std::filesystem::perms(0600));
    }
  }
  const std::string& Log() const { return log_; }
  std::size_t Size() const { return before_.size(); }
  std::size_t Lacking() const { return lacking_.size(); }
  std::string Whole() const { return before_ + lacking_; }

 private:
  std::string log_;
  std::string before_;
  std::string lacking_;
  std::vector<std::pair<std::string, std::string>> rings_;
};

// Runs a recovery under `plan`. Returns whether the plan killed it. Checks that the log then holds
// the beginning of the expected content.
bool KillRecovery(const TwoRings& rings, const TempDir& dir, const Plan& plan,
                  std::size_t room = std::size_t{1} << 30) {
  Child child([&](const Signals&) {
    const FullDisk full(rings.Size() + room);
    faults::Arm(plan, dir / "");
    Recovery recovery;
    static_cast<void>(RecoverPath(rings.Log(), &recovery));
  });
  const std::string end = child.Wait();
  const std::string text = ReadFile(rings.Log());
  CHECK_EQ(text, rings.Whole().substr(0, text.size()));
  return end == "signal " + std::to_string(SIGKILL);
}

void CheckRecovers(const TwoRings& rings, const TempDir& dir) {
  Recovery recovery;
  CHECK_EQ(RecoverPath(rings.Log(), &recovery).error, 0);
  CHECK_EQ(recovery.left.size(), 0u);
  CHECK_EQ(ReadFile(rings.Log()), rings.Whole());
  CHECK_EQ(RingsIn(dir).size(), 0u);
}

// Plans for kills of all kinds at each call of a recovery.
std::vector<Plan> Kills(const TwoRings& rings, const TempDir& dir) {
  std::vector<Plan> kills;
  for (const Action action : {Action::kKillBefore, Action::kKillHalfway, Action::kKillAfter}) {
    Plan plan;
    plan.call = action == Action::kKillHalfway ? Call::kWrite : Call::kAny;
    plan.action = action;
    for (;; ++plan.nth) {
      rings.PutBack();
      if (!KillRecovery(rings, dir, plan)) break;
      kills.push_back(plan);
      CheckRecovers(rings, dir);
    }
  }
  return kills;
}

// Calls `run` with pairs of a first and a second plan.
template <typename Run>
int ForPairs(std::size_t firsts, std::size_t seconds, const Run& run) {
  constexpr std::size_t kBound = 3;
  constexpr int kByChance = 100;
  const auto chances = static_cast<std::uint64_t>(check::Scaled(kByChance));
  std::mt19937_64 chance(1);
  int runs = 0;
  for (std::size_t first = 0; first < firsts; ++first) {
    for (std::size_t second = 0; second < seconds; ++second) {
      const bool is_early = first < kBound && second < kBound && !check::kSanitizer;
      if (!check::IsLong() && !is_early && chance() % (firsts * seconds) >= chances) continue;
      run(first, second);
      ++runs;
    }
  }
  return runs;
}

TEST(PairSweep, ARecoveryOnAFullDiskThatIsKilledDoublesNothing) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  const TempDir dir(MemoryDisk());
  const TwoRings rings(dir);
  const std::vector<Plan> kills = Kills(rings, dir);
  constexpr std::size_t kStep = 37;
  const int runs =
      ForPairs(rings.Lacking() / kStep, kills.size(), [&](std::size_t room, std::size_t kill) {
        const Run run(kills[kill]);
        rings.PutBack();
        KillRecovery(rings, dir, kills[kill], room * kStep);
        CheckRecovers(rings, dir);
      });
  std::printf("PairSweep: %d recoveries killed on a full disk\n", runs);
}

TEST(PairSweep, ARecoveryOfAKilledRecoveryThatIsKilledDoublesNothing) {
  if (check::kThreadSanitizer) SKIP("the test uses one thread, so there is no race to find");
  const TempDir dir(MemoryDisk());
  const TwoRings rings(dir);
  const std::vector<Plan> kills = Kills(rings, dir);
  const int runs = ForPairs(kills.size(), kills.size(), [&](std::size_t first, std::size_t second) {
    const Run run(kills[first]);
    const Run again(kills[second]);
    rings.PutBack();
    KillRecovery(rings, dir, kills[first]);
    KillRecovery(rings, dir, kills[second]);
    CheckRecovers(rings, dir);
  });
  std::printf("PairSweep: %d pairs of kills of recoveries\n", runs);
}

}  // namespace
}  // namespace dllogger
