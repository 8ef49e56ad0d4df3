#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include "platform/condition_variable.h"

namespace dllogger::platform {
namespace {

constexpr std::int64_t kSecond = 1000000000;  // nanoseconds
// Longer than any wait, and too short to overflow.
constexpr std::int64_t kForever = 1000000 * kSecond;

timespec TimeSpec(std::int64_t nanoseconds) {
  timespec time = {};
  time.tv_sec = static_cast<decltype(time.tv_sec)>(nanoseconds / kSecond);
  time.tv_nsec = static_cast<decltype(time.tv_nsec)>(nanoseconds % kSecond);
  return time;
}

std::int64_t Until(ConditionVariable::TimePoint deadline) {
  const auto now = std::chrono::steady_clock::now();
  if (deadline <= now) return 0;
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - now);
  return std::min<std::int64_t>(rest.count(), kForever);
}

}  // namespace

struct ConditionVariable::State {
  pthread_cond_t condition;
};

ConditionVariable::ConditionVariable() : state_(std::make_unique<State>()) {
#ifdef __APPLE__
  pthread_cond_init(&state_->condition, nullptr);
#else
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&state_->condition, &attributes);
  pthread_condattr_destroy(&attributes);
#endif
}

ConditionVariable::~ConditionVariable() {
  pthread_cond_destroy(&state_->condition);
}

void ConditionVariable::NotifyOne() {
  pthread_cond_signal(&state_->condition);
}

void ConditionVariable::NotifyAll() {
  pthread_cond_broadcast(&state_->condition);
}

void ConditionVariable::Wait(Lock* lock) {
  pthread_cond_wait(&state_->condition, lock->mutex()->native_handle());
}

bool ConditionVariable::WaitUntil(Lock* lock, TimePoint deadline) {
  pthread_mutex_t* const mutex = lock->mutex()->native_handle();
#ifdef __APPLE__
  // macOS has condition variables for the wall clock only: wait for a time relative to now.
  const timespec rest = TimeSpec(Until(deadline));
  const int result = pthread_cond_timedwait_relative_np(&state_->condition, mutex, &rest);
#else
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const timespec end = TimeSpec(std::int64_t{now.tv_sec} * kSecond + now.tv_nsec + Until(deadline));
  const int result = pthread_cond_timedwait(&state_->condition, mutex, &end);
#endif
  return result != ETIMEDOUT;
}

}  // namespace dllogger::platform
