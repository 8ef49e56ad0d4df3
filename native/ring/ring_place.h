// Where the rings of a log lie: the one answer for writer, recovery and readers (in TypeScript:
// lib/sink/ring-place.ts). No directory is listed for it, however many logs and rings it holds.
// docs/DESIGN.md, "The ring file".
//
// Owner: nobody; names, and functions over them. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/platform.h"

namespace dllogger {

// A log, as far as its rings are concerned.
struct LogIdentity {
  std::string path;  // absolute, without links
  platform::FileId file;
  std::int64_t owner = 0;  // a ring of this user's is trusted, too
};

// A directory that may hold rings of a log, and how they are named there: rings of logs with this
// key as `.KEY.ring`, those that find that taken in a directory of their user's; and a link from
// the file's number to the key of its rings, for a log that was renamed since.
class RingPlace {
 public:
  // The log's own directory, where its name is the key.
  static RingPlace Beside(const std::string& log_path);
  // Directories of a user's in shared memory, for logs beside which no ring can
  // lie: those that are there, and those where one can be made for this user.
  // The key is name and path.
  static std::vector<RingPlace> InMemory(const std::string& log_path, std::int64_t user);
  static std::vector<RingPlace> ToMakeInMemory(const std::string& log_path);
  // Those of all logs that have rings in directories of this user's in shared memory.
  static std::vector<RingPlace> AllInMemory();
  // Where another log has its rings if this one has them here.
  RingPlace Of(const std::string& log_path) const;

  bool IsInMemory() const { return is_in_memory_; }

  bool operator==(const RingPlace& other) const {
    return directory_ == other.directory_ && key_ == other.key_;
  }

  // What names a log here; a ring's header repeats it.
  const std::string& Key() const { return key_; }

  // Has `make` make a file for a ring, which tells EEXIST where the path is taken.
  using Make = std::function<Fault(const std::string& path)>;
  Fault Claim(const Make& make) const;
  // The files that may be rings with this key, of this user or of `owner`.
  std::vector<std::string> Find(std::int64_t owner) const;
  // Deletes a ring's file by its name.
  static Fault Remove(const std::string& path);
  // Deletes the directory that was made for a ring that does not lie there any more.
  static void LeaveFolder(const std::string& path);

  // The place of rings of a log of another name, which was that of the file when they were made;
  // false without.
  bool FindFormer(const platform::FileId& file, RingPlace* former) const;
  // Says that rings of the file lie here. Where that fails, they are not found once the log has
  // another name.
  void Remember(const platform::FileId& file) const;
  // No longer.
  void Forget(const platform::FileId& file) const;

  // Has a ring of another place lie here; `path` becomes its name.
  Fault Move(const std::string& from, std::string* path) const;

 private:
  RingPlace(std::string directory, std::string key, bool is_in_memory)
      : directory_(std::move(directory)), key_(std::move(key)), is_in_memory_(is_in_memory) {}
  std::string FirstName() const;
  std::string FolderOf(std::int64_t user) const;
  std::string LinkOf(const platform::FileId& file) const;

  std::string directory_;
  std::string key_;
  bool is_in_memory_;
};

// A file that may be a ring of a log.
struct RingCandidate {
  std::string path;
  // Where it lies: by the log's name now, or by a former one of its file, which its commit must
  // confirm.
  RingPlace place;
  bool has_name = false;
};
// All that may be rings of a log, live ones too.
std::vector<RingCandidate> FindRingFiles(const LogIdentity& log);

}  // namespace dllogger
