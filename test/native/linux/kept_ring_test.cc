// A dead ring that cannot be deleted, as in a directory that is read-only. The log has its records,
// so nobody is told of a fault; the name that stays goes as soon as it can be deleted.
#include <string>
#include <vector>

#include "linux/sweep.h"
#include "log/dead_log_recovery.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;

constexpr int kRecovered = 5;

TEST(KeptRing, RecoveringItIsNoFault) {
  const TempDir dir(MemoryDisk());
  LeaveRing(dir, kBefore, kRecovered);
  faults::Arm({Call::kUnlink, 1, Action::kFail, EACCES, true}, dir / "");
  CHECK_EQ(RecoverGood(dir / "log").records, static_cast<std::uint64_t>(kRecovered));
  CHECK(faults::Disarm());
  CHECK_EQ(ReadFile(dir / "log"), kBefore + LineRange(0, kRecovered));
  CHECK_EQ(ReadFile(RingsIn(dir).at(0)), "");
  CHECK_EQ(RecoverGood(dir / "log").records, 0u);
  std::vector<std::string> names;
  CHECK_EQ(platform::ListDirectory(dir / ".", &names).error, 0);
  CHECK_EQ(names.size(), 1u);
}

TEST(KeptRing, OpeningItsLogIsNoFault) {
  for (const LogFile::Mode mode : {LogFile::Mode::kAppend, LogFile::Mode::kTruncate}) {
    const TempDir dir(MemoryDisk());
    LeaveRing(dir, kBefore, kRecovered);
    Writer::Options options;
    options.path = dir / "log";
    options.mode = mode;
    faults::Arm({Call::kUnlink, 1, Action::kFail, EACCES, true}, dir / "");
    const Writer::Opened opened = Writer::Open(options);
    CHECK(faults::Disarm());
    CHECK_EQ(opened.fault.error, 0);
    CHECK_EQ(opened.recovery.records, static_cast<std::uint64_t>(kRecovered));
    CHECK(opened.recovery.left.empty());
    CHECK_EQ(opened.writer->Close().error, 0);
    const bool keeps = mode == LogFile::Mode::kAppend;
    CHECK_EQ(ReadFile(dir / "log"), keeps ? kBefore + LineRange(0, kRecovered) : "");
  }
}

}  // namespace
}  // namespace dllogger
