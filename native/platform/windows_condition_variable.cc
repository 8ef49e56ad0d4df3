#include <algorithm>
#include <cstdint>

#include "platform/condition_variable.h"
#include "platform/windows.h"

namespace dllogger::platform {

// The system's condition variables work only with its own locks, and a std::mutex does not reveal
// its lock. So a second lock is held from before the mutex is released until the thread waits. A
// notifier takes it too, and so comes before or after.
struct ConditionVariable::State {
  SRWLOCK lock = SRWLOCK_INIT;
  CONDITION_VARIABLE condition = CONDITION_VARIABLE_INIT;

  bool Wait(Lock* mutex, DWORD milliseconds) {
    AcquireSRWLockExclusive(&lock);
    mutex->unlock();
    const BOOL result = SleepConditionVariableSRW(&condition, &lock, milliseconds, 0);
    const bool is_notified = result != 0 || GetLastError() != ERROR_TIMEOUT;
    ReleaseSRWLockExclusive(&lock);
    mutex->lock();
    return is_notified;
  }

  void Pass() {
    AcquireSRWLockExclusive(&lock);
    ReleaseSRWLockExclusive(&lock);
  }
};

ConditionVariable::ConditionVariable() : state_(std::make_unique<State>()) {}

ConditionVariable::~ConditionVariable() = default;

void ConditionVariable::NotifyOne() {
  state_->Pass();
  WakeConditionVariable(&state_->condition);
}

void ConditionVariable::NotifyAll() {
  state_->Pass();
  WakeAllConditionVariable(&state_->condition);
}

void ConditionVariable::Wait(Lock* lock) {
  static_cast<void>(state_->Wait(lock, INFINITE));
}

bool ConditionVariable::WaitUntil(Lock* lock, TimePoint deadline) {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now();
  // Rounded up, or a wait would return before its deadline; and at most a day at a time.
  constexpr std::int64_t kDay = 24 * 3600 * 1000;
  std::int64_t rest = 0;
  if (deadline > now) {
    rest = std::chrono::duration_cast<milliseconds>(deadline - now).count() + 1;
  }
  const bool is_notified = state_->Wait(lock, static_cast<DWORD>(std::min(rest, kDay)));
  return is_notified || std::chrono::steady_clock::now() < deadline;
}

}  // namespace dllogger::platform
