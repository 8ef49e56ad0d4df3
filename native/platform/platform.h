// What differs between operating systems, and nothing else: files, locks, memory, clocks, exit.
// Errors are values. One implementation is compiled: posix.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace dllogger {

// What a failed system call reported; false when nothing failed.
struct Fault {
  int error = 0;
  const char* call = "";
  explicit operator bool() const { return error != 0; }
};

namespace platform {

// An open file. Owner: whoever holds it; closes itself. Not inherited by child processes.
class File {
 public:
  File() = default;
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Creates the file if need be. Every write goes to the file's end, wherever that has moved.
  Fault OpenForAppend(const std::string& path);

  bool IsRegular() const { return is_regular_; }
  Fault Size(std::int64_t* size) const;
  Fault Truncate(std::int64_t size) const;
  // One call of the system: `written` may be less than `count`.
  Fault Write(const char* bytes, std::size_t count, std::size_t* written) const;
  Fault ReadAt(std::int64_t offset, char* byte) const;
  // Until the bytes, and the name of the file, are on the device.
  Fault Sync();

  // Advisory locks on ranges of bytes, which need not exist. They belong to this File, not to the
  // process, and end with it, however the process dies.
  enum class Lock : std::uint8_t { kShared, kExclusive, kNone };
  enum class Wait : std::uint8_t { kNo, kYes };
  Fault SetLock(Lock lock, Wait wait, std::int64_t offset, std::int64_t length) const;
  // The first byte of somebody else's lock that stands against an exclusive one; -1 without.
  std::int64_t FirstHeld(std::int64_t offset, std::int64_t length) const;
  // Whether a fault of SetLock says that somebody else holds the lock, rather than that this file
  // system or descriptor has no locks.
  static bool IsHeld(const Fault& fault);

 private:
  int descriptor_ = -1;
  bool is_regular_ = false;
  bool name_is_synced_ = false;
  std::string directory_;
};

// Zeroed, page-aligned memory, given back with its last owner; empty when there is none.
std::shared_ptr<void> MapMemory(std::size_t size);

std::int64_t ProcessId();

// Microseconds since 1970 UTC, and microseconds that never run backwards.
std::int64_t WallMicroseconds();
std::int64_t MonotonicMicroseconds();

// A counter of the processor's that runs at a constant rate, whatever it counts; 0 where there is
// none that can be trusted for a millisecond.
std::uint64_t Ticks();

// For a thread of ours, at its start: names it, and leaves all signals to the program's own
// threads.
void PrepareThread();

// Runs when the process ends by exit() or by returning from main, after JavaScript has ended.
void AtExit(void (*function)());

// One line on standard error, past any buffer.
void PrintError(const std::string& line);

}  // namespace platform
}  // namespace dllogger
