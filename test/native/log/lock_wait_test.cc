// Waiting for another process that was stopped while it held a lock of the log: up to a deadline.
// The fault then names the process.
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "log/file.h"
#include "log/open_soon.h"
#include "log/recover.h"
#include "support/check.h"
#include "support/child.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

using Mode = LogFile::Mode;

constexpr const char* kLine = "DLLL {\"before\": 1}\n";

// A process that is stopped while it holds the append lock, or while it empties the log.
class Stopped {
 public:
  Stopped(const std::string& path, Mode mode)
      : child_([&](const Signals& line) {
          LogFile file;
          CHECK(!file.Open(path, mode));
          LogFile::AppendLock append_lock(&file);
          CHECK_EQ(append_lock.Take(LogFile::kNever).error, 0);
          line.Send();
          line.Await();
          if (mode == Mode::kTruncate) CHECK_EQ(file.TruncateToZero().error, 0);
          std::size_t done = 0;
          CHECK_EQ(append_lock.Begin({}, &done).error, 0);
          CHECK_EQ(append_lock.Write("DLLL {\"stopped\": 1}\n", &done).error, 0);
        }) {
    child_.Line().Await();
    CHECK_EQ(kill(child_.Id(), SIGSTOP), 0);
    int status = 0;
    CHECK_EQ(waitpid(child_.Id(), &status, WUNTRACED), child_.Id());
    CHECK(WIFSTOPPED(status));
  }

  pid_t Id() const { return child_.Id(); }
  void Continue() {
    CHECK_EQ(kill(child_.Id(), SIGCONT), 0);
    child_.Line().Send();
    child_.Join();
  }

 private:
  Child child_;
};

TEST(LockWait, AnOpenGivesUpOnAnAppendLockThatIsNotReleased) {
  const TempDir dir;
  const std::string path = dir / "log";
  WriteFile(path, kLine);
  Stopped stopped(path, Mode::kAppend);
  for (const Mode mode : {Mode::kAppend, Mode::kTruncate}) {
    const Writer::Opened opened = OpenSoon(path, mode);
    CHECK(opened.writer == nullptr);
    CHECK(opened.fault.IsHeld());
    CHECK_EQ(opened.fault.holder, stopped.Id());
  }
  CHECK_EQ(ReadFile(path), kLine);
  stopped.Continue();
  const Writer::Opened opened = OpenSoon(path, Mode::kAppend);
  if (CHECK(opened.writer != nullptr)) CHECK_EQ(opened.writer->Close().error, 0);
  CHECK_EQ(ReadFile(path), std::string(kLine) + "DLLL {\"stopped\": 1}\n");
}

TEST(LockWait, ARecoveryGivesUpAndAReaderContinues) {
  const TempDir dir;
  const std::string path = dir / "log";
  WriteFile(path, kLine);
  Stopped stopped(path, Mode::kAppend);
  Recovery recovery;
  const Fault fault = RecoverPath(path, &recovery, Soon());
  CHECK(fault.IsHeld());
  CHECK_EQ(fault.holder, stopped.Id());
  MissingLines missing;
  Recovery seen;
  CHECK_EQ(FindMissing(path, &missing, &seen).error, 0);
  CHECK_EQ(missing.end, std::string(kLine).size());
  CHECK_EQ(missing.lines, "");
  stopped.Continue();
  CHECK_EQ(RecoverPath(path, &recovery, Soon()).error, 0);
}

TEST(LockWait, NoWriterOpensALogThatIsBeingEmptied) {
  const TempDir dir;
  const std::string path = dir / "log";
  WriteFile(path, kLine);
  const std::string other = dir / "other";
  Stopped stopped(path, Mode::kTruncate);
  for (const Mode mode : {Mode::kAppend, Mode::kTruncate}) {
    const Writer::Opened opened = OpenSoon(path, mode);
    CHECK(opened.fault.IsHeld());
    CHECK_EQ(opened.fault.holder, stopped.Id());
  }
  // Nor does a writer that reopens its renamed log: it keeps the old file.
  const std::shared_ptr<Writer> writer = OpenWriter(other);
  Producer producer(writer);
  ShapeOf shape({"loss"});
  CHECK_EQ(rename(other.c_str(), (dir / "moved").c_str()), 0);
  CHECK_EQ(link(path.c_str(), other.c_str()), 0);
  const Fault fault = writer->Reopen(Soon());
  CHECK(fault.IsHeld());
  CHECK_EQ(producer.Publish(StepRecord(0, shape, 1), &shape).error, 0);
  CHECK_EQ(writer->Flush(producer.Position()).error, 0);
  std::string line;
  AppendStepLine(0, shape, "1", &line);
  CHECK_EQ(ReadFile(dir / "moved"), line);
  CHECK_EQ(ReadFile(path), kLine);
  stopped.Continue();
  CHECK_EQ(writer->Reopen(Soon()).error, 0);
  CHECK_EQ(writer->Close().error, 0);
  CHECK_EQ(ReadFile(path), "DLLL {\"stopped\": 1}\n");
}

}  // namespace
}  // namespace dllogger
