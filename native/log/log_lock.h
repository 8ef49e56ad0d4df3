// The locks of a log file: who may append, who may empty it, and who stands in the way.
//
// Owner: nobody; functions over an open file. A lock belongs to the File that took it and ends with
// that File.
#pragma once

#include <chrono>
#include <cstdint>

#include "platform/platform.h"

namespace dllogger::log_lock {

// Calls wait for other writers of this library until a deadline and then return Fault::Held(),
// which names the process: it may have been stopped with the log in its hands.
using Deadline = std::chrono::steady_clock::time_point;
constexpr Deadline kNever = Deadline::max();

// How long an exclusive lock of a program that is no writer of ours is respected. Its shared lock
// says that it reads: writers append meanwhile, since O_APPEND alone keeps lines whole.
constexpr std::chrono::milliseconds kForeignGrace{2000};

// Patience with foreign locks, kept from one wait to the next.
struct Patience {
  Deadline end = kNever;  // when a foreign lock stops to count; kNever before one was met
};

// Whether a lock was taken. Without one because a foreign lock stands in the way, and without a
// fault: the caller goes on, and leaves alone what only the lock's holder may change.
enum class Taken : std::uint8_t { kYes, kForeign, kUnsupported };

// The right to append, exclusive or for a reader shared. `no_locks` becomes what the system says
// where the file has no locks.
Fault TakeAppend(const platform::File& file, platform::File::Lock lock, Deadline deadline,
                 Patience* patience, Taken* taken);
void LeaveAppend(const platform::File& file);

// Says that a live writer of this process has the log. Waits for a truncation that is under way.
Fault Enter(const platform::File& file, Deadline deadline, Patience* patience, Fault* no_locks);

// The log is this writer's alone; foreign locks stand in the way too, shared ones as well, since
// whoever reads under a lock expects the file to stay.
Fault TakeOver(const platform::File& file, Deadline deadline, Fault* no_locks);
// Others may append again; the caller has entered.
void ShareAgain(const platform::File& file);

// Whether another live writer has entered.
bool HasOthers(const platform::File& file);

}  // namespace dllogger::log_lock
