// Identifies files. On Linux this asks the kernel directly: C libraries have statx() only since
// glibc 2.28, and not all of those tell the time of birth.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/platform.h"
#include "platform/posix.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#endif

namespace dllogger::platform {
namespace {

#ifdef __linux__

#ifndef SYS_statx
// In the kernel since 4.11; missing in the headers of older kernels.
#if defined(__x86_64__)
#define SYS_statx 332
#else
#define SYS_statx 291
#endif
#endif

// The kernel's struct statx, the same on every architecture.
struct KernelTime {
  std::int64_t seconds;
  std::uint32_t nanoseconds;
  std::int32_t reserved;
};
struct KernelStatus {
  std::uint32_t mask;  // which of the fields are set
  std::uint32_t block_size;
  std::uint64_t attributes;
  std::uint32_t links;
  std::uint32_t user;
  std::uint32_t group;
  std::uint16_t mode;
  std::uint16_t reserved;
  std::uint64_t inode;
  std::uint64_t size;
  std::uint64_t blocks;
  std::uint64_t attributes_mask;
  KernelTime accessed;
  KernelTime born;
  KernelTime changed;
  KernelTime modified;
  std::uint32_t special_major;
  std::uint32_t special_minor;
  std::uint32_t device_major;
  std::uint32_t device_minor;
  std::uint64_t later_fields[14];
};
static_assert(sizeof(KernelStatus) == 256);

constexpr unsigned int kInode = 0x100;
constexpr unsigned int kBorn = 0x800;
constexpr int kEmptyPath = 0x1000;

std::uint64_t DeviceOf(unsigned int major, unsigned int minor) {
  return std::uint64_t{major} << 32 | minor;
}

Fault AskKernel(int descriptor, const char* path, int flags, FileId* id) {
  KernelStatus status = {};
  if (syscall(SYS_statx, descriptor, path, flags, kInode | kBorn, &status) != 0) {
    return {errno, "statx"};
  }
  id->device = DeviceOf(status.device_major, status.device_minor);
  id->file = status.inode;
  id->born = 0;
  if ((status.mask & kBorn) != 0) {
    id->born =
        static_cast<std::uint64_t>(status.born.seconds) * 1000000000u + status.born.nanoseconds;
  }
  return {};
}

FileId IdOf(const struct stat& status) {
  return {DeviceOf(major(status.st_dev), minor(status.st_dev)), status.st_ino, 0};
}

#else

constexpr int kEmptyPath = 0;

Fault AskKernel(int, const char*, int, FileId*) {
  return {ENOSYS, "statx"};
}

FileId IdOf(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino), 0};
}

#endif

// Whether the kernel lacks the call, or a sandbox (an old container's) blocks it.
bool IsRefused(const Fault& fault) {
  return fault.error == ENOSYS || fault.error == EPERM;
}

}  // namespace

Fault Identify(int descriptor, FileId* id) {
  if (const Fault fault = AskKernel(descriptor, "", kEmptyPath, id); !IsRefused(fault)) {
    return fault;
  }
  struct stat status = {};
  if (fstat(descriptor, &status) == -1) return {errno, "fstat"};
  *id = IdOf(status);
  return {};
}

namespace {

Fault IdentifyPath(const std::string& path, int flags, FileId* id) {
  const Fault fault = AskKernel(AT_FDCWD, path.c_str(), flags, id);
  if (!IsRefused(fault)) return fault;
  struct stat status = {};
  if (fstatat(AT_FDCWD, path.c_str(), &status, flags) == -1) return {errno, "fstatat"};
  *id = IdOf(status);
  return {};
}

}  // namespace

Fault IdentifyFile(const std::string& path, FileId* id) {
  return IdentifyPath(path, AT_SYMLINK_NOFOLLOW, id);
}

Fault IdentifyTarget(const std::string& path, FileId* id) {
  return IdentifyPath(path, 0, id);
}

}  // namespace dllogger::platform
