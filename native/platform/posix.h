// Shared by the files of the POSIX implementation.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "platform/platform.h"

#ifdef __APPLE__
// In every kernel since 2015, but not in the public headers.
#define F_OFD_SETLK 90
#define F_OFD_SETLKW 91
#define F_OFD_GETLK 92
#endif

namespace dllogger::platform {

// Repeats a call that a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

inline Fault Check(std::int64_t result, const char* call) {
  return result == -1 ? Fault{errno, call} : Fault{};
}

// Reads `count` bytes at a place; fewer only where the file ends.
Fault ReadAll(int descriptor, std::int64_t offset, void* bytes, std::size_t count,
              std::size_t* read);
// Writes all of it at a place.
Fault WriteAll(int descriptor, std::int64_t offset, const void* bytes, std::size_t count);

// Identifies an open file, or the file that a name leads to without following a link.
Fault Identify(int descriptor, FileId* id);

inline int LockType(File::Lock lock) {
  switch (lock) {
    case File::Lock::kShared:
      return F_RDLCK;
    case File::Lock::kExclusive:
      return F_WRLCK;
    case File::Lock::kNone:
      break;
  }
  return F_UNLCK;
}

inline struct flock LockRange(int type, std::int64_t offset, std::int64_t length) {
  struct flock range = {};
  range.l_type = static_cast<decltype(range.l_type)>(type);
  range.l_whence = SEEK_SET;
  range.l_start = offset;
  range.l_len = length;
  return range;
}

}  // namespace dllogger::platform
