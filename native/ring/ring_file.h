// The ring's memory as a file beside the log, and what the file tells the finder of a dead ring.
// docs/DESIGN.md, "The ring file".
//
// Owner: a Writer; created by the thread that opens the log, then the writer thread's. Recovery of
// a dead ring uses the plain functions below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "platform/platform.h"
#include "record/json.h"
#include "ring/ring.h"
#include "ring/ring_place.h"
#include "text/text.h"

namespace dllogger {

// Raise it with every change of the ring's layout, of the record format, or of a line's text:
// recovery must make exactly the lines that the ring's writer would have made.
constexpr std::uint32_t kRingVersion = 4;

// Which of a ring's records are in the log, and which are being written.
struct Commit {
  std::uint32_t tail = 0;      // every record before it is in the log
  std::uint32_t end = 0;       // the lines of [tail, end) are being written; tail when none are
  std::uint64_t done = 0;      // bytes of their text that earlier attempts wrote
  std::int64_t offset = 0;     // where the rest goes
  platform::FileId log;        // the file of `offset`
  std::uint64_t sequence = 0;  // counts commits; the later one of two counts
};

// Lies behind the control words, in the ring's first page. Written before the ring is used, the
// magic last: a ring without the magic holds no records.
struct RingHeader {
  static constexpr std::string_view kMagic = "DLLRING\n";
  static constexpr std::size_t kBootSize = 48;
  static constexpr std::size_t kKeySize = 256;
  static constexpr std::size_t kPathSize = 1576;

  char magic[8];
  std::uint32_t version;
  std::uint32_t capacity;
  std::uint32_t data_offset;
  std::uint32_t non_finite;
  std::int64_t process;
  std::int64_t created;     // microseconds since 1970 UTC
  char boot[kBootSize];     // platform::BootId(), padded with zeros
  char key[kKeySize];       // RingPlace::Key() of the ring's place
  std::uint64_t folder[2];  // the log's directory: device, file
  std::uint64_t mounts;     // platform::MountNamespace() in which the path is valid
  char path[kPathSize];     // of the log, for people; cut if longer
};

// The two copies of the commit, written in turn: one is always whole.
struct CommitCopy {
  std::uint64_t words[8];
  std::uint64_t checksum;
};

constexpr std::size_t kHeaderOffset = 1024;
constexpr std::size_t kCommitOffset = 3072;
constexpr std::size_t kCommitStride = 128;
static_assert(sizeof(RingControl) <= kHeaderOffset);
static_assert(kHeaderOffset + sizeof(RingHeader) <= kCommitOffset);
static_assert(kCommitOffset + 2 * kCommitStride <= Ring::kDataOffset);

CommitCopy EncodeCommit(const Commit& commit);
// The latest whole commit in a ring's memory; false when there is none.
bool LatestCommit(const void* memory, Commit* commit);
// Offset of a commit's copy in the ring's memory.
inline std::size_t CommitPlace(const Commit& commit) {
  return kCommitOffset + static_cast<std::size_t>(commit.sequence % 2) * kCommitStride;
}

// Notes that a ring of the file, a log of `owner`, has left this place. Once no ring of it is left,
// neither of this user nor of `owner`, removes the link to this place.
void ForgetRing(const RingPlace& place, const platform::FileId& file, std::int64_t owner);

class RingFile {
 public:
  // Makes a ring beside the log, or in plain memory if no file can be made; Reason() then says why.
  struct Options {
    std::string log_path;  // absolute, without links
    platform::FileId log;
    NonFinite non_finite = NonFinite::kLiteral;
    std::string refusal;  // why no file is wanted; empty if one is
    // Called if shared memory is full: makes room for one more ring, or returns false.
    std::function<bool()> make_room;
    // The memory to use if no file can be made.
    std::shared_ptr<void> memory;
  };
  static std::unique_ptr<RingFile> Create(Options options);

  const std::shared_ptr<void>& Memory() const { return memory_; }

  // Stores a commit: lines are about to be written, or are written. Recovery relies on it from then
  // on. Writer thread.
  void Write(Commit commit);

  // Stores an oversized record, given in pieces, behind the ring in its file, or in plain memory if
  // the ring has no file; ENOSPC if there are too many. Any thread.
  Fault PutOverflow(const RecordPieces& pieces, RecordOverflow* overflow);
  Fault ReadOverflow(std::uint64_t offset, void* bytes, std::size_t size, std::size_t* read) const;
  // Forgets these records: no reference to them is left.
  void ForgetOverflow();

  // Writes a ring in plain memory to a file like a mapped one, for recovery.
  Fault Spill() const;

  // As Write(), for a commit that may name another file than the last one: moves the ring to the
  // place for rings of that file. `log_path` may contain links.
  void Follow(const std::string& log_path, const Commit& commit);

  // Deletes the file: there is nothing to recover.
  Fault Remove();

  // Why the records would not survive a kill; empty when they would.
  std::string Reason() const;
  // Whether more shared memory would let the records survive a kill.
  bool LacksRoom() const { return lacks_room_; }
  bool IsInMemory() const { return place_.IsInMemory(); }
  // Path of the ring's file; empty if there is none.
  std::string Path() const;

 private:
  RingFile(RingPlace place, const platform::FileId& log) : place_(std::move(place)), log_(log) {}
  Fault CreateFile(const Options& options);
  void WriteHeader(const Options& options);
  void GoTo(const std::string& log_path);
  void WritePlace(const std::string& log_path, RingHeader* header) const;

  RingPlace place_;
  platform::FileId log_;
  std::unique_ptr<platform::MappedFile> file_;
  std::shared_ptr<void> memory_;
  std::string reason_;
  bool lacks_room_ = false;
  std::uint64_t sequence_ = 0;

  mutable std::mutex names_mutex_;  // for changing place_, reason_ and the file's name
  mutable std::mutex overflow_mutex_;
  std::uint64_t overflow_size_ = 0;
  Text overflow_;  // if the ring has no file
};

}  // namespace dllogger
