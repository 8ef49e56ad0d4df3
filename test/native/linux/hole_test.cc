// A log with a hole of gigabytes, as left by a power cut: no call reads through the hole. A limit
// on the number of reads makes further reads fail.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "linux/faults.h"
#include "log/dead_log_recovery.h"
#include "log/tail.h"
#include "support/append.h"
#include "support/producer.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;

constexpr std::string_view kFirstLine = "DLLL {\"before\": 1}\n";
constexpr std::uint64_t kHole = std::uint64_t{8} << 30;
constexpr int kReads = 100;

// A log and its dead ring. The log holds a line, the hole, and `behind`.
class HollowLog {
 public:
  explicit HollowLog(std::string_view behind) : dir_(MemoryDisk()) {
    DeadLog dead(Path(), kFirstLine);
    dead.Define(kShape);
    for (int step = 0; step < 3; ++step) dead.Log(step, kShape);
    dead.Commit(0, dead.Head(), static_cast<std::int64_t>(kFirstLine.size()));
    dead.Die();
    WriteFile(Path(), kFirstLine);
    std::filesystem::resize_file(Path(), kHole);
    LogFile log;
    CHECK_EQ(log.Open(Path(), LogFile::Mode::kAppend).error, 0);
    std::size_t written = 0;
    if (!behind.empty()) {
      CHECK_EQ(log.Handle().Write(behind.data(), behind.size(), &written).error, 0);
    }
    Age(Path());
    faults::Arm({Call::kRead, kReads, Action::kFail, EIO, true}, Path());
  }
  ~HollowLog() { CHECK(!faults::Disarm()); }
  HollowLog(const HollowLog&) = delete;
  HollowLog& operator=(const HollowLog&) = delete;

  std::string Path() const { return dir_ / "log"; }
  // The content behind the hole.
  std::string End() const {
    std::ifstream file(Path(), std::ios::binary);
    file.seekg(static_cast<std::streamoff>(kHole));
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  TempDir dir_;
};

TEST(Hole, TheEndOfALogIsFoundWithoutReadingItsHole) {
  for (const std::string_view behind : {"", "DLLL {\"torn", "DLLL {}\nDLLL {\"torn"}) {
    const HollowLog log(behind);
    platform::File file;
    CHECK_EQ(file.OpenForReading(log.Path()).error, 0);
    const auto size = static_cast<std::int64_t>(kHole + behind.size());
    TailOf found;
    CHECK_EQ(InspectTail(file, size, &found).error, 0);
    const std::size_t newline = behind.find('\n');
    const bool is_alone = newline == std::string_view::npos;
    CHECK_EQ(found.start, is_alone ? static_cast<std::int64_t>(kFirstLine.size())
                                   : static_cast<std::int64_t>(kHole + newline + 1));
    CHECK(found.tail == (behind.empty() || !is_alone ? Tail::kTorn : Tail::kOther));
  }
}

TEST(Hole, AReaderAndARecoverySkipTheHole) {
  const HollowLog log("");
  MissingLines missing;
  Recovery seen;
  CHECK_EQ(FindMissing(log.Path(), &missing, &seen).error, 0);
  CHECK_EQ(missing.lines, LineRange(0, 3));
  CHECK_EQ(RecoverGood(log.Path()).records, 3u);
  CHECK_EQ(log.End(), "\n" + LineRange(0, 3));
}

TEST(Hole, ARecordBehindTheHoleIsNotWrittenTwice) {
  const HollowLog log("\n" + LineRange(0, 2));
  CHECK_EQ(RecoverGood(log.Path()).records, 1u);
  CHECK_EQ(log.End(), "\n" + LineRange(0, 3));
}

TEST(Hole, AnAppendingOpenSkipsTheHole) {
  const HollowLog log("");
  CHECK_EQ(OpenWriter(log.Path(), LogFile::Mode::kAppend)->Close().error, 0);
  CHECK_EQ(log.End(), "\n" + LineRange(0, 3));
}

}  // namespace
}  // namespace dllogger
