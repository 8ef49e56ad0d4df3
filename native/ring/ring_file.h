// The ring's memory as a file beside the log, and what that file says to whoever finds it when its
// writer is dead. docs/DESIGN.md, "The ring file".
//
// Owner: a Writer; created by the thread that opens the log, then the writer thread's. What
// recovers a dead ring uses the plain functions below.
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

// To be raised with every change of the ring's layout, of the record format, or of a line's text:
// what recovers a ring must make the very lines that its writer would have made.
constexpr std::uint32_t kRingVersion = 4;

// What is in the log of a ring's records, and what is on its way there.
struct Commit {
  std::uint32_t tail = 0;      // every record before it is in the log
  std::uint32_t end = 0;       // the lines of [tail, end) are being written; tail when none are
  std::uint64_t done = 0;      // of their text, so much was written by earlier attempts
  std::int64_t offset = 0;     // and the rest goes there
  platform::FileId log;        // in this file
  std::uint64_t sequence = 0;  // counts commits; the later one of two counts
};

// Behind the control words, in the ring's first page. Written before the ring is used, the magic
// last; so a ring without it holds nothing.
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
  char key[kKeySize];       // RingPlace::Key() of where it lies
  std::uint64_t folder[2];  // the log's directory: device, file
  std::uint64_t mounts;     // platform::MountNamespace(), in which the path leads there
  char path[kPathSize];     // of the log, its beginning if it is longer, for people
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
// Where a commit is to be written.
inline std::size_t CommitPlace(const Commit& commit) {
  return kCommitOffset + static_cast<std::size_t>(commit.sequence % 2) * kCommitStride;
}

// A ring of the file does not lie here any more: once no other does, no link leads here.
void ForgetRing(const RingPlace& place, const platform::FileId& file);

class RingFile {
 public:
  // Makes a ring beside the log, or in plain memory where a file cannot be had; Reason() says why
  // then.
  struct Options {
    std::string log_path;  // absolute, without links
    platform::FileId log;
    NonFinite non_finite = NonFinite::kLiteral;
    std::string refusal;  // why there is to be no file; empty when there is to be one
    // Where shared memory is full: makes room for one more ring, or says false.
    std::function<bool()> make_room;
    // What serves where no file can be had.
    std::shared_ptr<void> memory;
  };
  static std::unique_ptr<RingFile> Create(Options options);

  const std::shared_ptr<void>& Memory() const { return memory_; }

  // Lines are about to be written, or are written: from now on recovery knows. Writer thread.
  void Write(Commit commit);

  // Records that are too large for the ring lie behind it in its file, or in plain memory as it
  // does. Puts one there, in pieces; ENOSPC when there are too many. Any thread.
  Fault PutOverflow(const RecordPieces& pieces, RecordOverflow* overflow);
  Fault ReadOverflow(std::uint64_t offset, void* bytes, std::size_t size, std::size_t* read) const;
  // Nobody refers to them any more.
  void ForgetOverflow();

  // Has plain memory become a file, as a mapped one is, for somebody to recover.
  Fault Spill() const;

  // The same for a commit that may name another file than the one before: the ring goes where that
  // has its rings. `log_path` need not be without links.
  void Follow(const std::string& log_path, const Commit& commit);

  // Deletes the file: there is nothing to recover.
  Fault Remove();

  // Why the records would not survive a kill; empty when they would.
  std::string Reason() const;
  // Whether they would if there were more shared memory.
  bool LacksRoom() const { return lacks_room_; }
  bool IsInMemory() const { return place_.IsInMemory(); }
  // The file; empty without.
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
  Text overflow_;  // where the ring has no file
};

}  // namespace dllogger
