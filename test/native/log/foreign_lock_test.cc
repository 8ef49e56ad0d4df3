// Locks of other programs do not stop the log.
#include <fcntl.h>

#include <cerrno>
#include <string>

#include "log/open_soon.h"
#include "support/append.h"
#include "support/check.h"
#include "support/child.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

using Mode = LogFile::Mode;

// A process with a traditional POSIX lock on a part of the log, as lockf() takes. A length of 0
// means everything from `start` on.
class Locker {
 public:
  Locker(const std::string& path, int type, std::int64_t start, std::int64_t length)
      : child_([&](const Signals& line) {
          const int file = open(path.c_str(), O_RDWR);
          struct flock range = {};
          range.l_type = static_cast<decltype(range.l_type)>(type);
          range.l_start = start;
          range.l_len = length;
          CHECK_EQ(fcntl(file, F_SETLK, &range), 0);
          line.Send();
          line.Await();
        }) {
    child_.Line().Await();
  }
  pid_t Id() const { return child_.Id(); }
  void End() {
    child_.Line().Send();
    child_.Join();
  }

 private:
  Child child_;
};

constexpr std::int64_t kByteOfProcessOne = (std::int64_t{1} << 62) + 1;

TEST(ForeignLock, AReaderWithASharedLockStopsNoWriter) {
  const TempDir dir;
  const std::string path = dir / "log";
  WriteFile(path, "before\n");
  Locker locker(path, F_RDLCK, 0, 0);
  const Writer::Opened opened = OpenSoon(path, Mode::kAppend);
  if (!CHECK(opened.writer != nullptr)) return;
  Producer producer(opened.writer);
  ShapeOf shape({"loss"});
  CHECK(!producer.Publish(StepRecord(0, shape, 1), &shape));
  CHECK(!opened.writer->Flush(producer.Position()));
  std::string expected = "before\n";
  AppendStepLine(0, shape, "1", &expected);
  CHECK_EQ(ReadFile(path), expected);
  CHECK(!opened.writer->Close());
  locker.End();
}

TEST(ForeignLock, AnExclusiveLockDelaysButDoesNotStopAWriter) {
  const TempDir dir;
  const std::string path = dir / "log";
  const std::shared_ptr<Writer> writer = OpenWriter(path);
  Producer producer(writer);
  ShapeOf shape({"loss"});
  Locker locker(path, F_WRLCK, 0, 1);
  Locker other(path, F_WRLCK, (std::int64_t{1} << 62) - 1, 1);
  for (int step = 0; step < 3; ++step) {
    CHECK(!producer.Publish(StepRecord(step, shape, 1), &shape));
    CHECK(!writer->Flush(producer.Position()));
  }
  CHECK(!writer->Close());
  std::string expected;
  for (int step = 0; step < 3; ++step) AppendStepLine(step, shape, "1", &expected);
  CHECK_EQ(ReadFile(path), expected);
  locker.End();
  other.End();
}

TEST(ForeignLock, ATruncatingOpenNamesTheHolderOnlyIfItIsKnown) {
  const TempDir dir;
  const std::string path = dir / "log";
  WriteFile(path, "before\n");
  {
    Locker locker(path, F_RDLCK, 0, 0);
    const Writer::Opened opened = OpenSoon(path, Mode::kTruncate);
    CHECK(opened.fault.IsHeld());
    CHECK(opened.fault.is_foreign);
    CHECK_EQ(opened.fault.holder, locker.Id());
    locker.End();
  }
  {
    // The lock that a writer in process 1 would hold; process 1 does not have the log open.
    Locker locker(path, F_RDLCK, kByteOfProcessOne, 1);
    const Writer::Opened opened = OpenSoon(path, Mode::kTruncate);
    CHECK(opened.fault.IsHeld());
    CHECK_EQ(opened.fault.holder, Fault::kUnknown);
    locker.End();
  }
  CHECK_EQ(ReadFile(path), "before\n");
}

}  // namespace
}  // namespace dllogger
