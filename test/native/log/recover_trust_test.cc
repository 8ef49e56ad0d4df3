// Rings that recovery does not trust, in whole or in part.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "log/dead_log.h"
#include "log/dead_log_recovery.h"
#include "log/recover.h"
#include "support/append.h"
#include "support/check.h"
#include "support/child.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using State = DeadRing::State;

// Changes the ring of a log with one record, and recovers it.
template <typename Change>
void CheckLeftOut(const Change& change, State reason, bool is_kept) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  log.Log(0, kShape);
  change(&log);
  log.Die();
  WriteFile(dir / "log", "old\nDLLL {");
  Age(dir / "log");
  const Recovery recovery = RecoverGood(dir / "log");
  CHECK_EQ(recovery.records, 0u);
  if (CHECK_EQ(recovery.left.size(), 1u)) CHECK(recovery.left[0].reason == reason);
  CHECK_EQ(RingsIn(dir).size(), is_kept ? 1u : 0u);
  CHECK_EQ(recovery.unfinished, 6u);
  CHECK_EQ(ReadFile(dir / "log"), "old\nDLLL {\n");
}

TEST(Recover, ARingFromBeforeARebootIsLeftOut) {
  const auto change = [](DeadLog* log) {
    log->Poke(kHeaderOffset + offsetof(RingHeader, boot), 'x');
  };
  CheckLeftOut(change, State::kReboot, false);
}

TEST(Recover, AnUnknownVersionIsLeftAlone) {
  const auto change = [](DeadLog* log) {
    log->Poke(kHeaderOffset + offsetof(RingHeader, version), kRingVersion + 1);
  };
  CheckLeftOut(change, State::kVersion, true);
}

TEST(Recover, AnImpossibleHeaderOrCommitIsLeftAlone) {
  const auto left_alone = [](const auto& change) { CheckLeftOut(change, State::kDamaged, true); };
  left_alone([](DeadLog* log) { log->Poke(kHeaderOffset, 'x'); });
  left_alone([](DeadLog* log) {
    log->Poke(kHeaderOffset + offsetof(RingHeader, capacity), Ring::kCapacity * 2);
  });
  left_alone([](DeadLog* log) { log->Poke(kHeaderOffset + offsetof(RingHeader, non_finite), 7); });
  left_alone([](DeadLog* log) {
    log->Poke(kCommitOffset, '\xff');
    log->Poke(kCommitOffset + kCommitStride, '\xff');
  });
  left_alone([](DeadLog* log) { log->Commit(0, log->Head() + 16, 0); });
  left_alone([](DeadLog* log) { log->Commit(log->Head() + 16, log->Head() + 16, 0); });
  left_alone([](DeadLog* log) { log->Commit(0, log->Head(), -1); });
}

TEST(Recover, TheEarlierCommitCountsWhenTheLaterOneIsTorn) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  log.Log(0, kShape);
  log.Commit(log.Head(), log.Head(), 0);
  log.Log(1, kShape);
  // The third commit: the other copy holds the second.
  log.Commit(0, 0, 0);
  log.Poke(kCommitOffset + kCommitStride + 20, '\x7f');
  log.Die();
  CHECK_EQ(RecoverGood(dir / "log").records, 1u);
  CHECK_EQ(ReadFile(dir / "log"), LineRange(1, 2));
}

TEST(Recover, ADamagedRecordIsLeftOutAndCounted) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  log.Log(0, kShape);
  Record bad = StepRecord(1, kShape, 1);
  RecordHeader header = HeaderOf(bad);
  header.shape = 9;
  SetHeader(header, &bad);
  log.Put(bad);
  log.Log(2, kShape);
  log.Die();
  const Recovery recovery = RecoverGood(dir / "log");
  CHECK_EQ(recovery.records, 2u);
  if (CHECK_EQ(recovery.left.size(), 1u)) CHECK_EQ(recovery.left[0].count, 1u);
  CHECK_EQ(ReadFile(dir / "log"), LineRange(0, 1) + LineRange(2, 3));
  CHECK(RingsIn(dir).empty());
}

TEST(Recover, TrustsNoFileThatOthersMayHaveMade) {
  const TempDir dir;
  const auto check_untrusted = [&](const auto& change) {
    DeadLog log(dir / "log", "");
    log.Define(kShape);
    log.Log(0, kShape);
    log.Die();
    const std::string ring = RingsIn(dir).at(0);
    change(ring);
    const Recovery recovery = RecoverGood(dir / "log");
    CHECK_EQ(recovery.records, 0u);
    if (CHECK_EQ(recovery.left.size(), 1u)) {
      CHECK(recovery.left[0].reason == State::kUntrusted);
      CHECK_EQ(recovery.left[0].ring, ring);
    }
    CHECK_EQ(unlink(ring.c_str()), 0);
  };
  check_untrusted([](const std::string& ring) { CHECK_EQ(chmod(ring.c_str(), 0620), 0); });
  check_untrusted([&](const std::string& ring) {
    CHECK_EQ(rename(ring.c_str(), (dir / "elsewhere").c_str()), 0);
    CHECK_EQ(symlink((dir / "elsewhere").c_str(), ring.c_str()), 0);
  });
  check_untrusted([&](const std::string& ring) {
    CHECK_EQ(link(ring.c_str(), (dir / "another name").c_str()), 0);
  });
  check_untrusted([&](const std::string& ring) {
    CHECK_EQ(unlink(ring.c_str()), 0);
    CHECK_EQ(mkfifo(ring.c_str(), 0600), 0);
  });
  if (geteuid() == 0) {
    check_untrusted([](const std::string& ring) { CHECK_EQ(chown(ring.c_str(), 4242, 0), 0); });
  }
}

// Root recovers the log of a user who has another ring of it, of a run that lives.
TEST(Recover, ALiveRingOfAnotherUserKeepsItsLink) {
  if (geteuid() != 0) return;
  const uid_t user = 4242;
  const TempDir dir;
  LeaveRing(dir, "", 1);
  const std::string dead = RingsIn(dir).at(0);
  const std::string folder = dir / (".log." + std::to_string(user) + ".rings");
  CHECK_EQ(rename(dead.c_str(), (dir / "dead").c_str()), 0);
  const DeadLog live(dir / "log", "");
  CHECK_EQ(mkdir(folder.c_str(), 0700), 0);
  CHECK_EQ(rename((dir / "dead").c_str(), (folder + "/0123456789abcdef.ring").c_str()), 0);
  CHECK_EQ(chown(folder.c_str(), user, 0), 0);
  CHECK_EQ(chown((dir / "log").c_str(), user, 0), 0);
  for (const std::string& ring : RingsIn(dir)) CHECK_EQ(chown(ring.c_str(), user, 0), 0);
  CHECK_EQ(RecoverGood(dir / "log").records, 1u);
  CHECK_EQ(RingsIn(dir).size(), 1u);
  // Without the link, nobody finds the ring once the log has another name.
  std::vector<std::string> names;
  CHECK_EQ(platform::ListDirectory(dir / ".", &names).error, 0);
  const auto is_link = [](const std::string& name) { return name.rfind(".ring-", 0) == 0; };
  CHECK_EQ(std::count_if(names.begin(), names.end(), is_link), 1);
}

}  // namespace
}  // namespace dllogger
