// The places of rings: names of any length, several rings of one log, renamed logs, and files that
// other users have put there.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "log/dead_log_recovery.h"
#include "log/recover.h"
#include "ring/ring_place.h"

namespace dllogger {
namespace {

namespace fs = std::filesystem;

// All files in a directory except logs.
std::vector<std::string> Hidden(const TempDir& dir) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(dir / "")) {
    const std::string name = entry.path().filename();
    if (name[0] == '.' || name.find(".ring") != std::string::npos) names.push_back(name);
  }
  return names;
}

std::string LeaveRecord(const std::string& path, int step) {
  DeadLog log(path, "");
  log.Define(kShape);
  return log.Log(step, kShape);
}

TEST(RingPlace, LogsWhoseLongNamesBeginAlikeHaveTheirOwnRings) {
  const TempDir dir;
  const std::string common(200, 'n');
  for (const char* const tail : {"a", "b", "", "-with-more"}) {
    const std::string path = dir / (common + tail);
    const std::string line = LeaveRecord(path, 7);
    WriteFile(dir / (common + "other"), "");
    CHECK_EQ(RecoverGood(dir / (common + "other")).records, 0u);
    MissingLines missing;
    Recovery recovery;
    CHECK(!FindMissing(path, &missing, &recovery));
    CHECK_EQ(missing.lines, line);
    CHECK_EQ(RecoverGood(path).records, 1u);
    CHECK_EQ(ReadFile(path), line);
    CHECK(Hidden(dir).empty());
  }
}

TEST(RingPlace, ALongNameIsNotCutWithinACharacter) {
  const TempDir dir;
  std::string name;
  for (int i = 0; i < 80; ++i) name += "\xe6\x97\xa5";
  const std::string line = LeaveRecord(dir / name, 1);
  const std::string ring = RingsIn(dir).at(0);
  const std::size_t cut = ring.rfind('~');
  CHECK_EQ((cut - ring.rfind('/') - 2) % 3, 0u);
  CHECK_EQ(RecoverGood(dir / name).records, 1u);
  CHECK_EQ(ReadFile(dir / name), line);
}

TEST(RingPlace, RingsOfOneLogAreAllFoundAndLeaveNothing) {
  const TempDir dir;
  std::string lines;
  {
    std::vector<std::unique_ptr<DeadLog>> logs;
    for (int step = 0; step < 5; ++step) {
      logs.push_back(std::make_unique<DeadLog>(dir / "log", ""));
      logs.back()->Define(kShape);
      lines += logs.back()->Log(step, kShape);
    }
    CHECK_EQ(RingsIn(dir).size(), 5u);
  }
  CHECK_EQ(RecoverGood(dir / "log").records, 5u);
  CHECK_EQ(ReadFile(dir / "log"), lines);
  CHECK(Hidden(dir).empty());
}

TEST(RingPlace, ARenamedLogIsRecoveredAndReadUnderItsNewName) {
  const TempDir dir;
  const std::string line = LeaveRecord(dir / "log", 3);
  fs::rename(dir / "log", dir / "renamed");
  MissingLines missing;
  Recovery recovery;
  CHECK(!FindMissing(dir / "renamed", &missing, &recovery));
  CHECK_EQ(missing.lines, line);
  CHECK_EQ(RecoverGood(dir / "renamed").records, 1u);
  CHECK_EQ(ReadFile(dir / "renamed"), line);
  CHECK(Hidden(dir).empty());
}

TEST(RingPlace, TheFormerNameOfAnotherFileIsNotBelieved) {
  const TempDir dir;
  LeaveRecord(dir / "log", 3);
  WriteFile(dir / "other", "");
  platform::FileId id;
  CHECK(!platform::IdentifyFile(dir / "other", &id));
  fs::create_symlink("log", dir / (".ring-" + std::to_string(id.file)));
  CHECK_EQ(RecoverGood(dir / "other").records, 0u);
  CHECK_EQ(RecoverGood(dir / "log").records, 1u);
}

TEST(RingPlace, FilesOfAnotherUserAreNeitherUsedNorListed) {
  if (geteuid() != 0) SKIP("only root can give files away");
  const TempDir dir;
  WriteFile(dir / ".log.ring", "");
  CHECK_EQ(chown((dir / ".log.ring").c_str(), 65534, 65534), 0);
  const std::string folder = dir / ".log.0.rings";
  fs::create_directory(folder);
  CHECK_EQ(chown(folder.c_str(), 65534, 65534), 0);
  for (int i = 0; i < 9; ++i) {
    WriteFile(folder + "/000000000000000" + std::to_string(i) + ".ring", "");
  }
  WriteFile(dir / "log", "");
  CHECK_EQ(RecoverGood(dir / "log").left.size(), 1u);
  RingFile::Options options;
  options.log_path = dir / "log";
  options.memory = platform::MapMemory(Ring::kMemorySize);
  const auto ring = RingFile::Create(options);
  // The ring lies in shared memory, or nowhere.
  CHECK(ring->Path().empty() == !ring->Reason().empty());
  CHECK_EQ(ring->Path().find(dir / ""), std::string::npos);
  CHECK(!ring->Remove());
}

TEST(RingPlace, ARingFollowsItsLogToAnotherDirectory) {
  const TempDir dir;
  fs::create_directory(dir / "one");
  fs::create_directory(dir / "two");
  WriteFile(dir / "one/log", "");
  WriteFile(dir / "two/log", "");
  RingFile::Options options;
  options.log_path = dir / "one/log";
  CHECK(!platform::IdentifyFile(dir / "one/log", &options.log));
  const auto ring = RingFile::Create(options);
  Commit commit;
  CHECK(!platform::IdentifyFile(dir / "two/log", &commit.log));
  ring->Follow(dir / "two/log", commit);
  CHECK_EQ(ring->Reason(), "");
  CHECK(fs::exists(dir / "two/.log.ring"));
  CHECK(fs::is_empty(dir / "two") == false);
  CHECK_EQ(std::distance(fs::directory_iterator(dir / "one"), fs::directory_iterator()), 1);
  CHECK(!ring->Remove());
  CHECK_EQ(Hidden(dir).size(), 0u);
}

TEST(RingPlace, ARingThatIsDeletedBeforeItHasItsLockIsMadeAnew) {
  const TempDir dir;
  RingFile::Options options;
  options.log_path = dir / "log";
  std::atomic<bool> is_ended{false};
  const std::string path = dir / ".log.ring";
  std::thread other([&] {
    while (!is_ended) {
      DeadRing ring;
      const auto state = ring.Load(path, platform::File::Access::kWrite, platform::UserId());
      if (state == DeadRing::State::kEmpty) {
        static_cast<void>(ring.Remove(RingPlace::Beside(options.log_path)));
      }
    }
  });
  for (int i = 0; i < check::Scaled(1000); ++i) {
    const auto ring = RingFile::Create(options);
    CHECK_EQ(ring->Reason(), "");
    CHECK(!ring->Remove());
  }
  is_ended = true;
  other.join();
}

}  // namespace
}  // namespace dllogger
