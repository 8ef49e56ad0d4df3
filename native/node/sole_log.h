// The log of the process, where there is no other in any thread: a function of its own need not ask
// for which log it was called, which would be a thirtieth of log(). No Node here.
#pragma once

#include <atomic>
#include <mutex>

namespace dllogger {

class SoleLog {
 public:
  // An environment; each has one before it has the function of a log. So it never gets another's.
  class User {
   public:
    User() { Count(1); }
    ~User() { Count(-1); }
    User(const User&) = delete;
    User& operator=(const User&) = delete;

    // `is_first`: the environment never had another log, whose functions would be taken for this
    // one's.
    void Opened(void* log, bool is_first) {
      const std::scoped_lock lock(mutex_);
      log_ = users_ == 1 && is_first ? log : nullptr;
    }
  };

  // Null where there are several, or where there were.
  static void* Get() { return log_.load(std::memory_order_relaxed); }

 private:
  static void Count(int change) {
    const std::scoped_lock lock(mutex_);
    users_ += change;
    log_ = nullptr;
  }

  static inline std::mutex mutex_;
  static inline int users_ = 0;
  static inline std::atomic<void*> log_ = nullptr;
};

}  // namespace dllogger
