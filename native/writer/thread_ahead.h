// A thread that is made before it has work: if the system allows no more threads, a log cannot be
// opened, and must not have been emptied by then.
//
// Owner: the code that opens a log; it hands the thread over to the writer.
#pragma once

#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "platform/condition_variable.h"
#include "platform/platform.h"

namespace dllogger {

template <typename Worker>
class ThreadAhead {
 public:
  ThreadAhead() = default;
  ThreadAhead(const ThreadAhead&) = delete;
  ThreadAhead& operator=(const ThreadAhead&) = delete;
  // A thread without work ends.
  ~ThreadAhead() {
    if (!thread_.joinable()) return;
    gate_->Open(nullptr);
    thread_.join();
  }

  // Makes the thread, which calls `run` once it has a worker.
  template <typename Run>
  Fault Start(Run run) {
    try {
      thread_ = std::thread([gate = gate_, run] {
        platform::PrepareThread();
        if (const std::shared_ptr<Worker> worker = gate->Wait()) run(worker.get());
      });
    } catch (const std::system_error& error) {
      return {error.code().value(), "pthread_create"};
    }
    return {};
  }

  // Gives the thread its worker, which owns the thread from now on.
  void HandTo(const std::shared_ptr<Worker>& worker, std::thread* owner) {
    *owner = std::move(thread_);
    gate_->Open(worker);
  }

 private:
  class Gate {
   public:
    void Open(std::shared_ptr<Worker> worker) {
      const std::scoped_lock lock(mutex_);
      worker_ = std::move(worker);
      is_open_ = true;
      opened_.NotifyOne();
    }

    std::shared_ptr<Worker> Wait() {
      std::unique_lock lock(mutex_);
      opened_.Wait(&lock, [&] { return is_open_; });
      return std::move(worker_);
    }

   private:
    std::mutex mutex_;
    platform::ConditionVariable opened_;
    bool is_open_ = false;
    std::shared_ptr<Worker> worker_;
  };

  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  std::thread thread_;
};

}  // namespace dllogger
