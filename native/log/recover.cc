#include "log/recover.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "log/batch.h"
#include "log/tail.h"
#include "ring/ring_file.h"

namespace dllogger {
namespace {

using platform::File;
using platform::FileId;
using State = DeadRing::State;
using Rings = std::vector<std::unique_ptr<DeadRing>>;

// How long to wait for the turn of a log that a name next to ours belongs to, and for reading.
constexpr std::chrono::milliseconds kPatience{500};

LogFile::Deadline Soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

// A log, as far as finding its rings needs it.
struct Place {
  std::string path;  // without links
  FileId id;
  std::int64_t owner;
  File::Access access;
};

std::uint64_t CountLines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string Join(const std::string& directory, const std::string& name) {
  std::string path = directory;
  path.append("/").append(name);
  return path;
}

// The name in a directory that leads to a file; empty when there is none.
std::string FindFile(const std::string& directory, const std::vector<std::string>& names,
                     const FileId& file) {
  for (const std::string& name : names) {
    FileId id;
    const std::string path = Join(directory, name);
    if (!platform::IdentifyFile(path, &id) && IsCertainlySame(id, file)) return path;
  }
  return {};
}

// Notes a file that is left as it is. Files that are not trusted are counted together: others may
// put as many of them beside a log as they like.
void Leave(State state, const std::string& path, const DeadRing& ring, Recovery* recovery) {
  std::uint64_t count = state == State::kVersion ? ring.Version() : 0;
  if (state == State::kUntrusted) {
    const auto other =
        std::find_if(recovery->left.begin(), recovery->left.end(),
                     [](const Recovery::Left& left) { return left.reason == State::kUntrusted; });
    if (other != recovery->left.end()) {
      ++other->count;
      return;
    }
    count = 1;
  }
  recovery->left.push_back({state, path, count, ring.Error()});
}

// The dead rings of a log, the oldest first: those beside it with its name, and those whose lines
// went to it when it had another name. A ring with its name whose log has another name now is not
// its ring; `renamed` becomes that log. Where files are not known to be the same, the name decides.
Rings FindRings(const Place& log, Recovery* recovery, std::vector<std::string>* renamed) {
  const std::string directory = platform::DirectoryOf(log.path);
  const std::string prefix = RingPrefix(log.path);
  std::vector<std::string> names;
  static_cast<void>(platform::ListDirectory(directory, &names));
  Rings rings;
  for (const std::string& name : names) {
    if (!IsRingName(name)) continue;
    const std::string path = Join(directory, name);
    FileId other;
    const bool has_name = IsRingOf(name, prefix);
    if (!has_name && !(PeekLog(path, log.owner, &other) && IsCertainlySame(other, log.id))) {
      continue;
    }
    auto ring = std::make_unique<DeadRing>();
    const State state = ring->Load(path, log.access, log.owner);
    if (state == State::kDead) {
      const bool is_other = !(ring->Log() == log.id);
      const std::string now = is_other ? FindFile(directory, names, ring->Log()) : std::string();
      if (now.empty()) {
        rings.push_back(std::move(ring));
      } else if (renamed != nullptr) {
        renamed->push_back(now);
      }
    } else if (state == State::kEmpty || state == State::kReboot) {
      if (state == State::kReboot) recovery->left.push_back({state, path, 0, {}});
      if (log.access == File::Access::kWrite) static_cast<void>(ring->Remove());
    } else if (state != State::kLive && ring->Error().error != ENOENT) {
      Leave(state, path, *ring, recovery);
    }
  }
  std::sort(rings.begin(), rings.end(),
            [](const auto& a, const auto& b) { return a->Created() < b->Created(); });
  return rings;
}

void NoteDamage(const DeadRing& ring, Recovery* recovery) {
  if (ring.Damaged() == 0) return;
  recovery->left.push_back({State::kDamaged, ring.Path(), ring.Damaged(), {}});
}

// What `log_fault` becomes stands in the way of every ring; any other fault only in that of this
// one.
Fault RecoverRing(DeadRing* ring, const RepairedLog& log, LogFile::Turn* turn, Recovery* recovery,
                  Fault* log_fault) {
  const auto take = [&](const Missing& missing) -> Fault {
    Commit batch = missing.batch;
    // A recovery after this one finds again where to search.
    if (missing.searched_from != -1) {
      const auto searched = static_cast<std::uint64_t>(turn->Offset() - missing.searched_from);
      batch.done = std::max(batch.done, searched);
    }
    const auto set_commit = [&](const Commit& commit) { return ring->Write(commit); };
    std::size_t done = 0;
    if (missing.begun_at != -1) {
      if (Fault fault = turn->Resume(missing.begun_at, missing.lines, &done)) return fault;
    }
    const auto ending = LogFile::Turn::Ending::kAtLatest;
    if (Fault fault = turn->EndLine(ending, Soon(), &recovery->unfinished)) return fault;
    // A record that lacks only its newline is in the log, as readers see it.
    const std::size_t begun = done + turn->Begun();
    const bool is_there = turn->Begun() > 0 && missing.lines[begun] == '\n';
    const std::size_t first = is_there ? begun + 1 : done;
    const auto append = [&] {
      *log_fault = turn->Write(missing.lines, &done);
      if (done > first) {
        recovery->records += CountLines(missing.lines.substr(first, done - first));
      }
      return *log_fault;
    };
    return WriteBatch(*turn, batch, set_commit, append);
  };
  if (Fault fault = ring->ForEachMissing(log, take)) return fault;
  NoteDamage(*ring, recovery);
  return ring->Remove();
}

bool HasRing(const std::string& path) {
  std::vector<std::string> names;
  static_cast<void>(platform::ListDirectory(platform::DirectoryOf(path), &names));
  const std::string prefix = RingPrefix(path);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return IsRingOf(name, prefix); });
}

Fault RecoverOne(const std::string& path, Recovery* recovery, LogFile::Deadline deadline,
                 std::vector<std::string>* renamed) {
  LogFile log;
  if (Fault fault = log.Open(path, LogFile::Mode::kAppend, deadline)) {
    return fault;
  }
  LogFile::Turn turn(&log);
  std::size_t nothing = 0;
  if (Fault fault = turn.Begin({}, &nothing, deadline)) return fault;
  const Fault fault = Recover(&turn, recovery, renamed);
  if (fault || !log.IsRegular()) return fault;
  return turn.EndLine(LogFile::Turn::Ending::kIfSettled, Soon() + kPatience * 2,
                      &recovery->unfinished);
}

}  // namespace

Fault Recover(LogFile::Turn* turn, Recovery* recovery, std::vector<std::string>* renamed) {
  const LogFile& log = turn->Log();
  if (!log.IsRegular()) return {};
  platform::FileStatus status;
  if (Fault fault = log.Status(&status)) return fault;
  const Place place = {platform::RealPath(log.Path()), log.Id(), status.owner,
                       File::Access::kWrite};
  // As it was before, for each of them: readers see it so.
  const RepairedLog repaired = {&turn->Handle(), turn->Offset(), false};
  Fault fault;
  Fault log_fault;
  for (const auto& ring : FindRings(place, recovery, renamed)) {
    // After a fault of the log the rings that follow are left as they are: their records come
    // later than those of this one.
    const Fault own =
        log_fault ? log_fault : RecoverRing(ring.get(), repaired, turn, recovery, &log_fault);
    if (own) recovery->left.push_back({State::kFault, ring->Path(), 0, own});
    if (!fault) fault = own;
  }
  return fault;
}

Fault RecoverRenamed(const std::vector<std::string>& renamed, Recovery* recovery) {
  Fault fault;
  for (const std::string& path : renamed) {
    const Fault other = RecoverOne(path, recovery, Soon(), nullptr);
    if (!fault) fault = other;
  }
  return fault;
}

Fault RecoverPath(const std::string& path, Recovery* recovery, LogFile::Deadline deadline) {
  {
    // Opening creates a log that is not there; that is right only when a ring belongs to it.
    File existing;
    if (const Fault fault = existing.OpenForReading(path)) {
      if (fault.error != ENOENT || !HasRing(platform::RealPath(path))) return fault;
    } else if (!existing.IsRegular()) {
      // To open a pipe for writing is to wait for its reader.
      return {};
    }
  }
  std::vector<std::string> renamed;
  const Fault fault = RecoverOne(path, recovery, deadline, &renamed);
  const Fault other = RecoverRenamed(renamed, recovery);
  return fault ? fault : other;
}

Fault EmptyLog(LogFile* log, Recovery* recovery) {
  if (!log->IsRegular()) return {};
  platform::FileStatus status;
  if (Fault fault = log->Status(&status)) return fault;
  const Place place = {platform::RealPath(log->Path()), log->Id(), status.owner,
                       File::Access::kWrite};
  const Rings rings = FindRings(place, recovery, nullptr);
  std::uint64_t records = 0;
  for (const auto& ring : rings) {
    const auto count = [&](const Missing& missing) -> Fault {
      records += CountLines(missing.lines);
      return {};
    };
    static_cast<void>(ring->ForEachMissing({&log->Handle(), status.size, false}, count));
  }
  if (Fault fault = log->TruncateToZero()) return fault;
  recovery->records += records;
  for (const auto& ring : rings) {
    if (const Fault fault = ring->Remove()) {
      recovery->left.push_back({State::kFault, ring->Path(), 0, fault});
    }
  }
  return {};
}

Fault FindMissing(const std::string& path, MissingLines* missing, Recovery* recovery) {
  File file;
  if (Fault fault = file.OpenForReading(path)) return fault;
  if (!file.IsRegular()) return {};
  // Nobody appends meanwhile; where there are no locks, nobody recovers either.
  static_cast<void>(LogFile::LockForReading(file, Soon()));
  platform::FileStatus status;
  Place place = {platform::RealPath(path), {}, 0, File::Access::kRead};
  if (Fault fault = file.Status(&status)) return fault;
  if (Fault fault = file.Identify(&place.id)) return fault;
  place.owner = status.owner;
  TailOf tail;
  if (Fault fault = InspectTail(file, status.size, &tail)) return fault;
  missing->end = tail.tail == Tail::kTorn ? tail.start : status.size;
  const bool lacks_newline = tail.tail == Tail::kRecord || tail.tail == Tail::kOther;
  const RepairedLog repaired = {&file, missing->end, lacks_newline};
  for (const auto& ring : FindRings(place, recovery, nullptr)) {
    const auto collect = [&](const Missing& part) -> Fault {
      missing->lines.append(part.lines);
      return {};
    };
    if (const Fault fault = ring->ForEachMissing(repaired, collect)) {
      recovery->left.push_back({State::kFault, ring->Path(), 0, fault});
    }
    NoteDamage(*ring, recovery);
  }
  // A live writer's ring that only its owner may read is no loss: the writer writes what it holds.
  if (LogFile::HasLiveWriter(file)) {
    const auto is_private = [](const Recovery::Left& left) {
      return left.reason == State::kFault && left.fault.error == EACCES;
    };
    auto& left = recovery->left;
    left.erase(std::remove_if(left.begin(), left.end(), is_private), left.end());
  }
  recovery->records = CountLines(missing->lines);
  recovery->unfinished = static_cast<std::uint64_t>(status.size - missing->end);
  return {};
}

}  // namespace dllogger
