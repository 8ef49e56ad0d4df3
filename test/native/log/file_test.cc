#include "log/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/append.h"
#include "support/check.h"
#include "support/child.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using Mode = LogFile::Mode;

constexpr auto kGrace = LogFile::kHolderGrace;

// Opens a log, and checks that this succeeds.
void OpenLog(const std::string& path, Mode mode, LogFile* file) {
  const Fault fault = file->Open(path, mode);
  CHECK_EQ(fault.error, 0);
  CHECK(!fault);
  if (mode == Mode::kTruncate) CHECK_EQ(file->TruncateToZero().error, 0);
}

void AppendAll(LogFile* file, std::string_view lines) {
  std::size_t done = 0;
  CHECK_EQ(Append(file, lines, &done).error, 0);
  CHECK_EQ(done, lines.size());
}

TEST(File, AppendsWholeLines) {
  const TempDir dir;
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  CHECK_EQ(ReadFile(dir / "log"), "");
  AppendAll(&file, "one\ntwo\n");
  AppendAll(&file, "");
  AppendAll(&file, "three\n");
  CHECK_EQ(ReadFile(dir / "log"), "one\ntwo\nthree\n");
  const std::string large(5 << 20, 'x');
  AppendAll(&file, large + "\n");
  CHECK_EQ(ReadFile(dir / "log"), "one\ntwo\nthree\n" + large + "\n");
  CHECK_EQ(file.Sync().error, 0);
  CHECK_EQ(file.Sync().error, 0);
}

TEST(File, AppendsTheLinesBehindThoseThatAreDone) {
  const TempDir dir;
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  std::size_t done = 4;
  CHECK_EQ(Append(&file, "one\ntwo\n", &done).error, 0);
  CHECK_EQ(done, 8u);
  CHECK_EQ(ReadFile(dir / "log"), "two\n");
}

TEST(File, TruncatesOrContinues) {
  const TempDir dir;
  WriteFile(dir / "log", "old\n");
  {
    LogFile file;
    OpenLog(dir / "log", Mode::kAppend, &file);
    AppendAll(&file, "new\n");
  }
  CHECK_EQ(ReadFile(dir / "log"), "old\nnew\n");
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  CHECK_EQ(ReadFile(dir / "log"), "");
}

TEST(File, AnUnfinishedLastLineGetsItsEnd) {
  const TempDir dir;
  const std::pair<const char*, const char*> kCases[] = {
      {"", ""},
      {"a\n", "a\n"},
      {"a", "a\n"},
      {"a\nb", "a\nb\n"},
      {"\n", "\n"},
      {"a\nDLLL {\"a\": [1, {\"}\\\"\": 2}]}", "a\nDLLL {\"a\": [1, {\"}\\\"\": 2}]}\n"},
      {"DLLL {}x", "DLLL {}x\n"},
      {"DLLM", "DLLM\n"}};
  for (const auto& [before, after] : kCases) {
    WriteFile(dir / "log", before);
    Age(dir / "log");
    LogFile file;
    OpenLog(dir / "log", Mode::kAppend, &file);
    // A batch without lines, which a shape's definition alone makes, leaves the log's end as it is.
    AppendAll(&file, "");
    CHECK_EQ(ReadFile(dir / "log"), before);
    AppendAll(&file, "next\n");
    CHECK_EQ(ReadFile(dir / "log"), std::string(after) + "next\n");
  }
}

TEST(File, TheBeginningOfARecordIsKept) {
  const TempDir dir;
  const std::string before = "a line\n";
  const std::string record = "DLLL {\"step\": [1, 2], \"data\": {\"a\": \"}]\\\"\"}}";
  // The last two are larger than one read; one of them is a hole.
  std::vector<std::string> ends = {"DLLL {\"" + std::string(300000, 'x'),
                                   std::string(300000, '\0')};
  for (std::size_t size = 1; size < record.size(); ++size) ends.push_back(record.substr(0, size));
  for (const std::string& end : ends) {
    WriteFile(dir / "log", before + end);
    Age(dir / "log");
    LogFile file;
    OpenLog(dir / "log", Mode::kAppend, &file);
    AppendAll(&file, "next\n");
    CHECK_EQ(ReadFile(dir / "log"), before + end + "\nnext\n");
  }
}

TEST(File, WaitsForALineThatIsBeingWritten) {
  const TempDir dir;
  WriteFile(dir / "log", "DLLL {\"begun");
  Child child([&](const Signals& line) {
    const int other = open((dir / "log").c_str(), O_WRONLY | O_APPEND);
    line.Send();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK_EQ(write(other, "\": 1}\n", 6), 6);
  });
  child.Line().Await();
  LogFile file;
  OpenLog(dir / "log", Mode::kAppend, &file);
  AppendAll(&file, "next\n");
  CHECK_EQ(ReadFile(dir / "log"), "DLLL {\"begun\": 1}\nnext\n");
  child.Join();
}

TEST(File, ADeletedLogIsMadeAnew) {
  const TempDir dir;
  LogFile file;
  OpenLog(dir / "log", Mode::kAppend, &file);
  AppendAll(&file, "one\n");
  CHECK_EQ(unlink((dir / "log").c_str()), 0);
  AppendAll(&file, "two\n");
  CHECK_EQ(ReadFile(dir / "log"), "two\n");
  CHECK_EQ(rename((dir / "log").c_str(), (dir / "renamed").c_str()), 0);
  AppendAll(&file, "three\n");
  CHECK_EQ(ReadFile(dir / "renamed"), "two\nthree\n");
}

TEST(File, LeavesNoHoleWhenAnotherProgramTruncatesIt) {
  const TempDir dir;
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  AppendAll(&file, "one\ntwo\n");
  CHECK_EQ(truncate((dir / "log").c_str(), 0), 0);
  AppendAll(&file, "three\n");
  CHECK_EQ(ReadFile(dir / "log"), "three\n");
}

TEST(File, GetsTheModeThatTheUmaskAllows) {
  const TempDir dir;
  const mode_t before = umask(027);
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  umask(before);
  struct stat status = {};
  CHECK_EQ(stat((dir / "log").c_str(), &status), 0);
  CHECK_EQ(status.st_mode & 0777, 0640);
}

TEST(File, IsClosedInProgramsThatTheProcessStarts) {
  const TempDir dir;
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  struct stat log = {};
  CHECK_EQ(stat((dir / "log").c_str(), &log), 0);
  int count = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    struct stat status = {};
    if (fstat(descriptor, &status) != 0 || status.st_ino != log.st_ino) continue;
    if (status.st_dev != log.st_dev) continue;
    ++count;
    CHECK((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK_EQ(count, 1);
}

TEST(File, SaysWhyItCannotBeOpened) {
  const TempDir dir;
  const auto open_error = [](const std::string& path, Mode mode) {
    LogFile file;
    const Fault fault = file.Open(path, mode);
    CHECK_EQ(fault.call, "open");
    return fault.error;
  };
  WriteFile(dir / "file", "");
  for (const Mode mode : {Mode::kTruncate, Mode::kAppend}) {
    CHECK_EQ(open_error(dir / ".", mode), EISDIR);
    CHECK_EQ(open_error(dir / "missing/log", mode), ENOENT);
    CHECK_EQ(open_error(dir / "file/log", mode), ENOTDIR);
    CHECK_EQ(open_error("", mode), ENOENT);
    CHECK_EQ(open_error(dir / std::string(300, 'x'), mode), ENAMETOOLONG);
  }
}

TEST(File, ADeviceThatTakesNothingIsAFaultAtOnce) {
  if (access("/dev/full", W_OK) != 0) SKIP("there is no /dev/full");
  for (const Mode mode : {Mode::kTruncate, Mode::kAppend}) {
    LogFile file;
    CHECK_EQ(file.Open("/dev/full", mode).error, ENOSPC);
    LogFile nowhere;
    OpenLog("/dev/null", mode, &nowhere);
    AppendAll(&nowhere, "gone\n");
    CHECK_EQ(nowhere.Sync().error, 0);
  }
}

TEST(File, WritesIntoPipes) {
  const TempDir dir;
  CHECK_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  RunInChild([&] {
    std::signal(SIGPIPE, SIG_IGN);
    const int reader = open((dir / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
    LogFile file;
    OpenLog(dir / "pipe", Mode::kTruncate, &file);
    AppendAll(&file, "one\ntwo\n");
    char text[64];
    const ssize_t size = read(reader, text, sizeof(text));
    if (CHECK_EQ(size, 8)) CHECK_EQ(std::string(text, 8), "one\ntwo\n");
    CHECK_EQ(file.Sync().error, 0);
    close(reader);
    std::size_t done = 0;
    CHECK_EQ(Append(&file, "three\n", &done).error, EPIPE);
    CHECK_EQ(done, 0u);
  });
}

// A batch of an author: each line holds the number of the batch and its index in the batch.
std::string Batch(const std::string& author, int batch, std::size_t length) {
  constexpr int kLinesPerBatch = 4;
  std::string lines;
  for (int line = 0; line < kLinesPerBatch; ++line) {
    lines += author + " " + std::to_string(batch) + "." + std::to_string(line) + " ";
    lines += std::string(length, 'x') + "\n";
  }
  return lines;
}

// Small batches, and batches that take the system a while.
std::size_t LengthOf(int batch) {
  return batch % 25 == 0 ? 100000 : static_cast<std::size_t>(batch);
}

void AppendBatches(const std::string& path, const std::string& author, int count) {
  LogFile file;
  OpenLog(path, Mode::kAppend, &file);
  for (int batch = 0; batch < count; ++batch) {
    AppendAll(&file, Batch(author, batch, LengthOf(batch)));
  }
}

// Checks that every batch is in the log, in one piece, and that those of an author are in order.
void CheckBatches(const std::string& text, const std::vector<std::string>& authors, int count) {
  std::map<std::string, int> next;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string author = text.substr(at, 1);
    const int batch = next[author]++;
    const std::string expected = Batch(author, batch, LengthOf(batch));
    if (!CHECK_EQ(text.substr(at, expected.size()), expected)) return;
    at += expected.size();
  }
  CHECK_EQ(next.size(), authors.size());
  for (const std::string& author : authors) CHECK_EQ(next[author], count);
}

TEST(File, ThreadsShareALogBatchByBatch) {
  const TempDir dir;
  const int count = check::Scaled(2000);
  std::vector<std::thread> threads;
  for (const char* author : {"a", "b"}) {
    threads.emplace_back([&, author] { AppendBatches(dir / "log", author, count); });
  }
  for (std::thread& thread : threads) thread.join();
  CheckBatches(ReadFile(dir / "log"), {"a", "b"}, count);
}

TEST(File, ProcessesShareALogBatchByBatch) {
  const TempDir dir;
  const int count = check::Scaled(2000);
  Child a([&](const Signals&) { AppendBatches(dir / "log", "a", count); });
  Child b([&](const Signals&) { AppendBatches(dir / "log", "b", count); });
  a.Join();
  b.Join();
  CheckBatches(ReadFile(dir / "log"), {"a", "b"}, count);
}

TEST(File, TheLogOfALiveWriterIsNotTruncated) {
  const TempDir dir;
  Child child([&](const Signals& line) {
    LogFile file;
    OpenLog(dir / "log", Mode::kAppend, &file);
    AppendAll(&file, "child\n");
    line.Send();
    line.Await();
    AppendAll(&file, "child again\n");
  });
  child.Line().Await();
  {
    LogFile file;
    const auto start = std::chrono::steady_clock::now();
    const Fault fault = file.Open(dir / "log", Mode::kTruncate);
    CHECK(fault.IsHeld());
    CHECK_EQ(fault.holder, child.Id());
    CHECK(std::chrono::steady_clock::now() - start >= kGrace);
  }
  {
    // Appending is allowed, before and after the other process writes.
    LogFile file;
    OpenLog(dir / "log", Mode::kAppend, &file);
    AppendAll(&file, "parent\n");
    child.Line().Send();
    child.Join();
    AppendAll(&file, "parent again\n");
  }
  CHECK_EQ(ReadFile(dir / "log"), "child\nparent\nchild again\nparent again\n");
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  CHECK_EQ(ReadFile(dir / "log"), "");
}

TEST(File, WaitsForAWriterThatEnds) {
  const TempDir dir;
  Child child([&](const Signals& line) {
    LogFile file;
    OpenLog(dir / "log", Mode::kAppend, &file);
    AppendAll(&file, "child\n");
    line.Send();
    line.Await();
    std::this_thread::sleep_for(kGrace / 10);
    AppendAll(&file, "its last\n");
  });
  child.Line().Await();
  child.Line().Send();
  LogFile file;
  OpenLog(dir / "log", Mode::kTruncate, &file);
  CHECK_EQ(ReadFile(dir / "log"), "");
  child.Join();
}

TEST(File, TheLogOfAKilledWriterIsTruncatedWithoutAWait) {
  const TempDir dir;
  Child child([&](const Signals& line) {
    LogFile file;
    OpenLog(dir / "log", Mode::kTruncate, &file);
    line.Send();
    line.Await();
  });
  child.Line().Await();
  child.Kill();
  LogFile file;
  const auto start = std::chrono::steady_clock::now();
  OpenLog(dir / "log", Mode::kTruncate, &file);
  CHECK(std::chrono::steady_clock::now() - start < kGrace);
}

TEST(File, OfConcurrentTruncatingOpensOneWinsAndKeepsItsLog) {
  const TempDir dir;
  WriteFile(dir / "log", "old\n");
  int wins = 0;
  std::vector<std::thread> threads;
  std::vector<LogFile> files(4);
  std::vector<Fault> faults(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    threads.emplace_back([&, i] {
      faults[i] = files[i].Open(dir / "log", Mode::kTruncate);
      if (!faults[i]) CHECK_EQ(files[i].TruncateToZero().error, 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!faults[i]) ++wins;
    CHECK_EQ(faults[i].holder, faults[i] ? getpid() : -1);
  }
  CHECK_EQ(wins, 1);
}

}  // namespace
}  // namespace dllogger
