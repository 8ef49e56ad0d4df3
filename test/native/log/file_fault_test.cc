// The log on a disk that has no room for all of it.

#include <cerrno>
#include <string>

#include "log/file.h"
#include "support/append.h"
#include "support/check.h"
#include "support/child.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using Mode = LogFile::Mode;

constexpr std::string_view kLines = "first\nsecond line\nthird\n\nfifth and last\n";

// Bytes of the whole lines of a text.
std::size_t WholeLines(std::string_view text) {
  return text.rfind('\n') + 1;
}

void Open(const std::string& path, LogFile* file) {
  CHECK(!file->Open(path, Mode::kAppend));
}

// A log with a second writer, on a disk that was full in the middle of the second line.
struct BrokenOff {
  explicit BrokenOff(const std::string& path) {
    Open(path, &file);
    Open(path, &other);
    const FullDisk full(10);
    CHECK_EQ(Append(&file, kLines, &done).error, EFBIG);
  }

  LogFile file;
  LogFile other;
  std::size_t done = 0;  // of kLines, in `file`
};

TEST(FileFault, LeavesWholeLinesWhereverTheDiskIsFull) {
  const TempDir dir;
  RunInChild([&] {
    const std::string before = "before\n";
    for (std::size_t room = 0; room < kLines.size(); ++room) {
      const std::string path = dir / std::to_string(room);
      WriteFile(path, before);
      LogFile file;
      Open(path, &file);
      std::size_t done = 0;
      const std::size_t whole = WholeLines(kLines.substr(0, room));
      {
        const FullDisk full(before.size() + room);
        // Repeating the attempt on the full disk changes nothing.
        for (int i = 0; i < 3; ++i) {
          const Fault fault = Append(&file, kLines, &done);
          CHECK_EQ(fault.error, EFBIG);
          CHECK_EQ(fault.call, "write");
          CHECK_EQ(done, whole);
          CHECK_EQ(ReadFile(path), before + std::string(kLines.substr(0, whole)));
        }
      }
      CHECK_EQ(Append(&file, kLines, &done).error, 0);
      CHECK_EQ(done, kLines.size());
      CHECK_EQ(ReadFile(path), before + std::string(kLines));
    }
  });
}

TEST(FileFault, ResumesWhileTheDiskGetsRoomLittleByLittle) {
  const TempDir dir;
  RunInChild([&] {
    LogFile file;
    Open(dir / "log", &file);
    std::size_t done = 0;
    for (std::size_t room = 0; room < kLines.size(); ++room) {
      const FullDisk full(room);
      CHECK_EQ(Append(&file, kLines, &done).error, EFBIG);
      CHECK_EQ(done, WholeLines(kLines.substr(0, room)));
      CHECK_EQ(ReadFile(dir / "log"), kLines.substr(0, done));
    }
    CHECK_EQ(Append(&file, kLines, &done).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), kLines);
  });
}

TEST(FileFault, AnotherWriterMayAppendDuringAFault) {
  const TempDir dir;
  RunInChild([&] {
    BrokenOff log(dir / "log");
    // The beginning of a line cannot be taken back while another writer may append.
    CHECK_EQ(ReadFile(dir / "log"), "first\nseco");
    Age(dir / "log");
    std::size_t other_done = 0;
    CHECK_EQ(Append(&log.other, "other\n", &other_done).error, 0);
    CHECK_EQ(Append(&log.file, kLines, &log.done).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), "first\nseco\nother\nsecond line\nthird\n\nfifth and last\n");
  });
}

TEST(FileFault, LinesOfAnotherWriterAreNotCutDuringAFault) {
  const TempDir dir;
  RunInChild([&] {
    BrokenOff log(dir / "log");
    Age(dir / "log");
    std::size_t other_done = 0;
    CHECK_EQ(Append(&log.other, "from another author\n", &other_done).error, 0);
    {
      const FullDisk full(10);
      CHECK_EQ(Append(&log.file, kLines, &log.done).error, EFBIG);
      CHECK_EQ(log.done, 6u);
      CHECK_EQ(ReadFile(dir / "log"), "first\nseco\nfrom another author\n");
    }
  });
}

TEST(FileFault, ALineLargerThanTheDiskLeavesNothing) {
  const TempDir dir;
  RunInChild([&] {
    LogFile file;
    Open(dir / "log", &file);
    const std::string line = std::string(3 << 20, 'x') + "\n";
    std::size_t done = 0;
    {
      const FullDisk full(1 << 20);
      CHECK_EQ(Append(&file, line, &done).error, EFBIG);
      CHECK_EQ(done, 0u);
      CHECK_EQ(ReadFile(dir / "log"), "");
    }
    CHECK_EQ(Append(&file, line, &done).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), line);
  });
}

TEST(FileFault, ALineThatAFullDiskCutIsContinuedInPlace) {
  const TempDir dir;
  RunInChild([&] {
    BrokenOff log(dir / "log");
    CHECK_EQ(ReadFile(dir / "log"), "first\nseco");
    CHECK_EQ(Append(&log.file, kLines, &log.done).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), kLines);
  });
}

TEST(FileFault, TheBeginningOfALineThatWasGivenUpIsEndedAtOnce) {
  const TempDir dir;
  RunInChild([&] {
    BrokenOff log(dir / "log");
    log.done = 0;
    CHECK_EQ(Append(&log.file, "another\n", &log.done).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), "first\nseco\nanother\n");
  });
}

TEST(FileFault, ALastLineThatCannotBeEndedIsAFault) {
  const TempDir dir;
  WriteFile(dir / "log", "unfinished");
  Age(dir / "log");
  RunInChild([&] {
    const FullDisk full(10);
    LogFile file;
    Open(dir / "log", &file);
    std::size_t done = 0;
    CHECK_EQ(Append(&file, "next\n", &done).error, EFBIG);
    CHECK_EQ(done, 0u);
  });
  CHECK_EQ(ReadFile(dir / "log"), "unfinished");
}

}  // namespace
}  // namespace dllogger
