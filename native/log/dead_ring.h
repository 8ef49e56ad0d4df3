// A ring file whose writer may be dead: which of its records the log lacks. Reads a copy of the
// file, and trusts none of its bytes.
//
// Owner: recovery, under the log's lock; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "log/missing.h"
#include "platform/platform.h"
#include "ring/ring_file.h"

namespace dllogger {

class DeadRing {
 public:
  enum class State : std::uint8_t {
    kDead,       // may be recovered
    kLive,       // its writer lives, or a process is recovering it
    kEmpty,      // its writer died before it was used
    kReboot,     // the system was restarted since: its records cannot be trusted
    kNoBoot,     // whether the system was restarted is unknown
    kVersion,    // written by another version: Version()
    kDamaged,    // not a ring, or an invalid one
    kUntrusted,  // a link, or another user's file
    kFault,      // cannot be read
    kGone,       // deleted for lack of shared memory: its log is gone (spent_rings.h)
  };

  // Opens the file; the log belongs to `owner`. Access to write takes the ring's lock, access to
  // read does not.
  State Load(const std::string& path, platform::File::Access access, std::int64_t owner);

  const std::string& Path() const { return path_; }
  const Fault& Error() const { return fault_; }
  std::uint32_t Version() const { return header_.version; }
  std::int64_t Created() const { return header_.created; }
  const RingHeader& Header() const { return header_; }
  // Whether the log has all records of the ring. For a ring that is kDead.
  bool HoldsNothing() const { return commit_.tail == head_; }
  // The file that the ring's last lines went to, if known.
  const platform::FileId& Log() const { return commit_.log; }
  // Whether the ring was made at this place for a log of this name.
  bool IsOf(const RingPlace& place, const LogIdentity& log) const;

  // Hands over the lines that the log lacks, in order and in batches. Ends at the first fault.
  Fault ForEachMissing(const RepairedLog& log, const TakeMissing& take);
  // Records that were damaged beyond reading.
  std::uint64_t Damaged() const { return damaged_; }

  // Stores a commit in the ring's file: which lines are being written, or are written. The file
  // must be open for writing.
  Fault Write(Commit commit);
  // Deletes the file, if its name still leads to it; empties it if it cannot be deleted.
  Fault Remove(const RingPlace& place) const;

 private:
  State LoadFile(platform::File::Access access, std::int64_t owner);
  State Check();
  State LoadRecords();

  std::string path_;
  std::int64_t owner_ = 0;  // of the log
  platform::File file_;
  Fault fault_;
  std::shared_ptr<void> memory_;
  RingHeader header_ = {};
  Commit commit_;
  std::uint64_t size_ = 0;  // of the file
  std::uint32_t head_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace dllogger
