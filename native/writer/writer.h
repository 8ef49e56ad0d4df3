// The writer thread of one log: ring -> json -> file.
//
// Created by the JavaScript thread that logs, which alone calls the public functions until the
// process or its environment ends; Run() and what it calls belong to the writer thread. A Writer
// lives as long as anybody holds it: its environment, its thread, or the registry of live writers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "log/batch.h"
#include "log/file.h"
#include "log/recover.h"
#include "platform/condition_variable.h"
#include "record/json.h"
#include "ring/ring.h"
#include "ring/ring_file.h"
#include "ring/ring_reader.h"
#include "text/text.h"

namespace dllogger {

class Writer {
 public:
  using Clock = std::chrono::steady_clock;

  // The calls that wait do so up to a deadline. One that gives up returns Fault::Waiting(), has
  // changed nothing, and may be repeated.
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  // What open() takes and gives.
  struct Options {
    std::string path;
    LogFile::Mode mode = LogFile::Mode::kTruncate;
    // How long to wait for others; nothing has changed when the fault says held.
    Clock::time_point deadline = kNever;
    NonFinite non_finite = NonFinite::kLiteral;
    std::string ring_refusal;  // why there is to be no ring file; empty: there is to be one
    // Position at which an empty ring begins. Tests begin shortly before positions wrap.
    std::uint32_t ring_start = 0;
    // Called by the writer thread when writing begins to fail, once for each time; must not block.
    std::function<void(const Fault&)> on_fault;
  };
  struct Opened {
    std::shared_ptr<Writer> writer;  // empty when there is a fault
    Fault fault;
    Recovery recovery;     // of records that dead writers left; of what was discarded, truncating
    Fault recovery_fault;  // what kept it from being complete; the rest waits for the next time
    bool lacks_room = false;  // for a ring that survives a kill, in shared memory
  };
  static Opened Open(const Options& options);

  ~Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  const std::shared_ptr<void>& Memory() const { return ring_file_->Memory(); }

  // The writer looks at the ring now, whatever it is waiting for.
  void Wake();
  // One that naps, only where a quarter of the ring is to be written: naps are short, and a wake-up
  // is a system call.
  void WakeIfBehind();

  // Blocks until everything before `position`, where the caller has published up to, is in the file
  // or an attempt, made after the call, to get it there fails. Says once where records were damaged
  // in the ring: they are lost, and counted as dropped.
  Fault Flush(std::uint32_t position, Clock::time_point deadline = kNever);
  Fault Sync();

  // Blocks until everything before `position` is in the file, so that its room can be used again;
  // returns at once with the fault while the log cannot be written.
  Fault WaitForRoom(std::uint32_t position, Clock::time_point deadline = kNever);

  // Writes a record that is too large for the ring, after everything in it; `pieces` are the
  // definition of its shape, if it has one, and the record, and are read until the call returns. It
  // is in the file then; a fault means that it was not taken. `id` differs for each record, and is
  // the same where the call is repeated.
  Fault WriteOversized(std::uint64_t id, const RecordPieces& pieces,
                       Clock::time_point deadline = kNever);

  // Takes such a record while the log cannot be written: puts it beside the ring, as safe as that
  // is, and publishes at the head, where there is room for Ring::kOverflowSize bytes, that it lies
  // there. A fault means that it was not taken, and was counted.
  Fault PutOverflow(const RecordPieces& pieces);

  // Goes on in a file that the log's path leads to now, after bringing to the old one what it
  // takes: everything, unless writing fails. A fault means that there is no new file, and no
  // change; Fault::Held() that another process keeps it from being opened.
  Fault Reopen(Clock::time_point deadline = kNever);

  // What has happened so far.
  struct Stats {
    std::uint64_t records = 0;   // taken: in the file, or waiting in memory
    std::uint64_t unsaved = 0;   // of them, waiting
    std::uint64_t bytes = 0;     // of lines in the file
    std::uint64_t waits = 0;     // how often the producer had to wait for room
    std::uint64_t dropped = 0;   // records that are lost, because writing failed or by damage
    std::uint64_t faults = 0;    // how often writing began to fail
    Fault fault;                 // the latest, also when it has healed
    std::string not_crash_safe;  // why not; empty when a kill loses nothing
    std::string ring;            // the ring's file; empty without
    bool has_locks = true;       // other processes may append to the log, too
  };
  Stats GetStats();

  // Ends the thread once everything is in the file. After a fault everything is as before the call:
  // the thread lives on and keeps trying, and Close() may be called again.
  Fault Close(Clock::time_point deadline = kNever);

  // Has the thread end once everything is in the file, without waiting for it.
  void BeginClosing();

  // At the end of the process or of the environment that logs: keeps trying up to the deadline,
  // then says on standard error what is left. The thread goes on trying as long as the process, and
  // gives up file, locks and memory when it succeeds.
  void CloseAtExit(Clock::time_point deadline);

  // The same where the system has ended the writer thread, wherever it was: brings to the log what
  // the ring holds as if the process had been killed. The writer is of no use afterwards.
  void CloseAlone();

  // From now on nobody is told of faults. For the end of the environment that wants to know.
  void Mute();

  // How long the end of a process waits for a slow or failing disk.
  static constexpr std::chrono::seconds kExitGrace{3};

  // Opened by Open() only; public for make_shared.
  struct Key {};
  Writer(Key, const Options& options, std::unique_ptr<LogFile> file,
         std::unique_ptr<RingFile> ring);

 private:
  // The lines that are on their way into the file.
  struct Batch {
    bool is_pending = false;  // formatted and not wholly in the file
    Text text;
    std::size_t done = 0;    // how much of the text is in the file
    std::uint32_t tail = 0;  // the ring's positions around its records
    std::uint32_t end = 0;
    std::uint64_t records = 0;
  };

  // Before the next attempt after a fault; then longer ones.
  static constexpr std::chrono::milliseconds kFirstPause{10};

  enum class Progress : std::uint8_t { kMore, kIdle, kFault, kEnd };

  void Run();
  Progress Work();
  Fault FormatRing();
  Fault FormatOversized();
  void AnswerOversized(const Fault& fault);
  Fault AppendBatch();
  Commit CommitOfBatch() const;
  void SwitchTo(LogFile::Next next);
  void Finish(const Fault& fault);
  void Sleep(Progress progress);
  bool Join(std::unique_lock<std::mutex>* lock);

  template <typename Done>
  Fault Await(std::unique_lock<std::mutex>* lock, Clock::time_point deadline, Done done);
  void Notify();
  bool IsBehind() const;
  bool IsReleased(std::uint32_t position) const { return Ring::Reached(released_, position); }
  std::uint64_t CountDropped() const { return dropped_ + ring_.Dropped() + damaged_; }
  void NoteDamage();
  std::uint64_t CountPending() const;
  std::uint64_t CountUnsaved() const;
  void SayWhatIsLost(const Fault& fault) const;

  const std::string path_;
  std::unique_ptr<LogFile> file_;
  std::unique_ptr<RingFile> ring_file_;
  Ring ring_;
  std::thread thread_;

  // The writer thread's own.
  RingReader reader_;
  Batch batch_;
  int idle_rounds_ = 0;
  std::chrono::milliseconds pause_;  // before the next attempt after a fault

  // Shared, under the mutex.
  std::mutex mutex_;
  platform::ConditionVariable wake_;      // for the writer
  platform::ConditionVariable progress_;  // for those who wait for it
  bool is_woken_ = false;
  bool is_closing_ = false;
  bool is_ended_ = false;
  bool has_given_up_ = false;      // the end of the environment has said what is not saved
  std::uint64_t batch_saved_ = 0;  // records of the unfinished batch that are in the file
  std::uint64_t saved_ = 0;        // records of the batches before it
  std::uint64_t saved_bytes_ = 0;
  std::uint64_t waits_ = 0;
  std::uint32_t released_ = 0;  // the ring's tail, which others may overwrite in its memory
  std::uint64_t dropped_ = 0;   // without those that the ring counts
  std::uint64_t damaged_ = 0;   // records that could not be read
  Fault damage_fault_;          // until it is told
  std::uint64_t faults_ = 0;
  std::function<void(const Fault&)> on_fault_;  // empty once nobody is left to be told
  Fault last_fault_;
  Fault fault_;                         // of the last attempt; none once one has succeeded
  std::uint64_t round_ = 0;             // counts attempts
  std::uint64_t fault_round_ = 0;       // the attempt that fault_ is from
  std::optional<std::uint64_t> asked_;  // the attempt under way when a wait began

  // What WriteOversized() asks for, and how far that is: offered while its caller waits, then
  // formatted and the batch, then its caller may hear of it.
  enum class OversizedState : std::uint8_t { kNone, kOffered, kBatch, kDone };
  OversizedState oversized_ = OversizedState::kNone;
  std::uint64_t oversized_id_ = 0;
  const RecordPieces* oversized_pieces_ = nullptr;
  Fault oversized_fault_;
  bool batch_is_oversized_ = false;  // also when its caller has been told
  bool gave_up_oversized_ = false;  // that is the same time that writing has failed as what follows

  std::optional<LogFile::Next> next_file_;  // what Reopen() asks to go on in
};

}  // namespace dllogger
