// Finds the file that a ring's lines went to when the inode number of a deleted file is used again,
// and when a sandbox refuses the call that distinguishes such files.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <thread>

#include "log/dead_log.h"
#include "log/recover.h"
#include "platform/platform.h"
#include "support/check.h"
#include "support/child.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

// Makes statx() fail in this process from now on, as under the seccomp profile of an old container.
void RefuseStatx(int error) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_statx, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned int>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {static_cast<unsigned short>(std::size(program)), program};
  CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

platform::FileId IdOf(const std::string& path) {
  platform::FileId id;
  CHECK_EQ(platform::IdentifyFile(path, &id).error, 0);
  return id;
}

TEST(Identity, AFileIsNotTakenForADeletedOneWithItsNumber) {
  const TempDir dir;
  for (int i = 0; i < 20; ++i) {
    WriteFile(dir / "log", "");
    const platform::FileId first = IdOf(dir / "log");
    CHECK_EQ(unlink((dir / "log").c_str()), 0);
    // A file's time of birth has the resolution of the kernel's tick.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    WriteFile(dir / "log", "");
    const platform::FileId second = IdOf(dir / "log");
    if (first.file != second.file) continue;
    CHECK(!(first == second));
    CHECK(!IsCertainlySame(first, second));
    CHECK(IsCertainlySame(second, IdOf(dir / "log")));
    return;
  }
  SKIP("this file system does not use the number of a deleted file again");
}

TEST(Identity, WhereStatxIsRefusedFilesAreIdentifiedByNumber) {
  for (const int error : {ENOSYS, EPERM}) {
    const TempDir dir;
    WriteFile(dir / "log", "");
    WriteFile(dir / "other", "");
    const platform::FileId known = IdOf(dir / "log");
    Child child([&](const Signals&) {
      RefuseStatx(error);
      const platform::FileId id = IdOf(dir / "log");
      CHECK_EQ(id.device, known.device);
      CHECK_EQ(id.file, known.file);
      CHECK_EQ(id.born, 0u);
      CHECK(id == IdOf(dir / "log"));
      CHECK(!(id == IdOf(dir / "other")));
      CHECK(!IsCertainlySame(id, id));
    });
    CHECK_EQ(child.Wait(), "exit 0");
  }
}

// Without times of birth, a file with the right inode number may be the successor of a deleted log:
// only the log's name decides.
TEST(Identity, WhereStatxIsRefusedARingBelongsToTheLogOfItsName) {
  const TempDir dir;
  std::string lines;
  {
    DeadLog dead(dir / "log", "");
    const ShapeOf shape({"loss"});
    dead.Define(shape);
    for (int step = 0; step < 3; ++step) lines += dead.Log(step, shape);
  }
  CHECK_EQ(rename((dir / "log").c_str(), (dir / "other").c_str()), 0);
  Child child([&](const Signals&) {
    RefuseStatx(EPERM);
    Recovery recovery;
    CHECK_EQ(RecoverPath(dir / "other", &recovery).error, 0);
    CHECK_EQ(ReadFile(dir / "other"), "");
    CHECK_EQ(RecoverPath(dir / "log", &recovery).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), lines);
    CHECK_EQ(ReadFile(dir / "other"), "");
    CHECK_EQ(RingsIn(dir).size(), 0u);
  });
  CHECK_EQ(child.Wait(), "exit 0");
}

}  // namespace
}  // namespace dllogger
