// Rings with a good header and commit, and damaged records: recovery does not hang, invents
// nothing, and writes each record once. A reader sees the lines that recovery writes.
#include <algorithm>
#include <csignal>
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

// The log's content after recovery. Checks that a reader saw the same before, except for an
// unfinished line that no ring completes: this line stays, as a separate line.
std::string Recovered(const std::string& path) {
  MissingLines missing;
  Recovery seen;
  CHECK_EQ(FindMissing(path, &missing, &seen).error, 0);
  std::string expected = ReadFile(path);
  const std::string unfinished = expected.substr(static_cast<std::size_t>(missing.end));
  if (missing.lines.substr(0, unfinished.size()) == unfinished) {
    expected.resize(static_cast<std::size_t>(missing.end));
  }
  if (!expected.empty() && expected.back() != '\n') expected += '\n';
  expected += missing.lines;
  Recovery recovery;
  CHECK_EQ(RecoverPath(path, &recovery).error, 0);
  CHECK_EQ(ReadFile(path), expected);
  CHECK_EQ(recovery.records, seen.records);
  return ReadFile(path);
}

TEST(RecoverDamage, AnOversizedRecordOfAnImpossibleSizeBeforeTheTailIsSkipped) {
  for (const std::uint32_t size : {0u, 16u, 1u << 30}) {
    const TempDir dir;
    DeadLog log(dir / "log", "");
    log.Define(kShape);
    log.Refer({0, 1000}, size);
    log.Log(0, kShape);
    log.Commit(log.Head(), log.Head(), 0);
    log.Log(1, kShape);
    log.Die();
    // When the size is damaged, the definitions of this half are lost, too.
    const std::string found = Recovered(dir / "log");
    CHECK(found.empty() || found == LineRange(1, 2));
    CHECK(RingsIn(dir).empty());
  }
}

TEST(RecoverDamage, AnEmptyOversizedRecordIsLeftOutAlone) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  log.Log(0, kShape);
  log.Refer({0, 0});
  log.Log(1, kShape);
  log.Die();
  CHECK_EQ(Recovered(dir / "log"), LineRange(0, 2));
  CHECK(RingsIn(dir).empty());
}

TEST(RecoverDamage, AnOversizedRecordWithManyReferencesIsRecoveredOnce) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  log.Define(kShape);
  const Record metadata = RecordBuilder(Kind::kMetadata)
                              .Times(1795391251000000.0, 0)
                              .Latin1("large")
                              .Object(1)
                              .Latin1("text")
                              .Latin1(std::string(300000, 'x'))
                              .Build();
  const RecordOverflow first = log.PutOverflow(metadata);
  for (int i = 0; i < 100; ++i) log.Refer(first);
  log.PutOverflow(metadata);
  log.Log(0, kShape);
  log.Die();
  const std::string text = Recovered(dir / "log");
  std::size_t lines = 0;
  for (const char character : text) lines += character == '\n' ? 1 : 0;
  CHECK_EQ(lines, 3u);
}

// A batch of ten lines of which four were written, then a line of another writer, then two more.
class HalfWritten {
 public:
  explicit HalfWritten(const std::string& path) : log_(path, "") {
    log_.Define(kShape);
    for (int step = 0; step < 10; ++step) {
      positions_.push_back(log_.Head());
      log_.Log(step, kShape);
    }
  }
  DeadLog& Log() { return log_; }
  void Commit(std::uint64_t done, std::int64_t wrong = 0) {
    const auto offset = static_cast<std::int64_t>((LineRange(0, 4) + kOther).size());
    log_.Commit(0, log_.Head(), offset + wrong, done);
    for (int step = 10; step < 12; ++step) log_.Log(step, kShape);
  }
  void Damage(int step) { log_.Damage(positions_[static_cast<std::size_t>(step)]); }
  // Changes the record's value: the record stays valid, and gives another line.
  void Change(int step, double value) {
    constexpr std::size_t kValue = sizeof(RecordHeader) + sizeof(RecordTimes) + sizeof(double);
    log_.Poke(Ring::kDataOffset + positions_[static_cast<std::size_t>(step)] + kValue, value);
  }

  static constexpr const char* kOther = "DLLL {\"other\": 1}\n";

 private:
  DeadLog log_;
  std::vector<std::uint32_t> positions_;
};

TEST(RecoverDamage, ACommitThatPointsIntoALineBringsWholeLinesOnce) {
  const std::string before = LineRange(0, 4) + HalfWritten::kOther + LineRange(4, 6);
  for (const std::uint64_t wrong : {1u, 70u, 1000000u}) {
    const TempDir dir;
    HalfWritten dead(dir / "log");
    dead.Commit(LineRange(0, 4).size() + wrong);
    dead.Log().Die();
    WriteFile(dir / "log", before);
    CHECK_EQ(Recovered(dir / "log"), before + LineRange(6, 12));
  }
}

// The line that was written cannot be matched with the record as it is now, so both are kept.
TEST(RecoverDamage, ADamagedRecordThatIsStillValidDoublesNoOther) {
  const std::string before = LineRange(0, 4) + HalfWritten::kOther + LineRange(4, 8);
  // The changed line is as long as before, much longer, or a little longer.
  for (const double value : {3.0, 1.0 / 3.0, 1e300}) {
    for (const int step : {4, 5, 7, 9}) {
      const TempDir dir;
      HalfWritten dead(dir / "log");
      dead.Commit(LineRange(0, 4).size());
      dead.Change(step, value);
      dead.Log().Die();
      WriteFile(dir / "log", before);
      std::string expected = before;
      for (int i = std::min(step, 8); i < 12; ++i) {
        std::string changed;
        const char* text = value == 3.0 ? "3" : value == 1e300 ? "1e+300" : "0.3333333333333333";
        if (i == step) AppendStepLine(i, kShape, text, &changed);
        if (i == step || i >= 8) expected += i == step ? changed : LineRange(i, i + 1);
      }
      if (!CHECK_EQ(Recovered(dir / "log"), expected)) std::printf("  step %d\n", step);
    }
  }
}

TEST(RecoverDamage, AnUnreadableRecordOfABatchDoublesNoOther) {
  const std::string before = LineRange(0, 4) + HalfWritten::kOther + LineRange(4, 6);
  // The record was written by an earlier attempt, by the last attempt, or not at all.
  for (const int step : {1, 5, 7}) {
    // A newline that was not yet written, or half a line, may be missing at the end.
    for (const std::size_t missing : {0u, 1u, 30u}) {
      const TempDir dir;
      HalfWritten dead(dir / "log");
      dead.Commit(LineRange(0, 4).size());
      dead.Damage(step);
      dead.Log().Die();
      WriteFile(dir / "log", before.substr(0, before.size() - missing));
      std::string expected = before;
      if (missing == 30) {
        expected = LineRange(0, 4) + HalfWritten::kOther + LineRange(4, 5);
        // The line's record is unreadable, so its beginning stays.
        if (step == 5) expected = before.substr(0, before.size() - missing) + "\n";
      }
      for (int i = missing == 30 ? 5 : 6; i < 12; ++i) {
        if (i != step) expected += LineRange(i, i + 1);
      }
      if (!CHECK_EQ(Recovered(dir / "log"), expected)) {
        std::printf("  step %d, %d missing\n", step, static_cast<int>(missing));
      }
    }
  }
}

// Where the commit points past the log's end, nothing is found there: the reader and recovery must
// agree on that too.
TEST(RecoverDamage, ALastLineWithoutItsNewlineIsFoundByTheReaderAndByRecoveryAlike) {
  const std::string text = LineRange(0, 4) + HalfWritten::kOther + LineRange(4, 6);
  for (const std::int64_t wrong : {-200, -1, 0, 1, 100, 1000, 1000000}) {
    for (const int damaged : {-1, 1, 5, 7}) {
      const TempDir dir;
      HalfWritten dead(dir / "log");
      dead.Commit(LineRange(0, 4).size(), wrong);
      if (damaged != -1) dead.Damage(damaged);
      dead.Log().Die();
      WriteFile(dir / "log", text.substr(0, text.size() - 1));
      Age(dir / "log");
      const std::string recovered = Recovered(dir / "log");
      CHECK_EQ(recovered.substr(0, text.size()), text);
    }
  }
}

TEST(RecoverDamage, ADiskThatFillsUpDuringTheRecoveryOfTwoRingsDoublesNothing) {
  const TempDir dir;
  // The limit must stop writes of the log, not commits in a ring.
  const std::string start = std::string(Ring::kDataOffset, 'x') + '\n';
  RunInChild([&] {
    // Where the first ring's next line does not fit, a shorter line of the second ring would.
    const ShapeOf wide({std::string(400, 'k')});
    for (std::size_t room = 0; room < 2400; room += 49) {
      DeadLog first(dir / "log", "");
      DeadLog second(dir / "log", "");
      std::string expected = start;
      first.Define(wide);
      for (int step = 0; step < 3; ++step) expected += first.Log(step, wide);
      second.Define(kShape);
      for (int step = 10; step < 15; ++step) expected += second.Log(step, kShape);
      first.Die();
      second.Die();
      WriteFile(dir / "log", start);
      Recovery recovery;
      {
        const FullDisk full(start.size() + room);
        CHECK_EQ(RecoverPath(dir / "log", &recovery).error, EFBIG);
      }
      const std::string before = ReadFile(dir / "log");
      CHECK_EQ(before, expected.substr(0, before.size()));
      if (!CHECK_EQ(Recovered(dir / "log"), expected)) return;
    }
  });
}

TEST(RecoverDamage, RecoveryMakesABoundedAmountOfTextFromARing) {
  const TempDir dir;
  DeadLog log(dir / "log", "");
  // A key of 200,000 characters before each of thousands of numbers: a gigabyte.
  const std::string key(200000, 'k');
  log.Put(ShapeRecord(1, {key}));
  RecordBuilder record(Kind::kLog, 1);
  record.Times(1795391251000000.0, 0).Array(0).Number(1);
  while (Ring::UntilHalfEnd(log.Head()) >= 48 && log.Head() < Ring::kHalf - 48) {
    log.Put(record.Build());
  }
  log.Die();
  MissingLines missing;
  Recovery seen;
  CHECK_EQ(FindMissing(dir / "log", &missing, &seen).error, 0);
  CHECK(missing.lines.size() <= std::size_t{260} << 20);
  if (CHECK_EQ(seen.left.size(), 1u)) CHECK_EQ(seen.left[0].fault.error, EFBIG);
}

}  // namespace
}  // namespace dllogger
