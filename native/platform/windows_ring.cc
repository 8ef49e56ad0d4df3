// Memory that is a file.
#include <io.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <vector>

#include "platform/platform.h"
#include "platform/windows.h"

namespace dllogger::platform {
namespace {

// All mapped files. JavaScript may hold the memory longer than its log is open, and Windows does
// not delete a mapped file: such a file is deleted when it is unmapped. Immortal, since the memory
// may outlive statics.
struct Mappings {
  struct Mapping {
    void* memory;
    std::string path;
    bool is_removed;
  };
  std::mutex mutex;
  std::vector<Mapping> all;

  static Mappings& Instance() {
    static Mappings* const instance = std::make_unique<Mappings>().release();
    return *instance;
  }
};

void End(const Mappings::Mapping& mapping) {
  UnmapViewOfFile(mapping.memory);
  if (mapping.is_removed) static_cast<void>(RemoveFile(mapping.path));
}

void Unmap(void* memory) {
  Mappings& mappings = Mappings::Instance();
  const std::scoped_lock lock(mappings.mutex);
  for (auto mapping = mappings.all.begin(); mapping != mappings.all.end(); ++mapping) {
    if (mapping->memory != memory) continue;
    End(*mapping);
    mappings.all.erase(mapping);
    return;
  }
}

std::string FileSystemOf(const std::string& path) {
  wchar_t volume[MAX_PATH + 1];
  wchar_t name[MAX_PATH + 1];
  if (GetVolumePathNameW(Wide(path).c_str(), volume, MAX_PATH) == 0) return {};
  if (GetVolumeInformationW(volume, nullptr, 0, nullptr, nullptr, nullptr, name, MAX_PATH) == 0) {
    return {};
  }
  return Narrow(name);
}

}  // namespace

void UnmapAll() {
  // No lock: other threads are gone, and one of them may have held it.
  Mappings& mappings = Mappings::Instance();
  const std::unique_lock lock(mappings.mutex, std::try_to_lock);
  for (const Mappings::Mapping& mapping : mappings.all) End(mapping);
  mappings.all.clear();
}

Fault MappedFile::Fill(std::size_t size) {
  const HANDLE file = HandleOf(descriptor_);
  if (!TryLock(file, kLock, 1)) return LastFault("lock");
  // NTFS allocates the space of a file that is neither compressed nor sparse when the file grows.
  // Other file systems are not known to; ReFS needs new space to overwrite old.
  if (FileSystemOf(path_) != "NTFS") return {ENOTSUP, "CreateFileMapping"};
  BY_HANDLE_FILE_INFORMATION status = {};
  if (GetFileInformationByHandle(file, &status) == 0) return LastFault("stat");
  constexpr DWORD kUnreserved = FILE_ATTRIBUTE_COMPRESSED | FILE_ATTRIBUTE_SPARSE_FILE;
  if ((status.dwFileAttributes & kUnreserved) != 0) return {ENOTSUP, "CreateFileMapping"};
  FILE_END_OF_FILE_INFO end = {};
  end.EndOfFile.QuadPart = static_cast<std::int64_t>(size);
  if (SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof(end)) == 0) {
    return LastFault("ftruncate");
  }
  const Handle mapping(CreateFileMappingW(file, nullptr, PAGE_READWRITE, 0, 0, nullptr));
  if (!mapping.IsOpen()) return LastFault("CreateFileMapping");
  void* memory = MapViewOfFile(mapping.Get(), FILE_MAP_WRITE, 0, 0, size);
  if (memory == nullptr) return LastFault("MapViewOfFile");
  {
    Mappings& mappings = Mappings::Instance();
    const std::scoped_lock lock(mappings.mutex);
    mappings.all.push_back({memory, path_, false});
  }
  memory_ = {memory, Unmap};
  size_ = static_cast<std::int64_t>(size);
  return {};
}

Fault MappedFile::WriteBehind(std::int64_t offset, const void* bytes, std::size_t count) const {
  const Fault fault = WriteAll(HandleOf(descriptor_), size_ + offset, bytes, count);
  if (fault) CutBehind(offset);
  return fault;
}

Fault MappedFile::ReadBehind(std::int64_t offset, void* bytes, std::size_t count,
                             std::size_t* read) const {
  return ReadAll(HandleOf(descriptor_), size_ + offset, bytes, count, read);
}

void MappedFile::CutBehind(std::int64_t offset) const {
  // A failure only leaves the space reserved for longer.
  FILE_END_OF_FILE_INFO end = {};
  end.EndOfFile.QuadPart = size_ + offset;
  static_cast<void>(
      SetFileInformationByHandle(HandleOf(descriptor_), FileEndOfFileInfo, &end, sizeof(end)));
}

Fault MappedFile::Create(const std::string& path, std::size_t size) {
  const HANDLE file =
      CreateFileW(Wide(path).c_str(), GENERIC_READ | GENERIC_WRITE | DELETE, kShareAll, nullptr,
                  CREATE_NEW, FILE_ATTRIBUTE_NORMAL | FILE_ATTRIBUTE_HIDDEN, nullptr);
  if (file == INVALID_HANDLE_VALUE) return LastFault("open");
  descriptor_ = DescriptorOf(file);
  path_ = path;
  const Fault fault = Fill(size);
  if (fault) static_cast<void>(Remove());
  return fault;
}

MappedFile::~MappedFile() {
  if (descriptor_ != -1) _close(descriptor_);
}

bool MappedFile::IsLinked() const {
  FileId named;
  FileId own;
  return descriptor_ != -1 && !IdentifyFile(path_, &named) &&
         !Identify(HandleOf(descriptor_), &own) && own == named;
}

Fault MappedFile::Remove() const {
  if (!IsLinked() || !RemoveFile(path_)) return {};
  Mappings& mappings = Mappings::Instance();
  const std::scoped_lock lock(mappings.mutex);
  for (Mappings::Mapping& mapping : mappings.all) {
    if (mapping.memory == memory_.get()) mapping.is_removed = true;
  }
  return {};
}

std::string FileSystemName(const std::string& path) {
  return FileSystemOf(path);
}

std::vector<std::string> SharedMemoryDirectories() {
  return {};
}

std::string BootId() {
  // Counts the starts of the system.
  DWORD count = 0;
  DWORD size = sizeof(count);
  constexpr auto* kKey =
      L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters";
  if (RegGetValueW(HKEY_LOCAL_MACHINE, kKey, L"BootId", RRF_RT_REG_DWORD, nullptr, &count, &size) !=
      ERROR_SUCCESS) {
    return {};
  }
  return std::to_string(count);
}

std::uint64_t MountNamespace() {
  return 0;
}

}  // namespace dllogger::platform
