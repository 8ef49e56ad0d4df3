// Where the rings of a log lie: the one answer for writer, recovery and readers (in TypeScript:
// lib/sink/ring-place.ts). It lists no directory, however many logs and rings lie there.
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

// Identifies a log for the search of its rings.
struct LogIdentity {
  std::string path;  // absolute, without links
  platform::FileId file;
  std::int64_t owner = 0;  // rings of this user are trusted too
};

// A directory that may hold rings of a log, and their names there. The first ring of a log with
// this key is `.KEY.ring`; further rings lie in a directory of their user. A link from the file's
// number to the key of its rings serves a log that was renamed since.
class RingPlace {
 public:
  // The log's own directory, where its name is the key.
  static RingPlace Beside(const std::string& log_path);
  // A user's directories in shared memory, for logs beside which no ring can lie: existing
  // directories, and those that can be made for this user. The key is name and path.
  static std::vector<RingPlace> InMemory(const std::string& log_path, std::int64_t user);
  static std::vector<RingPlace> ToMakeInMemory(const std::string& log_path);
  // The places of all logs that have rings in this user's directories in shared memory.
  static std::vector<RingPlace> AllInMemory();
  // The place of another log's rings, of the same kind as this one.
  RingPlace Of(const std::string& log_path) const;

  bool IsInMemory() const { return is_in_memory_; }

  bool operator==(const RingPlace& other) const {
    return directory_ == other.directory_ && key_ == other.key_;
  }

  // Names a log in this directory; a ring's header repeats it.
  const std::string& Key() const { return key_; }

  // Lets `make` create a ring's file; `make` returns EEXIST if the path is taken.
  using Make = std::function<Fault(const std::string& path)>;
  Fault Claim(const Make& make) const;
  // The files that may be rings with this key, of this user or of `owner`.
  std::vector<std::string> Find(std::int64_t owner) const;
  // Deletes a ring's file by its name.
  static Fault Remove(const std::string& path);
  // Deletes the directory that was made for a ring, after the ring has left it.
  static void LeaveFolder(const std::string& path);

  // The place of rings that were made when the file had another name; false if there is none.
  bool FindFormer(const platform::FileId& file, RingPlace* former) const;
  // Records that rings of the file lie here. If this fails, the rings are not found once the log
  // has another name.
  void Remember(const platform::FileId& file) const;
  // Undoes Remember().
  void Forget(const platform::FileId& file) const;

  // Moves a ring here from another place; `path` becomes its name.
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
  // The place, by the log's current name or by a former name of its file; the ring's commit must
  // confirm a former name.
  RingPlace place;
  bool has_name = false;
};
// All files that may be rings of a log, live rings included.
std::vector<RingCandidate> FindRingFiles(const LogIdentity& log);

}  // namespace dllogger
