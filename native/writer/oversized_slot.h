// The slot through which a caller hands the writer thread one record that is too large for the
// ring. The caller waits until the first attempt to write the record has ended:
//
//   kFree -> kOffered -> kWriting -> kAnswered
//            the caller  the record  the caller may be told how
//            waits       is a batch  the attempt ended
//
// Owner: a Writer, under its mutex.
#pragma once

#include <cstdint>

#include "platform/platform.h"
#include "record/record.h"

namespace dllogger {

class OversizedSlot {
 public:
  // The caller's side. `id` differs for each record, and is the same where a call is repeated.
  bool IsOf(std::uint64_t id) const { return id_ == id; }
  // Offers a record, or continues to wait for the offered one. Not while another record is being
  // written.
  void Offer(std::uint64_t id, const RecordPieces& pieces) {
    if (state_ == State::kFree || id_ != id) state_ = State::kOffered;
    id_ = id;
    pieces_ = &pieces;
  }
  // The call returns: from now on the caller's memory is not read.
  void Withdraw() {
    pieces_ = nullptr;
    if (state_ == State::kOffered) state_ = State::kFree;
  }
  bool IsAnswered() const { return state_ == State::kAnswered; }
  // A fault means that the record was not taken.
  const Fault& Answer() const { return fault_; }

  // The thread's side.
  bool IsOffered() const { return state_ == State::kOffered; }
  const RecordPieces& Pieces() const { return *pieces_; }
  void BeginWriting() {
    state_ = State::kWriting;
    is_in_batch_ = true;
  }
  bool IsWriting() const { return state_ == State::kWriting; }
  // Whether the batch is the record: true also after the answer, while a pipe that has taken a part
  // of the record is to take the rest.
  bool IsInBatch() const { return is_in_batch_; }
  void LeaveBatch() { is_in_batch_ = false; }
  void Answer(const Fault& fault) {
    if (state_ != State::kWriting) return;
    state_ = State::kAnswered;
    fault_ = fault;
  }

 private:
  enum class State : std::uint8_t { kFree, kOffered, kWriting, kAnswered };
  State state_ = State::kFree;
  std::uint64_t id_ = 0;
  const RecordPieces* pieces_ = nullptr;
  Fault fault_;
  bool is_in_batch_ = false;
};

}  // namespace dllogger
