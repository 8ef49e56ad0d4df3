// System calls that fail on demand: the calls that open, write, lock... are those of faults.cc,
// which hands them on to the system but for the one that a plan names. They also kill the process
// at a call, before it, halfway through a write, or after it, or stop it.
//
// Owner: the test that arms it; one plan at a time, for the calls of all threads of the process.
#pragma once

#include <cstdint>
#include <string>

namespace faults {

enum class Call : std::uint8_t {
  kAny,
  kOpen,
  kRead,
  kWrite,
  kTruncate,
  kReserve,
  kSync,
  kLock,
  kMap,
  kUnlink,
  kStatus,
};

enum class Action : std::uint8_t {
  kFail,     // the call says `error`
  kShorten,  // a write takes one byte and says so
  kHalve,    // a write takes half and says so
  kKillBefore,
  kKillHalfway,  // of a write: half of it is in the file
  kKillAfter,
  kStopBefore,  // the process stops, as by SIGSTOP, and makes the call when it goes on
};

struct Plan {
  Call call = Call::kAny;
  int nth = 1;  // which of the calls, from 1
  Action action = Action::kFail;
  int error = 0;
  bool lasts = false;  // the calls after it too, until Disarm()
};

// Calls on files under `prefix` count from now on.
void Arm(const Plan& plan, const std::string& prefix);
// Whether the plan met its call.
bool Disarm();

}  // namespace faults
