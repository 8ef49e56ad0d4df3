#include "platform/windows.h"

#include <io.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace dllogger::platform {
namespace {

constexpr std::int64_t kMillion = 1000000;

int ErrnoOf(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
      return ENOENT;
    case ERROR_DIRECTORY:
      return ENOTDIR;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
      return EACCES;
    case ERROR_WRITE_PROTECT:
      return EROFS;
    case ERROR_SHARING_VIOLATION:
      return EBUSY;
    case ERROR_LOCK_VIOLATION:
    case ERROR_IO_PENDING:
      return EAGAIN;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return EEXIST;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return ENOSPC;
    case ERROR_TOO_MANY_OPEN_FILES:
      return EMFILE;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
      return ENOMEM;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
      return EPIPE;
    case ERROR_NOT_SUPPORTED:
    case ERROR_INVALID_FUNCTION:
      return ENOTSUP;
    case ERROR_FILENAME_EXCED_RANGE:
      return ENAMETOOLONG;
    default:
      return EIO;
  }
}

void (*exit_function)() = nullptr;

}  // namespace

std::wstring Wide(const std::string& path) {
  const int size = static_cast<int>(path.size());
  std::wstring wide(
      static_cast<std::size_t>(MultiByteToWideChar(CP_UTF8, 0, path.data(), size, nullptr, 0)),
      L'\0');
  MultiByteToWideChar(CP_UTF8, 0, path.data(), size, wide.data(), static_cast<int>(wide.size()));
  for (wchar_t& character : wide) {
    if (character == L'/') character = L'\\';
  }
  // Windows takes longer paths only in this form, which allows no relative parts.
  if (wide.size() >= MAX_PATH - 12 && wide[1] == L':') wide.insert(0, L"\\\\?\\");
  return wide;
}

std::string Narrow(const std::wstring& path) {
  const int size = static_cast<int>(path.size());
  const int length =
      WideCharToMultiByte(CP_UTF8, 0, path.data(), size, nullptr, 0, nullptr, nullptr);
  std::string narrow(static_cast<std::size_t>(length), '\0');
  WideCharToMultiByte(CP_UTF8, 0, path.data(), size, narrow.data(), length, nullptr, nullptr);
  return narrow;
}

Fault LastFault(const char* call) {
  return {ErrnoOf(GetLastError()), call};
}

HANDLE HandleOf(int descriptor) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the C library returns an integer
  return reinterpret_cast<HANDLE>(_get_osfhandle(descriptor));
}

int DescriptorOf(HANDLE handle) {
  return _open_osfhandle(reinterpret_cast<std::intptr_t>(handle), 0);
}

std::shared_ptr<void> MapMemory(std::size_t size) {
  void* memory = VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  if (memory == nullptr) return nullptr;
  return {memory, [](void* mapped) { VirtualFree(mapped, 0, MEM_RELEASE); }};
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.find_last_of("/\\");
  if (slash == std::string::npos) return ".";
  // The root of a drive keeps its separator.
  return path.substr(0, slash == 0 || path[slash - 1] == ':' ? slash + 1 : slash);
}

std::string NameOf(const std::string& path) {
  return path.substr(path.find_last_of("/\\:") + 1);
}

std::string RealPath(const std::string& path) {
  const Handle file(CreateFileW(Wide(path).c_str(), 0, kShareAll, nullptr, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!file.IsOpen()) return path;
  wchar_t real[2048];
  constexpr DWORD kSize = sizeof(real) / sizeof(real[0]);
  const DWORD length = GetFinalPathNameByHandleW(file.Get(), real, kSize, FILE_NAME_NORMALIZED);
  if (length == 0 || length >= kSize) return path;
  const std::wstring name(real, length);
  const std::wstring prefix = L"\\\\?\\";
  const bool is_drive = name.compare(0, prefix.size(), prefix) == 0 && name[5] == L':';
  return is_drive ? Narrow(name.substr(prefix.size())) : path;
}

Fault ListDirectory(const std::string& path, std::vector<std::string>* names) {
  WIN32_FIND_DATAW entry = {};
  const HANDLE search = FindFirstFileW(Wide(path + "/*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) return LastFault("opendir");
  do {
    std::string name = Narrow(entry.cFileName);
    if (name != "." && name != "..") names->push_back(std::move(name));
  } while (FindNextFileW(search, &entry) != 0);
  const Fault fault = GetLastError() == ERROR_NO_MORE_FILES ? Fault{} : LastFault("readdir");
  FindClose(search);
  return fault;
}

Fault Identify(HANDLE file, FileId* id) {
  BY_HANDLE_FILE_INFORMATION status = {};
  if (GetFileInformationByHandle(file, &status) == 0) return LastFault("stat");
  id->device = status.dwVolumeSerialNumber;
  // On NTFS the upper 16 bits count how often the lower ones have been used; elsewhere they are 0.
  constexpr std::uint32_t kUses = 16;
  id->file = std::uint64_t{status.nFileIndexHigh & 0xFFFF} << 32 | status.nFileIndexLow;
  id->born = status.nFileIndexHigh >> kUses;
  return {};
}

Fault IdentifyFile(const std::string& path, FileId* id) {
  constexpr DWORD kFlags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
  const Handle file(
      CreateFileW(Wide(path).c_str(), 0, kShareAll, nullptr, OPEN_EXISTING, kFlags, nullptr));
  return file.IsOpen() ? Identify(file.Get(), id) : LastFault("stat");
}

Fault IdentifyTarget(const std::string& path, FileId* id) {
  const Handle file(CreateFileW(Wide(path).c_str(), 0, kShareAll, nullptr, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  return file.IsOpen() ? Identify(file.Get(), id) : LastFault("stat");
}

Fault RemoveFile(const std::string& path) {
  return Check(DeleteFileW(Wide(path).c_str()), "unlink");
}

// Only rings are renamed, and they are mapped.
Fault RenameFile(const std::string&, const std::string&) {
  return {ENOTSUP, "rename"};
}

// Making a link takes a privilege that few users have.
Fault MakeLink(const std::string&, const std::string&) {
  return {ENOTSUP, "symlink"};
}

Fault ReadLink(const std::string&, std::string*) {
  return {ENOTSUP, "readlink"};
}

Fault MakePrivateDirectory(const std::string& path) {
  const Fault fault = Check(CreateDirectoryW(Wide(path).c_str(), nullptr), "mkdir");
  return fault.error == EEXIST ? Fault{} : fault;
}

bool IsPrivateDirectory(const std::string& path, std::int64_t) {
  const DWORD attributes = GetFileAttributesW(Wide(path).c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
         (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
}

void RemoveEmptyDirectory(const std::string& path) {
  static_cast<void>(RemoveDirectoryW(Wide(path).c_str()));
}

std::int64_t ProcessId() {
  return GetCurrentProcessId();
}

bool LacksRoom(const Fault& fault) {
  return fault.error == ENOSPC;
}

std::int64_t UserId() {
  return 0;
}

std::int64_t WallMicroseconds() {
  FILETIME now = {};
  GetSystemTimePreciseAsFileTime(&now);
  const std::uint64_t ticks = std::uint64_t{now.dwHighDateTime} << 32 | now.dwLowDateTime;
  return MicrosecondsOf(static_cast<std::int64_t>(ticks));
}

std::int64_t MonotonicMicroseconds() {
  LARGE_INTEGER frequency = {};
  LARGE_INTEGER count = {};
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&count);
  // In two parts, because the product would overflow after some days.
  const std::int64_t seconds = count.QuadPart / frequency.QuadPart;
  const std::int64_t rest = count.QuadPart % frequency.QuadPart;
  return seconds * kMillion + rest * kMillion / frequency.QuadPart;
}

// Threads get no signals here.
void PrepareThread() {}

bool IsAloneAtExit() {
  return true;
}

void AtExit(void (*function)()) {
  exit_function = function;
  // The handler's code must stay, also when the last thread that uses the addon ends.
  HMODULE self = nullptr;
  constexpr DWORD kFlags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
  static_cast<void>(GetModuleHandleExW(kFlags, reinterpret_cast<LPCWSTR>(&exit_function), &self));
  std::atexit([] {
    UnmapAll();
    exit_function();
  });
}

void PrintError(const std::string& line) {
  const std::string text = line + "\r\n";
  DWORD written = 0;
  // If this fails, there is nowhere left to report it.
  static_cast<void>(WriteFile(GetStdHandle(STD_ERROR_HANDLE), text.data(),
                              static_cast<DWORD>(text.size()), &written, nullptr));
}

}  // namespace dllogger::platform
