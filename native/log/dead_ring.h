// A ring file whose writer may be dead: what it holds that the log does not. Reads a copy of the
// file, and trusts none of its bytes.
//
// Owner: whoever recovers, under the log's lock; one thread.
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
    kLive,       // its writer lives, or somebody recovers it
    kEmpty,      // its writer died before it was used
    kReboot,     // the system has been started since: what it holds is not to be trusted
    kNoBoot,     // whether it has cannot be told
    kVersion,    // written by another version: Version()
    kDamaged,    // no ring, or not one to make sense of
    kUntrusted,  // a link, or somebody else's
    kFault,      // cannot be read
    kGone,       // deleted, since its log is gone and shared memory had no room (spent_rings.h)
  };

  // Opens the file of a log that belongs to `owner`. To write, which takes the ring's lock, or only
  // to read.
  State Load(const std::string& path, platform::File::Access access, std::int64_t owner);

  const std::string& Path() const { return path_; }
  const Fault& Error() const { return fault_; }
  std::uint32_t Version() const { return header_.version; }
  std::int64_t Created() const { return header_.created; }
  const RingHeader& Header() const { return header_; }
  // All that was logged is in the log. Of one that is kDead.
  bool HoldsNothing() const { return commit_.tail == head_; }
  // The file that its last lines went to, as far as it is known.
  const platform::FileId& Log() const { return commit_.log; }
  // Whether it was made at this place for a log that has the name which it had
  // there.
  bool IsOf(const RingPlace& place, const LogIdentity& log) const;

  // Hands over in order, a batch at a time, what the log lacks. Ends at the first fault.
  Fault ForEachMissing(const RepairedLog& log, const TakeMissing& take);
  // Records that were damaged beyond reading.
  std::uint64_t Damaged() const { return damaged_; }

  // Tells in the ring's file what is being written, or is written. Opened to write.
  Fault Write(Commit commit);
  // Deletes the file, if its name still leads to it.
  Fault Remove(const RingPlace& place) const;

 private:
  State LoadFile(platform::File::Access access, std::int64_t owner);
  State Check();
  State LoadRecords();

  std::string path_;
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
