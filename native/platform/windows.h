// Shared by the files of the Windows implementation.
#pragma once

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/platform.h"

namespace dllogger::platform {

// A handle that closes itself.
class Handle {
 public:
  explicit Handle(HANDLE handle) : handle_(handle) {}
  ~Handle() {
    if (IsOpen()) CloseHandle(handle_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  bool IsOpen() const { return handle_ != INVALID_HANDLE_VALUE && handle_ != nullptr; }
  HANDLE Get() const { return handle_; }

 private:
  HANDLE handle_;
};

// Converts a path from UTF-8, which the callers use.
std::wstring Wide(const std::string& path);
std::string Narrow(const std::wstring& path);

// The error of the thread's last call, as an errno.
Fault LastFault(const char* call);
inline Fault Check(BOOL result, const char* call) {
  return result == 0 ? LastFault(call) : Fault{};
}

// The system's handle of a descriptor of the C library.
HANDLE HandleOf(int descriptor);
// Makes a descriptor that owns the handle.
int DescriptorOf(HANDLE handle);

// Lets others open the file, delete it, or move it.
constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

// Microseconds since 1970 UTC of a time of the system's: tenths of microseconds since 1601.
inline std::int64_t MicrosecondsOf(std::int64_t ticks) {
  constexpr std::int64_t kEpoch = 116444736000000000;
  return (ticks - kEpoch) / 10;
}

inline OVERLAPPED At(std::int64_t offset) {
  OVERLAPPED place = {};
  place.Offset = static_cast<DWORD>(offset);
  place.OffsetHigh = static_cast<DWORD>(static_cast<std::uint64_t>(offset) >> 32);
  return place;
}

// Reads `count` bytes at a place; fewer only where the file ends.
Fault ReadAll(HANDLE file, std::int64_t offset, void* bytes, std::size_t count, std::size_t* read);
// Writes all of it at a place.
Fault WriteAll(HANDLE file, std::int64_t offset, const void* bytes, std::size_t count);

Fault Identify(HANDLE file, FileId* id);
// Does not wait; fails if any handle, this one included, has a lock there.
bool TryLock(HANDLE file, std::int64_t offset, std::int64_t length);
void Unlock(HANDLE file, std::int64_t offset, std::int64_t length);

// Ends all mappings of ring files. JavaScript has ended.
void UnmapAll();

}  // namespace dllogger::platform
