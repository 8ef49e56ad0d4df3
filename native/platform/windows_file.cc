#include <io.h>

#include <algorithm>
#include <cerrno>

#include "platform/platform.h"
#include "platform/windows.h"

namespace dllogger::platform {
namespace {

// An offset that stands for the file's end.
constexpr std::int64_t kEnd = -1;

Fault WriteOnce(HANDLE file, OVERLAPPED* place, const void* bytes, std::size_t count,
                std::size_t* written) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  DWORD taken = 0;
  const BOOL result =
      WriteFile(file, bytes, static_cast<DWORD>(std::min(count, kMost)), &taken, place);
  *written = taken;
  return Check(result, "write");
}

Fault Lock(HANDLE file, DWORD flags, std::int64_t offset, std::int64_t length) {
  OVERLAPPED place = At(offset);
  const auto size = static_cast<std::uint64_t>(length);
  return Check(
      LockFileEx(file, flags, 0, static_cast<DWORD>(size), static_cast<DWORD>(size >> 32), &place),
      "lock");
}

}  // namespace

bool TryLock(HANDLE file, std::int64_t offset, std::int64_t length) {
  return !Lock(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, offset, length);
}

void Unlock(HANDLE file, std::int64_t offset, std::int64_t length) {
  OVERLAPPED place = At(offset);
  const auto size = static_cast<std::uint64_t>(length);
  static_cast<void>(
      UnlockFileEx(file, 0, static_cast<DWORD>(size), static_cast<DWORD>(size >> 32), &place));
}

File::~File() {
  if (descriptor_ != -1) _close(descriptor_);
}

Fault File::OpenForAppend(const std::string& path) {
  const std::wstring wide = Wide(path);
  const auto open_with = [&](DWORD access) {
    const HANDLE opened = CreateFileW(wide.c_str(), access, kShareAll, nullptr, OPEN_ALWAYS,
                                      FILE_ATTRIBUTE_NORMAL, nullptr);
    is_new_ = opened != INVALID_HANDLE_VALUE && GetLastError() != ERROR_ALREADY_EXISTS;
    return opened;
  };
  HANDLE file = open_with(GENERIC_READ | GENERIC_WRITE);
  is_readable_ = file != INVALID_HANDLE_VALUE;
  if (!is_readable_ && GetLastError() == ERROR_ACCESS_DENIED) {
    const DWORD attributes = GetFileAttributesW(wide.c_str());
    const bool exists = attributes != INVALID_FILE_ATTRIBUTES;
    if (exists && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return {EISDIR, "open"};
    file = open_with(GENERIC_WRITE);
  }
  if (file == INVALID_HANDLE_VALUE) return LastFault("open");
  descriptor_ = DescriptorOf(file);
  is_regular_ = GetFileType(file) == FILE_TYPE_DISK;
  directory_ = DirectoryOf(path);
  return {};
}

Fault File::OpenForReading(const std::string& path) {
  const HANDLE file = CreateFileW(Wide(path).c_str(), GENERIC_READ, kShareAll, nullptr,
                                  OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) return LastFault("open");
  descriptor_ = DescriptorOf(file);
  is_regular_ = GetFileType(file) == FILE_TYPE_DISK;
  is_readable_ = true;
  return {};
}

// The directory's access list says who may write a file; the log shares that list.
Fault File::OpenPrivate(const std::string& path, Access access, std::int64_t) {
  const DWORD rights = access == Access::kWrite ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ;
  const HANDLE file = CreateFileW(Wide(path).c_str(), rights, kShareAll, nullptr, OPEN_EXISTING,
                                  FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
  if (file == INVALID_HANDLE_VALUE) return LastFault("open");
  descriptor_ = DescriptorOf(file);
  is_readable_ = true;
  BY_HANDLE_FILE_INFORMATION status = {};
  if (GetFileInformationByHandle(file, &status) == 0) return LastFault("stat");
  is_regular_ = (status.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
  return is_regular_ && status.nNumberOfLinks <= 1 ? Fault{} : Fault{EPERM, "open"};
}

Fault File::Status(FileStatus* status) const {
  FILE_STANDARD_INFO now = {};
  if (GetFileInformationByHandleEx(HandleOf(descriptor_), FileStandardInfo, &now, sizeof(now)) ==
      0) {
    return LastFault("stat");
  }
  status->size = now.EndOfFile.QuadPart;
  status->owner = 0;
  status->is_linked = now.DeletePending == 0 && now.NumberOfLinks > 0;
  FILE_BASIC_INFO times = {};
  if (GetFileInformationByHandleEx(HandleOf(descriptor_), FileBasicInfo, &times, sizeof(times)) ==
      0) {
    return LastFault("stat");
  }
  status->modified = MicrosecondsOf(times.LastWriteTime.QuadPart);
  return {};
}

Fault File::Identify(FileId* id) const {
  return platform::Identify(HandleOf(descriptor_), id);
}

Fault File::Truncate(std::int64_t size) const {
  FILE_END_OF_FILE_INFO end = {};
  end.EndOfFile.QuadPart = size;
  return Check(
      SetFileInformationByHandle(HandleOf(descriptor_), FileEndOfFileInfo, &end, sizeof(end)),
      "ftruncate");
}

// Windows has no lock that tells whether others have the file open.
Fault File::TruncateAlone(std::int64_t) const {
  return {ENOTSUP, "ftruncate"};
}

bool File::HasName() const {
  return true;
}

Fault File::Position(std::int64_t* position) const {
  LARGE_INTEGER place = {};
  const BOOL result = SetFilePointerEx(HandleOf(descriptor_), {}, &place, FILE_CURRENT);
  *position = place.QuadPart;
  return Check(result, "lseek");
}

Fault File::Write(const char* bytes, std::size_t count, std::size_t* written) const {
  OVERLAPPED end = At(kEnd);
  return WriteOnce(HandleOf(descriptor_), is_regular_ ? &end : nullptr, bytes, count, written);
}

Fault ReadAll(HANDLE file, std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) {
  *read = 0;
  while (*read < count) {
    OVERLAPPED place = At(offset + static_cast<std::int64_t>(*read));
    DWORD taken = 0;
    const BOOL result = ReadFile(file, static_cast<char*>(bytes) + *read,
                                 static_cast<DWORD>(count - *read), &taken, &place);
    if (result == 0 && GetLastError() != ERROR_HANDLE_EOF) return LastFault("read");
    if (taken == 0) break;
    *read += taken;
  }
  return {};
}

Fault WriteAll(HANDLE file, std::int64_t offset, const void* bytes, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    OVERLAPPED place = At(offset + static_cast<std::int64_t>(done));
    std::size_t written = 0;
    const auto* next = static_cast<const char*>(bytes) + done;
    if (Fault fault = WriteOnce(file, &place, next, count - done, &written)) return fault;
    done += written;
  }
  return {};
}

Fault File::ReadAt(std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) const {
  return ReadAll(HandleOf(descriptor_), offset, bytes, count, read);
}

std::int64_t File::SkipHole(std::int64_t offset) const {
  return offset;
}

Fault File::WriteAt(std::int64_t offset, const void* bytes, std::size_t count) const {
  return WriteAll(HandleOf(descriptor_), offset, bytes, count);
}

Fault File::Sync() {
  // Pipes and consoles have no device to reach.
  if (!is_regular_) return {};
  const Fault fault = Check(FlushFileBuffers(HandleOf(descriptor_)), "fsync");
  name_is_synced_ = !fault;
  return fault;
}

// Closing a handle of a file tells no fault of its bytes.
Fault File::CheckClose() {
  return {};
}

Fault File::SetLock(Lock lock, Wait wait, std::int64_t offset, std::int64_t length) const {
  const HANDLE file = HandleOf(descriptor_);
  if (lock == Lock::kNone) {
    Unlock(file, offset, length);
    return {};
  }
  const DWORD kind = lock == Lock::kExclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0;
  const DWORD patience = wait == Wait::kYes ? 0 : LOCKFILE_FAIL_IMMEDIATELY;
  const Fault fault = platform::Lock(file, kind | patience, offset, length);
  return fault.error == EAGAIN ? Fault::Held() : fault;
}

Fault File::ShrinkLock(std::int64_t offset, std::int64_t length, std::int64_t kept) const {
  // Lock the kept byte a second time, then give up the first lock.
  const Fault fault = SetLock(Lock::kShared, Wait::kNo, kept, 1);
  Unlock(HandleOf(descriptor_), offset, length);
  return fault ? SetLock(Lock::kShared, Wait::kYes, kept, 1) : Fault{};
}

// The system does not tell who has a lock, only whether a range has one.
bool File::FindHolder(std::int64_t offset, std::int64_t length, Holder* holder) const {
  const HANDLE file = HandleOf(descriptor_);
  const auto is_free = [&](std::int64_t start, std::int64_t size) {
    const bool is_taken = TryLock(file, start, size);
    if (is_taken) Unlock(file, start, size);
    return is_taken;
  };
  if (is_free(offset, length)) return false;
  while (length > 1) {
    const std::int64_t half = length / 2;
    const bool is_above = is_free(offset, half);
    offset += is_above ? half : 0;
    length = is_above ? length - half : half;
  }
  *holder = {};
  holder->start = offset;
  return !is_free(offset, 1);
}

bool File::IsOpenIn(std::int64_t process) const {
  const Handle other(
      OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(process)));
  return other.IsOpen();
}

}  // namespace dllogger::platform
