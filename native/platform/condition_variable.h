// Waiting for other threads. C++'s own condition variables will not do: where its library lacks
// pthread_cond_clockwait (older C libraries, musl) or is libc++ on Windows, they wait by the wall
// clock, and a wall clock that is set back by an hour makes a wait of 20 ms an hour long.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

namespace dllogger::platform {

// As std::condition_variable; its deadlines follow the monotonic clock on every system. Any thread.
class ConditionVariable {
 public:
  using Lock = std::unique_lock<std::mutex>;
  using TimePoint = std::chrono::steady_clock::time_point;

  ConditionVariable();
  ~ConditionVariable();
  ConditionVariable(const ConditionVariable&) = delete;
  ConditionVariable& operator=(const ConditionVariable&) = delete;

  void NotifyOne();
  void NotifyAll();

  // Both return when notified, or spuriously. The mutex is released meanwhile.
  void Wait(Lock* lock);
  // False when the deadline has passed.
  bool WaitUntil(Lock* lock, TimePoint deadline);

  // Both return when `done()` is true; the second also at the deadline, with the value of `done()`
  // then.
  template <typename Done>
  void Wait(Lock* lock, Done done) {
    while (!done()) Wait(lock);
  }
  template <typename Done>
  bool WaitUntil(Lock* lock, TimePoint deadline, Done done) {
    while (!done()) {
      if (!WaitUntil(lock, deadline)) return done();
    }
    return true;
  }

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace dllogger::platform
