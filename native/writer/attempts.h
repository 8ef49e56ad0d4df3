// The writer's attempts to bring records into the file, as waiting callers see them.
//
// A waiting caller gets a fault only from an attempt that began after the call: the attempt under
// way may have begun before the records were there, or before a full disk was emptied. A caller
// waits in slices; all slices together count as one wait.
//
// Owner: a Writer, under its mutex.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "platform/platform.h"

namespace dllogger {

class Attempts {
 public:
  // The writer thread begins an attempt.
  void Begin() { ++current_; }

  void Succeed() {
    fault_ = {};
    is_same_failure_ = false;
  }
  // Returns whether writing begins to fail with this attempt.
  bool Fail(const Fault& fault) {
    const bool is_first = !fault_ && !is_same_failure_;
    is_same_failure_ = false;
    fault_ = fault;
    failed_ = current_;
    if (is_first) ++failures_;
    return is_first;
  }
  // The records of the failed attempt were taken back, and will be written again: if that fails
  // too, it is still the same failure.
  void TakeBack() { is_same_failure_ = true; }
  // Nothing is left to write, so writing no longer fails.
  void Rest() { fault_ = {}; }

  // The fault of the last attempt; none after a success.
  const Fault& LastFault() const { return fault_; }
  // Number of times that writing began to fail.
  std::uint64_t Failures() const { return failures_; }

  // A caller begins or continues to wait.
  void Ask() {
    if (!asked_) asked_ = current_;
  }
  bool IsAsked() const { return asked_.has_value(); }
  // Whether an attempt that began after the caller asked has failed.
  bool HasFailedSinceAsked() const { return fault_ && asked_ && failed_ > *asked_; }
  // The wait is over: the caller has its answer.
  void Answer() { asked_.reset(); }

 private:
  std::uint64_t current_ = 0;  // counts attempts
  std::uint64_t failed_ = 0;   // the attempt that fault_ is from
  std::uint64_t failures_ = 0;
  Fault fault_;
  bool is_same_failure_ = false;
  std::optional<std::uint64_t> asked_;  // the attempt under way when the wait began
};

}  // namespace dllogger
