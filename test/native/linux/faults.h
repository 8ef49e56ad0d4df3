// System calls that fail on demand. faults.cc replaces the calls that open, write, lock..., and
// passes them to the system, except for the call that a plan names. A plan can also kill the
// process before a call, halfway through a write or after a call, or stop the process.
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
  kFail,     // the call fails with `error`
  kShorten,  // a write takes one byte and says so
  kHalve,    // a write takes half and says so
  kKillBefore,
  kKillHalfway,  // of a write: half of it is in the file
  kKillAfter,
  kStopBefore,   // the process stops, as by SIGSTOP, and makes the call when it is continued
  kTakeNothing,  // a write takes no byte and says so
};

struct Plan {
  Call call = Call::kAny;
  int nth = 1;  // number of the call, counted from 1
  Action action = Action::kFail;
  int error = 0;
  bool lasts = false;  // whether later calls fail, too, until Disarm()
};

// Arms a plan: from now on calls on files under `prefix` count.
void Arm(const Plan& plan, const std::string& prefix);
// Disarms the plan. Returns whether it met its call.
bool Disarm();

}  // namespace faults
