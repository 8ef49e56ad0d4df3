#include "log/spent_rings.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace dllogger {
namespace {

using platform::File;
using platform::FileId;
using State = DeadRing::State;

// Number of logs whose rings are checked each time a ring is made.
constexpr std::size_t kLook = 4;

bool IsSpent(State state, const DeadRing& ring) {
  return state == State::kEmpty || (state == State::kDead && ring.HoldsNothing());
}

// Replaces a directory by its nearest existing ancestor; false if that is unknown.
bool FindAncestor(std::string* directory, FileId* id) {
  for (;;) {
    const Fault fault = platform::IdentifyFile(*directory, id);
    if (!fault) return true;
    if (fault.error != ENOENT && fault.error != ENOTDIR) return false;
    const std::string above = platform::DirectoryOf(*directory);
    if (above == *directory) return false;
    *directory = above;
  }
}

// Whether a ring's log has been deleted, or moved out of its directory. False if its disk may only
// be missing, in this container or at present: the device number identifies the disk, the mount
// namespace the directories that a process sees.
bool IsLogGone(State state, const DeadRing& ring) {
  if (state != State::kDead) return false;
  const RingHeader& header = ring.Header();
  if (header.mounts == 0 || header.mounts != platform::MountNamespace()) return false;
  const std::string path(header.path, strnlen(header.path, sizeof(header.path)));
  // A path that was cut leads to another file.
  if (path.size() == sizeof(header.path)) return false;
  FileId id;
  const Fault fault = platform::IdentifyFile(path, &id);
  if (fault.error != ENOENT && fault.error != ENOTDIR) return false;
  const std::string folder = platform::DirectoryOf(path);
  std::string directory = folder;
  if (!FindAncestor(&directory, &id) || id.device != header.folder[0]) return false;
  if (directory != folder) return true;
  std::vector<std::string> names;
  if (platform::ListDirectory(folder, &names)) return false;
  return std::none_of(names.begin(), names.end(), [&](const std::string& name) {
    FileId other;
    // Compares numbers only: many file systems whose logs have rings in shared memory tell no time
    // of birth.
    return !platform::IdentifyFile(folder + "/" + name, &other) && other.file == ring.Log().file;
  });
}

using Judge = bool (*)(State state, const DeadRing& ring);

// Deletes a ring if `judge` returns true. Locks the ring only then, since recovery skips a locked
// ring.
bool RemoveRing(const std::string& path, const RingPlace& place, Judge judge) {
  for (const File::Access access : {File::Access::kRead, File::Access::kWrite}) {
    DeadRing ring;
    const State state = ring.Load(path, access, platform::UserId());
    if (!judge(state, ring)) return false;
    if (access == File::Access::kWrite) return !ring.Remove(place);
  }
  return false;
}

}  // namespace

void RemoveSpentRings() {
  std::vector<RingPlace> places = RingPlace::AllInMemory();
  const std::size_t count = std::min(kLook, places.size());
  const auto chance = static_cast<std::size_t>(platform::MonotonicMicroseconds());
  for (std::size_t i = 0; i < count; ++i) {
    const RingPlace& place = places[(chance + i) % places.size()];
    for (const std::string& path : place.Find(platform::UserId())) {
      static_cast<void>(RemoveRing(path, place, IsSpent));
    }
  }
}

bool MakeRoomForRing(Recovery* recovery) {
  struct Gone {
    std::string path;
    RingPlace place;
    std::int64_t created;
  };
  std::vector<Gone> gone;
  bool has_room = false;
  for (const RingPlace& place : RingPlace::AllInMemory()) {
    for (std::string& path : place.Find(platform::UserId())) {
      if (RemoveRing(path, place, IsSpent)) {
        has_room = true;
        continue;
      }
      DeadRing ring;
      const State state = ring.Load(path, File::Access::kRead, platform::UserId());
      if (IsLogGone(state, ring)) gone.push_back({std::move(path), place, ring.Created()});
    }
  }
  if (has_room) return true;
  std::sort(gone.begin(), gone.end(),
            [](const Gone& a, const Gone& b) { return a.created < b.created; });
  return std::any_of(gone.begin(), gone.end(), [&](const Gone& ring) {
    if (!RemoveRing(ring.path, ring.place, IsLogGone)) return false;
    recovery->left.push_back({State::kGone, ring.path, 0, {}});
    return true;
  });
}

}  // namespace dllogger
