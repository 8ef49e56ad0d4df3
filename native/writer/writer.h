// The writer thread of one log: ring -> json -> file.
//
// Created by the JavaScript thread that logs, which alone calls the public functions until the
// process or its environment ends; Run() and what it calls belong to the writer thread. A Writer
// lives as long as one of these holds it: its environment, its thread, the registry of live
// writers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "log/batch.h"
#include "log/file.h"
#include "log/recover.h"
#include "platform/condition_variable.h"
#include "record/json.h"
#include "ring/ring.h"
#include "ring/ring_file.h"
#include "ring/ring_reader.h"
#include "writer/attempts.h"
#include "writer/oversized_slot.h"
#include "writer/pending_batch.h"

namespace dllogger {

class Writer {
 public:
  using Clock = std::chrono::steady_clock;

  // Calls that wait do so up to a deadline. A call that reaches it returns Fault::Waiting(), has
  // changed nothing, and may be repeated.
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  struct Options {
    std::string path;
    LogFile::Mode mode = LogFile::Mode::kTruncate;
    // How long to wait for other processes; when the fault says held, nothing has changed.
    Clock::time_point deadline = kNever;
    NonFinite non_finite = NonFinite::kLiteral;
    std::string ring_refusal;  // why to make no ring file; empty: make one
    // Position at which an empty ring begins. Tests begin shortly before positions wrap.
    std::uint32_t ring_start = 0;
    // Called by the writer thread when writing begins to fail, once for each time; must not block.
    std::function<void(const Fault&)> on_fault;
  };
  struct Opened {
    std::shared_ptr<Writer> writer;  // empty when there is a fault
    Fault fault;
    Recovery recovery;        // records of dead writers; in kTruncate, discarded records
    Fault recovery_fault;     // why the recovery is incomplete; the next recovery does the rest
    bool lacks_room = false;  // for a ring that survives a kill, in shared memory
  };
  static Opened Open(const Options& options);

  ~Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  const std::shared_ptr<void>& Memory() const { return ring_file_->Memory(); }

  // Ends the thread's sleep, nap or pause.
  void Wake();
  // Wakes a thread that naps or sleeps only when a quarter of the ring is unwritten: naps are
  // short, and waking costs a system call.
  void WakeIfBehind();

  // Blocks until everything before `position`, up to which the caller has published, is in the
  // file, or an attempt to write that began after the call has failed. Damaged records in the ring
  // are lost, and counted as dropped; the next Flush() returns a fault for them, once.
  Fault Flush(std::uint32_t position, Clock::time_point deadline = kNever);
  Fault Sync();

  // Blocks until everything before `position` is in the file, so that its room can be used again;
  // returns at once with the fault while the log cannot be written.
  Fault WaitForRoom(std::uint32_t position, Clock::time_point deadline = kNever);

  // Writes a record that is too large for the ring, after everything in the ring. `pieces` are the
  // definition of its shape, if it has one, and the record; they are read until the call returns.
  // Then the record is in the file; a fault means that it was not taken. `id` differs for each
  // record, and is the same where the call is repeated.
  Fault WriteOversized(std::uint64_t id, const RecordPieces& pieces,
                       Clock::time_point deadline = kNever);

  // Takes such a record while the log cannot be written: puts it into the overflow, and publishes a
  // reference to it at the head, where the caller has made room for Ring::kOverflowSize bytes. A
  // fault means that the record was not taken, and counts as dropped.
  Fault PutOverflow(const RecordPieces& pieces);

  // Writes every pending record to the current file, or as many as it takes, then opens the file
  // now at the log's path and continues there. On a fault nothing has changed. Fault::Held():
  // another process holds the new file.
  Fault Reopen(Clock::time_point deadline = kNever);

  struct Stats {
    std::uint64_t records = 0;   // in the file, or waiting in memory
    std::uint64_t unsaved = 0;   // waiting in memory
    std::uint64_t bytes = 0;     // of the lines in the file
    std::uint64_t waits = 0;     // number of times that the producer waited for room
    std::uint64_t dropped = 0;   // records that are lost, because writing failed or by damage
    std::uint64_t faults = 0;    // number of times that writing began to fail
    Fault fault;                 // the last one, also after writing has succeeded again
    std::string not_crash_safe;  // why a kill may lose records; empty when it loses none
    std::string ring;            // path of the ring's file; empty if there is none
    bool has_locks = true;       // other processes may append to the log, too
  };
  Stats GetStats();

  // Ends the thread once everything is in the file. After a fault the thread lives on and keeps
  // trying, as before the call, and Close() may be called again. Also tells the fault that closing
  // the file would meet, of what the caller has flushed.
  Fault Close(Clock::time_point deadline = kNever);

  // Tells the thread to end once everything is in the file, and does not wait for that.
  void BeginClosing();

  // For the end of the process, or of the environment that logs: keeps trying up to the deadline,
  // then reports on standard error how many records are not saved. The thread keeps trying as long
  // as the process lives, and releases file, locks and memory when it succeeds.
  void CloseAtExit(Clock::time_point deadline);

  // As CloseAtExit(), if the system has ended the writer thread, at any point of its work: recovers
  // the ring's records into the log, as after a kill. The writer is unusable afterwards.
  void CloseAlone();

  // Faults are no longer reported: the environment that listens ends.
  void Mute();

  // How long the end of a process waits for a slow or failing disk.
  static constexpr std::chrono::seconds kExitGrace{3};

  // Opened by Open() only; public for make_shared.
  struct Key {};
  Writer(Key, const Options& options, std::unique_ptr<LogFile> file,
         std::unique_ptr<RingFile> ring);

 private:
  // Before the second attempt; each further pause is twice as long.
  static constexpr std::chrono::milliseconds kFirstPause{10};

  enum class Progress : std::uint8_t { kMore, kIdle, kFault, kEnd };

  void Run();
  Progress Work();
  Fault FormatRing();
  Fault FormatOversized();
  void AnswerOversized(const Fault& fault);
  Fault AppendBatch();
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
  void SayWhatClosingTells() const;

  const std::string path_;
  std::unique_ptr<LogFile> file_;
  std::unique_ptr<RingFile> ring_file_;
  Ring ring_;
  std::thread thread_;

  // The writer thread's own.
  RingReader reader_;
  PendingBatch batch_;
  int idle_rounds_ = 0;
  std::chrono::milliseconds pause_ = kFirstPause;  // before the next attempt after a fault

  // Shared, under the mutex.
  std::mutex mutex_;
  platform::ConditionVariable wake_;      // for the writer
  platform::ConditionVariable progress_;  // for callers that wait for the thread
  bool is_woken_ = false;
  bool is_closing_ = false;
  bool is_ended_ = false;
  bool has_given_up_ = false;      // the end of the environment has reported the unsaved records
  std::uint64_t batch_saved_ = 0;  // records of the unfinished batch that are in the file
  std::uint64_t saved_ = 0;        // records of the batches before it
  std::uint64_t saved_bytes_ = 0;
  std::uint64_t waits_ = 0;
  std::uint32_t released_ = 0;  // the ring's tail, which others may overwrite in its memory
  std::uint64_t dropped_ = 0;   // without those that the ring counts
  std::uint64_t damaged_ = 0;   // records that could not be read
  Fault damage_fault_;          // until Flush() returns it
  std::function<void(const Fault&)> on_fault_;  // empty after Mute()
  Fault last_fault_;
  Attempts attempts_;
  OversizedSlot oversized_;

  std::optional<LogFile::Next> next_file_;  // opened by Reopen(), to be taken by the thread
};

}  // namespace dllogger
