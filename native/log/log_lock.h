// The locks of a log file: who may append, who may empty the log, and which process holds a lock.
//
// Owner: nobody; functions over an open file. A lock belongs to the File that took it and ends with
// that File.
#pragma once

#include <chrono>
#include <cstdint>

#include "platform/platform.h"

namespace dllogger::log_lock {

// Calls wait for other writers of this library until a deadline and then return Fault::Held(),
// which names the process: it may have been stopped while it held the lock.
using Deadline = std::chrono::steady_clock::time_point;
constexpr Deadline kNever = Deadline::max();

// How long the exclusive lock of a foreign program, not a writer of this library, is respected. A
// foreign shared lock means a reader: writers append meanwhile, since O_APPEND alone keeps lines
// whole.
constexpr std::chrono::milliseconds kForeignGrace{2000};

// Patience with foreign locks, kept from one wait to the next.
struct Patience {
  Deadline end = kNever;  // when foreign locks stop counting; kNever before the first one
};

// Whether a lock was taken. kForeign: a foreign lock is in the way. That is not a fault: the caller
// goes on, and leaves alone what only the lock's holder may change.
enum class Taken : std::uint8_t { kYes, kForeign, kUnsupported };

// Takes the append lock: exclusive, or shared for a reader. If the file has no locks, `no_locks`
// becomes the system's error.
Fault TakeAppend(const platform::File& file, platform::File::Lock lock, Deadline deadline,
                 Patience* patience, Taken* taken);
void LeaveAppend(const platform::File& file);

// Marks the log as held by a live writer of this process. Waits for a truncation that is under way.
Fault Enter(const platform::File& file, Deadline deadline, Patience* patience, Fault* no_locks);

// Takes the log for this writer alone. Foreign locks block this, shared ones included: a program
// that reads under a lock expects the file to stay.
Fault TakeOver(const platform::File& file, Deadline deadline, Fault* no_locks);
// Lets others append again; the caller counts as entered.
void ShareAgain(const platform::File& file);

// Whether another live writer has entered.
bool HasOthers(const platform::File& file);

}  // namespace dllogger::log_lock
