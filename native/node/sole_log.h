// The only log of the process, if no thread has another: its functions need not look up the log
// that they are called for, which would be a thirtieth of log(). No Node here.
#pragma once

#include <atomic>
#include <mutex>

namespace dllogger {

class SoleLog {
 public:
  // An environment. Each has a User before it has functions of a log, so it never gets another
  // environment's log.
  class User {
   public:
    User() { Count(1); }
    ~User() { Count(-1); }
    User(const User&) = delete;
    User& operator=(const User&) = delete;

    // `is_first`: the environment never had another log. Calls of that log's functions would reach
    // this log.
    void Opened(void* log, bool is_first) {
      const std::scoped_lock lock(mutex_);
      log_ = users_ == 1 && is_first ? log : nullptr;
    }
  };

  // Null if there are, or ever were, several.
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
