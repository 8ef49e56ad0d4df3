#include "log/log_lock.h"

#include <algorithm>
#include <cerrno>
#include <thread>

namespace dllogger::log_lock {
namespace {

using platform::File;
using platform::Holder;

// Far beyond the end of any log: on some systems a locked byte cannot be read by others.
constexpr std::int64_t kLockBase = std::int64_t{1} << 62;
// A live writer holds byte kLockBase + its process id, shared. Truncating needs all of these bytes;
// the first one that is held names its process.
constexpr std::int64_t kLiveLocks = std::int64_t{1} << 32;
constexpr std::int64_t kLastLive = kLockBase + kLiveLocks - 1;
// Held while a batch is appended, along with as many bytes before it as the process id: so a
// waiting process learns which process appends.
constexpr std::int64_t kAppendLock = kLockBase - 1;

// Pauses between two attempts at a lock: the system cannot wait for a lock up to a deadline.
constexpr std::chrono::microseconds kFirstPause{50};
constexpr std::chrono::microseconds kLastPause{1000};

// Limit on refusals in a row without a visible holder; beyond it, locking counts as failed.
constexpr int kMaxRefused = 100;

std::int64_t OwnLock() {
  return kLockBase + platform::ProcessId();
}

struct Blocker {
  bool is_there = false;
  bool is_foreign = false;
  bool is_shared = false;
  // Whether the lock is respected for a while only: a foreign lock, or a lock of this library's
  // form whose process cannot be seen, since any program may choose that range.
  bool is_bounded = false;
  std::int64_t process = Fault::kUnknown;
};

// The process that a lock of this library names by its range; kUnknown for a lock that no writer of
// this library takes. If the system does not tell a lock's end, every lock counts as this
// library's.
std::int64_t ProcessOf(const Holder& holder) {
  const bool is_live = holder.start > kLockBase && holder.start <= kLastLive;
  if (is_live && (holder.end == Holder::kNoEnd || holder.end == holder.start)) {
    return holder.start - kLockBase;
  }
  // Truncating takes both: the locks are neighbours, and the system joins them.
  const bool is_append = holder.start < kLockBase && holder.start > kAppendLock - kLiveLocks;
  if (is_append &&
      (holder.end == Holder::kNoEnd || holder.end == kAppendLock || holder.end == kLastLive)) {
    return kAppendLock - holder.start;
  }
  return Fault::kUnknown;
}

// The holder that blocks a lock of this range.
Blocker BlockerOf(const File& file, std::int64_t offset, std::int64_t length) {
  Holder holder;
  Blocker blocker;
  if (!file.FindHolder(offset, length, &holder)) return blocker;
  blocker.is_there = true;
  blocker.is_shared = holder.is_shared;
  // Truncating begins with the lock of all live writers, whose start names nobody.
  const bool is_truncation = holder.start == kLockBase && holder.end == kLastLive;
  const std::int64_t named = ProcessOf(holder);
  blocker.is_foreign = !is_truncation && named == Fault::kUnknown;
  const std::int64_t process = named == Fault::kUnknown ? holder.process : named;
  if (process > 0 && file.IsOpenIn(process)) blocker.process = process;
  blocker.is_bounded = blocker.process == Fault::kUnknown && !is_truncation;
  return blocker;
}

Fault HeldBy(const File& file, Blocker blocker) {
  // A process that holds every live lock is truncating, which counts as holding the append lock.
  if (!blocker.is_foreign && blocker.process == Fault::kUnknown) {
    const Blocker appending = BlockerOf(file, kAppendLock - kLiveLocks + 1, kLiveLocks);
    if (appending.is_there) blocker = appending;
  }
  Fault fault = Fault::Held(blocker.process);
  fault.is_foreign = blocker.is_foreign;
  return fault;
}

// What to do about foreign locks.
enum class Foreign : std::uint8_t { kGoOn, kWait };

Fault Wait(const File& file, File::Lock lock, std::int64_t offset, std::int64_t length,
           Deadline deadline, Foreign foreign, Patience* patience, Taken* taken) {
  auto pause = kFirstPause;
  int refused = 0;
  for (;;) {
    const Fault fault = file.SetLock(lock, File::Wait::kNo, offset, length);
    if (!fault.IsHeld()) {
      *taken = fault ? Taken::kUnsupported : Taken::kYes;
      patience->end = kNever;
      return fault;
    }
    const auto now = std::chrono::steady_clock::now();
    const Blocker blocker = BlockerOf(file, offset, length);
    const bool is_bounded = blocker.is_foreign || blocker.is_bounded;
    if (blocker.is_there && is_bounded && foreign == Foreign::kGoOn) {
      if (patience->end == kNever) patience->end = now + kForeignGrace;
      if ((blocker.is_foreign && blocker.is_shared) || now >= patience->end) {
        *taken = Taken::kForeign;
        return {};
      }
    }
    if (now >= deadline) return HeldBy(file, blocker);
    refused = blocker.is_there ? 0 : refused + 1;
    if (refused == kMaxRefused) return {EAGAIN, "lock"};
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLastPause);
  }
}

}  // namespace

Fault TakeAppend(const File& file, File::Lock lock, Deadline deadline, Patience* patience,
                 Taken* taken) {
  const std::int64_t own = platform::ProcessId();
  return Wait(file, lock, kAppendLock - own, own + 1, deadline, Foreign::kGoOn, patience, taken);
}

void LeaveAppend(const File& file) {
  const std::int64_t own = platform::ProcessId();
  static_cast<void>(file.SetLock(File::Lock::kNone, File::Wait::kNo, kAppendLock - own, own + 1));
}

Fault Enter(const File& file, Deadline deadline, Patience* patience, Fault* no_locks) {
  Taken taken = Taken::kYes;
  const Fault fault =
      Wait(file, File::Lock::kShared, OwnLock(), 1, deadline, Foreign::kGoOn, patience, &taken);
  // Some file systems have no locks: then several writers are not kept apart.
  *no_locks = fault.IsHeld() ? Fault{} : fault;
  return fault.IsHeld() ? fault : Fault{};
}

Fault TakeOver(const File& file, Deadline deadline, Fault* no_locks) {
  Taken taken = Taken::kYes;
  Patience none;
  const Fault fault = Wait(file, File::Lock::kExclusive, kLockBase, kLiveLocks, deadline,
                           Foreign::kWait, &none, &taken);
  *no_locks = fault.IsHeld() ? Fault{} : fault;
  return fault.IsHeld() ? fault : Fault{};
}

void ShareAgain(const File& file) {
  // Keeps its own byte without a moment's gap, so that no other truncation slips in between.
  static_cast<void>(file.ShrinkLock(kLockBase, kLiveLocks, OwnLock()));
}

bool HasOthers(const File& file) {
  return BlockerOf(file, kLockBase, kLiveLocks).is_there;
}

}  // namespace dllogger::log_lock
