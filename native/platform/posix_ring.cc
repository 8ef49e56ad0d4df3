// Memory that is a file: on Linux only, on file systems that keep reservations.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>

#include "platform/platform.h"
#include "platform/posix.h"

#ifdef __linux__
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#endif

namespace dllogger::platform {

#ifdef __linux__
namespace {

constexpr std::uint64_t kXfs = 0x58465342;

struct FileSystem {
  std::uint64_t magic;
  const char* name;
};
constexpr FileSystem kFileSystems[] = {
    {EXT4_SUPER_MAGIC, "ext4"}, {kXfs, "xfs"},
    {TMPFS_MAGIC, "tmpfs"},     {BTRFS_SUPER_MAGIC, "btrfs"},
    {NFS_SUPER_MAGIC, "nfs"},   {OVERLAYFS_SUPER_MAGIC, "overlay"},
    {0x2fc12fc1, "zfs"},        {0x65735546, "fuse"},
    {0xF2F52010, "f2fs"},       {0x01021997, "9p"},
    {0xFF534D42, "cifs"},       {0xFE534D42, "smb"},
};

// C libraries differ in the type that ioctl() takes for a request.
template <typename Request>
bool Ask(int (*call)(int, Request, ...), int descriptor, std::size_t request, void* answer) {
  return call(descriptor, static_cast<Request>(request), answer) == 0;
}

// Whether an overlay has put this file, whose space is reserved, on a file system that keeps
// reservations. An overlay does not name the file system below, but passes these flags on, and only
// such file systems set them.
bool LiesOnKnown(int descriptor) {
  unsigned int flags = 0;
  constexpr unsigned int kExt4Extents = 0x80000;
  if (Ask(ioctl, descriptor, FS_IOC_GETFLAGS, &flags) && (flags & kExt4Extents) != 0) return true;
  struct fsxattr attributes = {};
  // Only xfs counts extents.
  return Ask(ioctl, descriptor, FS_IOC_FSGETXATTR, &attributes) && attributes.fsx_nextents > 0;
}

// Whether a file's space stays reserved. Copy-on-write file systems (btrfs, zfs) need new space for
// old pages; network file systems promise nothing.
bool KeepsReservations(int descriptor) {
  struct statfs status = {};
  if (fstatfs(descriptor, &status) == -1) return false;
  switch (static_cast<std::uint64_t>(status.f_type)) {
    case EXT4_SUPER_MAGIC:
    case kXfs:
    case TMPFS_MAGIC:
      return true;
    case OVERLAYFS_SUPER_MAGIC:
      return LiesOnKnown(descriptor);
    default:
      return false;
  }
}

// Whether to try a directory at all: a file system that is known to refuse is not asked, which may
// involve a server.
bool MayKeepReservations(const std::string& directory) {
  struct statfs status = {};
  if (statfs(directory.c_str(), &status) == -1) return true;
  switch (static_cast<std::uint64_t>(status.f_type)) {
    case EXT4_SUPER_MAGIC:
    case kXfs:
    case TMPFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
      return true;
    default:
      return false;
  }
}

bool IsMemory(const std::string& directory) {
  struct statfs status = {};
  return statfs(directory.c_str(), &status) == 0 &&
         static_cast<std::uint64_t>(status.f_type) == TMPFS_MAGIC;
}

std::string ReadBootId() {
  const int file =
      Retry([] { return open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC); });
  if (file == -1) return {};
  char text[64];
  const ssize_t size = Retry([&] { return read(file, text, sizeof(text)); });
  close(file);
  if (size <= 0) return {};
  std::string id(text, static_cast<std::size_t>(size));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace

Fault MappedFile::Fill(std::size_t size) {
  // Not posix_fallocate(), which writes zeros where the file system cannot reserve.
  const auto length = static_cast<off_t>(size);
  const int reserved = Retry([&] { return fallocate(descriptor_, 0, 0, length); });
  if (reserved == -1) return {errno, "fallocate"};
  if (!KeepsReservations(descriptor_)) return {ENOTSUP, "fallocate"};
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) return {errno, "mmap"};
  memory_ = {memory, [size](void* mapped) { munmap(mapped, size); }};
  size_ = length;
  return {};
}

Fault MappedFile::WriteBehind(std::int64_t offset, const void* bytes, std::size_t count) const {
  const auto length = static_cast<off_t>(count);
  const off_t start = size_ + offset;
  Fault fault = Check(Retry([&] { return fallocate(descriptor_, 0, start, length); }), "fallocate");
  if (!fault) fault = WriteAll(descriptor_, start, bytes, count);
  if (fault) CutBehind(offset);
  return fault;
}

Fault MappedFile::Create(const std::string& path, std::size_t size) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  constexpr int kAttempts = 100;
  path_ = path;
  if (!MayKeepReservations(DirectoryOf(path))) return {ENOTSUP, "fallocate"};
  for (int i = 0; i < kAttempts; ++i) {
    descriptor_ = Retry([&] { return open(path.c_str(), kFlags, 0600); });
    if (descriptor_ == -1) return {errno, "open"};
    struct flock range = LockRange(F_WRLCK, kLock, 1);
    const int locked = Retry([&] { return fcntl(descriptor_, F_OFD_SETLK, &range); });
    const Fault fault = Check(locked, "lock");
    // Until the lock is taken, a process that looks for dead rings may take the file for one and
    // delete it.
    if ((fault && fault.error != EAGAIN) || (!fault && IsLinked())) {
      const Fault other = fault ? fault : Fill(size);
      if (other) static_cast<void>(Remove());
      return other;
    }
    close(std::exchange(descriptor_, -1));
  }
  return {EEXIST, "open"};
}

std::string FileSystemName(const std::string& path) {
  struct statfs status = {};
  if (statfs(path.c_str(), &status) == -1) return {};
  for (const FileSystem& known : kFileSystems) {
    if (known.magic == static_cast<std::uint64_t>(status.f_type)) return known.name;
  }
  return {};
}

std::vector<std::string> SharedMemoryDirectories() {
  std::vector<std::string> directories = {"/dev/shm"};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): this library never changes the environment.
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') directories.emplace_back(runtime);
  const auto is_other = [](const std::string& directory) { return !IsMemory(directory); };
  directories.erase(std::remove_if(directories.begin(), directories.end(), is_other),
                    directories.end());
  return directories;
}

// Read once: a process at its limit on open files cannot read it again.
std::string BootId() {
  struct Known {
    std::mutex mutex;
    std::string id;
  };
  // Leaked on purpose: threads may ask while the process ends.
  static Known* const known = std::make_unique<Known>().release();
  {
    const std::scoped_lock lock(known->mutex);
    if (!known->id.empty()) return known->id;
  }
  const std::string id = ReadBootId();
  const std::scoped_lock lock(known->mutex);
  if (known->id.empty()) known->id = id;
  return known->id;
}

std::uint64_t MountNamespace() {
  FileId id;
  return IdentifyTarget("/proc/self/ns/mnt", &id) ? 0 : id.file;
}

#else

Fault MappedFile::Create(const std::string&, std::size_t) {
  return {ENOTSUP, "fallocate"};
}

Fault MappedFile::WriteBehind(std::int64_t, const void*, std::size_t) const {
  return {ENOTSUP, "fallocate"};
}

std::string FileSystemName(const std::string&) {
  return {};
}

std::vector<std::string> SharedMemoryDirectories() {
  return {};
}

std::string BootId() {
  return {};
}

std::uint64_t MountNamespace() {
  return 0;
}

#endif

MappedFile::~MappedFile() {
  if (descriptor_ != -1) close(descriptor_);
}

Fault MappedFile::ReadBehind(std::int64_t offset, void* bytes, std::size_t count,
                             std::size_t* read) const {
  return ReadAll(descriptor_, size_ + offset, bytes, count, read);
}

void MappedFile::CutBehind(std::int64_t offset) const {
  // A failure only leaves the space reserved for longer.
  static_cast<void>(Retry([&] { return ftruncate(descriptor_, size_ + offset); }));
}

bool MappedFile::IsLinked() const {
  FileId named;
  FileId own;
  return descriptor_ != -1 && !IdentifyFile(path_, &named) && !Identify(descriptor_, &own) &&
         own == named;
}

Fault MappedFile::Remove() const {
  return IsLinked() ? RemoveFile(path_) : Fault{};
}

}  // namespace dllogger::platform
