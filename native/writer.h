// The writer thread of one log: ring -> json -> file.
//
// Created by the JavaScript thread that logs, which alone calls the public functions until the
// process or its environment ends; Run() and what it calls belong to the writer thread. A Writer
// lives as long as anybody holds it: its environment, its thread, or the registry of live writers.
#pragma once

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "file.h"
#include "json.h"
#include "ring.h"
#include "text.h"

namespace dllogger {

class Writer {
 public:
  using Clock = std::chrono::steady_clock;

  // What open() takes and gives.
  struct Options {
    std::string path;
    LogFile::Mode mode = LogFile::Mode::kTruncate;
    NonFinite non_finite = NonFinite::kLiteral;
  };
  struct Opened {
    std::shared_ptr<Writer> writer;  // empty when there is a fault
    Fault fault;
    std::int64_t holder = -1;  // process id of the live writer that stands in the way
  };
  static Opened Open(const Options& options);

  ~Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  const std::shared_ptr<void>& Memory() const { return memory_; }

  // For the producer, which publishes by itself.
  Ring& ProducerRing() { return ring_; }

  // The writer looks at the ring now, whatever it is waiting for.
  void Wake();

  // The calls that wait do so up to a deadline. One that gives up says kStillWaiting, has changed
  // nothing, and may be repeated.
  static constexpr int kStillWaiting = ETIMEDOUT;
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  // Blocks until everything before `position` is in the file or an attempt, made after the call, to
  // get it there fails.
  Fault Flush(std::uint32_t position, Clock::time_point deadline = kNever);
  Fault Sync() { return file_.Sync(); }

  // Blocks until everything before `position` is in the file, so that its room can be used again;
  // returns at once with the fault while the log cannot be written.
  Fault WaitForRoom(std::uint32_t position, Clock::time_point deadline = kNever);

  // Formats and writes records that are too large for the ring, after everything in it; `parts` are
  // read until the call returns. A fault means that they were not taken; what was taken is kept
  // until it can be written.
  struct Bytes {
    const std::uint8_t* data;
    std::size_t size;
  };
  Fault WriteThrough(const std::vector<Bytes>& parts, Clock::time_point deadline = kNever);

  // Ends the thread once everything is in the file. After a fault everything is as before the call:
  // the thread lives on and keeps trying, and Close() may be called again.
  Fault Close(Clock::time_point deadline = kNever);

  // At the end of the process or of the environment that logs: keeps trying up to the deadline,
  // then says on standard error what is left. The thread goes on trying as long as the process.
  void CloseAtExit(Clock::time_point deadline);

  // How long the end of a process waits for a slow or failing disk.
  static constexpr std::chrono::seconds kExitGrace{3};

  // Opened by Open() only; public for make_shared.
  struct Key {};
  Writer(Key, const Options& options, std::shared_ptr<void> memory);

 private:
  enum class Step : std::uint8_t { kProgress, kIdle, kFault, kEnd };

  void Run();
  Step Work();
  Fault FormatRing();
  Fault FormatThrough();
  void Finish(const Fault& fault);
  void Rest(Step step);
  std::uint32_t SkipDamaged(const std::uint8_t* bytes, std::uint32_t available);

  template <typename Done>
  Fault Await(std::unique_lock<std::mutex>* lock, Clock::time_point deadline, Done done);
  void Notify();
  bool IsReleased(std::uint32_t position) const { return Ring::Reached(ring_.Tail(), position); }
  std::uint32_t CountUnwritten() const;

  const std::string path_;
  const std::shared_ptr<void> memory_;
  Ring ring_;
  LogFile file_;
  std::thread thread_;

  // The writer thread's own.
  JsonFormatter json_;
  JsonFormatter through_json_;   // these records bring their own shapes
  Text text_;                    // the batch that is being written
  std::size_t done_ = 0;         // how much of it is in the file
  bool has_batch_ = false;       // a batch is formatted and not wholly in the file
  std::uint32_t batch_end_ = 0;  // the ring's position behind it
  int idle_rounds_ = 0;
  bool has_told_damage_ = false;
  std::chrono::milliseconds pause_;  // before the next attempt after a fault

  // Shared, under the mutex.
  std::mutex mutex_;
  std::condition_variable wake_;      // for the writer
  std::condition_variable progress_;  // for those who wait for it
  bool is_woken_ = false;
  bool is_closing_ = false;
  bool is_ended_ = false;
  bool has_given_up_ = false;           // the end of the environment has said what is not saved
  std::uint32_t batch_saved_ = 0;       // records of the unfinished batch that are in the file
  Fault fault_;                         // of the last attempt; none once one has succeeded
  std::uint64_t round_ = 0;             // counts attempts
  std::uint64_t fault_round_ = 0;       // the attempt that fault_ is from
  std::optional<std::uint64_t> asked_;  // the attempt under way when a wait began
  const std::vector<Bytes>* through_ = nullptr;  // what WriteThrough() asks to take
  bool through_is_pending_ = false;              // it is taken: the batch is it
};

// The live writers of this process, so that its end finds them. Immortal: the last threads of a
// process may still use it while statics are destroyed.
class WriterRegistry {
 public:
  // The only one.
  static WriterRegistry& Instance();

  void Add(std::shared_ptr<Writer> writer);
  void Remove(const Writer* writer);
  // Closes every writer that is left.
  void CloseAll();

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Writer>> writers_;
  bool is_called_at_exit_ = false;
};

}  // namespace dllogger
