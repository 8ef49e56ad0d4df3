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

// How long to wait for the append lock of a renamed log beside this one, and for reading.
constexpr std::chrono::milliseconds kPatience{500};

LogFile::Deadline Soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

std::uint64_t CountLines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// The name in a directory that leads to a file; empty when there is none.
std::string FindFile(const std::string& directory, const FileId& file) {
  std::vector<std::string> names;
  if (file.born != 0) static_cast<void>(platform::ListDirectory(directory, &names));
  for (const std::string& name : names) {
    FileId id;
    std::string path = directory;
    path.append("/").append(name);
    if (!platform::IdentifyFile(path, &id) && IsCertainlySame(id, file)) return path;
  }
  return {};
}

// Notes a file that recovery leaves alone. Untrusted files are counted together: other users may
// put any number of them beside a log.
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

// A dead ring of a log, and its place.
struct Found {
  RingPlace place;
  std::unique_ptr<DeadRing> ring;
};

// The dead rings of a log, the oldest first: rings with the log's name, and rings whose lines went
// to its file under a former name. A ring with this name whose log was renamed does not count;
// `renamed` becomes that log. If the identity of files is unknown, the name decides.
std::vector<Found> FindRings(const LogIdentity& log, File::Access access, Recovery* recovery,
                             std::vector<std::string>* renamed) {
  std::vector<Found> rings;
  for (const RingCandidate& candidate : FindRingFiles(log)) {
    const std::string& path = candidate.path;
    auto ring = std::make_unique<DeadRing>();
    const State state = ring->Load(path, access, log.owner);
    if (state == State::kLive || ring->Error().error == ENOENT) continue;
    // A ring that does not identify its log counts for the log of its name.
    const bool is_of_file = IsCertainlySame(ring->Log(), log.file);
    if (!is_of_file && !candidate.has_name) continue;
    if (state == State::kDead) {
      if (!is_of_file && !ring->IsOf(candidate.place, log)) continue;
      const std::string now = ring->Log() == log.file
                                  ? std::string()
                                  : FindFile(platform::DirectoryOf(log.path), ring->Log());
      if (now.empty()) {
        rings.push_back({candidate.place, std::move(ring)});
      } else if (renamed != nullptr) {
        renamed->push_back(now);
      }
    } else if (state == State::kEmpty || state == State::kReboot) {
      if (state == State::kReboot) recovery->left.push_back({state, path, 0, {}});
      if (access == File::Access::kRead) continue;
      static_cast<void>(ring->Remove(candidate.place));
      // An emptied ring has no header, so Remove() could not tell which file's link to delete.
      ForgetRing(candidate.place, log.file, log.owner);
    } else {
      Leave(state, path, *ring, recovery);
    }
  }
  std::sort(rings.begin(), rings.end(),
            [](const Found& a, const Found& b) { return a.ring->Created() < b.ring->Created(); });
  return rings;
}

// Whether any ring of a log that does not exist may hold records: an emptied ring holds none.
bool HasRecords(const LogIdentity& log) {
  const std::vector<RingCandidate> candidates = FindRingFiles(log);
  return std::any_of(candidates.begin(), candidates.end(), [&](const RingCandidate& candidate) {
    return DeadRing().Load(candidate.path, File::Access::kRead, log.owner) != State::kEmpty;
  });
}

void NoteDamage(const DeadRing& ring, Recovery* recovery) {
  if (ring.Damaged() == 0) return;
  recovery->left.push_back({State::kDamaged, ring.Path(), ring.Damaged(), {}});
}

// A fault in `log_fault` blocks every ring; any other fault concerns this ring only.
Fault RecoverRing(const Found& found, const RepairedLog& log, LogFile::AppendLock* append_lock,
                  Recovery* recovery, Fault* log_fault) {
  DeadRing* const ring = found.ring.get();
  const auto take = [&](const Missing& missing) -> Fault {
    Commit batch = missing.batch;
    // If this recovery is killed, the next one must start the search at the same place.
    if (missing.searched_from != -1) {
      const auto searched =
          static_cast<std::uint64_t>(append_lock->Offset() - missing.searched_from);
      batch.done = std::max(batch.done, searched);
    }
    const auto set_commit = [&](const Commit& commit) { return ring->Write(commit); };
    std::size_t done = 0;
    if (missing.begun_at != -1) {
      if (Fault fault = append_lock->Resume(missing.begun_at, missing.lines, &done)) return fault;
    }
    const auto ending = LogFile::AppendLock::Ending::kAtLatest;
    if (Fault fault = append_lock->EndLine(ending, Soon(), &recovery->unfinished)) return fault;
    const std::size_t first = done;
    const auto append = [&] {
      *log_fault = append_lock->Write(missing.lines, &done);
      if (done > first) {
        recovery->records += CountLines(missing.lines.substr(first, done - first));
      }
      return *log_fault;
    };
    return WriteBatch(*append_lock, batch, set_commit, append);
  };
  if (Fault fault = ring->ForEachMissing(log, take)) return fault;
  NoteDamage(*ring, recovery);
  return ring->Remove(found.place);
}

// Whether the log ends in an unfinished line of this ring, as its writer left it.
bool IsBegunByRing(const Found& found, const RepairedLog& log) {
  bool is_begun = false;
  const auto compare = [&](const Missing& missing) -> Fault {
    std::size_t same = 0;
    if (missing.begun_at != -1 && missing.begun_at < log.end &&
        !MatchBytes(*log.file, missing.begun_at, missing.lines, &same)) {
      is_begun = missing.begun_at + static_cast<std::int64_t>(same) == log.end;
    }
    // The first missing line decides.
    return {ECANCELED, "recover"};
  };
  static_cast<void>(found.ring->ForEachMissing(log, compare));
  return is_begun;
}

LogIdentity IdentityOf(const LogFile& log, const platform::FileStatus& status) {
  return {platform::RealPath(log.Path()), log.Id(), status.owner};
}

Fault RecoverOne(const std::string& path, Recovery* recovery, LogFile::Deadline deadline,
                 std::vector<std::string>* renamed) {
  LogFile log;
  if (Fault fault = log.Open(path, LogFile::Mode::kAppend, deadline)) {
    return fault;
  }
  LogFile::AppendLock append_lock(&log);
  std::size_t nothing = 0;
  if (Fault fault = append_lock.Begin({}, &nothing, deadline)) return fault;
  const Fault fault = Recover(&append_lock, recovery, renamed);
  if (fault || !log.IsRegular()) return fault;
  return append_lock.EndLine(LogFile::AppendLock::Ending::kIfSettled, Soon() + kPatience * 2,
                             &recovery->unfinished);
}

}  // namespace

Fault Recover(LogFile::AppendLock* append_lock, Recovery* recovery,
              std::vector<std::string>* renamed) {
  const LogFile& log = append_lock->Log();
  if (!log.IsRegular()) return {};
  platform::FileStatus status;
  if (Fault fault = log.Status(&status)) return fault;
  const LogIdentity identity = IdentityOf(log, status);
  std::vector<Found> rings = FindRings(identity, File::Access::kWrite, recovery, renamed);
  if (rings.empty()) return {};
  // Compare every ring with the log before any line is appended, as readers do.
  TailOf tail;
  if (Fault fault = InspectTail(append_lock->Handle(), append_lock->Offset(), &tail)) return fault;
  const RepairedLog repaired = {&append_lock->Handle(), append_lock->Offset(),
                                LacksNewline(tail.tail)};
  // The ring that completes the unfinished line goes first: once another ring's lines follow, the
  // line cannot be completed.
  if (tail.tail == Tail::kTorn && rings.size() > 1) {
    std::stable_partition(rings.begin(), rings.end(),
                          [&](const Found& found) { return IsBegunByRing(found, repaired); });
  }
  Fault fault;
  Fault log_fault;
  for (const Found& found : rings) {
    // After a fault of the log, leave the remaining rings alone: their records are later than this
    // ring's.
    const Fault own =
        log_fault ? log_fault : RecoverRing(found, repaired, append_lock, recovery, &log_fault);
    if (own) recovery->left.push_back({State::kFault, found.ring->Path(), 0, own});
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
    // Opening would create a missing log; that is right only if a ring belongs to it.
    File existing;
    if (const Fault fault = existing.OpenForReading(path)) {
      if (fault.error != ENOENT ||
          !HasRecords({platform::RealPath(path), {}, platform::UserId()})) {
        return fault;
      }
    } else if (!existing.IsRegular()) {
      // Opening a pipe for writing would wait for its reader.
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
  const auto rings = FindRings(IdentityOf(*log, status), File::Access::kWrite, recovery, nullptr);
  std::uint64_t records = 0;
  for (const auto& [place, ring] : rings) {
    const auto count = [&](const Missing& missing) -> Fault {
      records += CountLines(missing.lines);
      return {};
    };
    static_cast<void>(ring->ForEachMissing({&log->Handle(), status.size, false}, count));
  }
  if (Fault fault = log->TruncateToZero()) return fault;
  recovery->records += records;
  for (const auto& [place, ring] : rings) {
    if (const Fault fault = ring->Remove(place)) {
      recovery->left.push_back({State::kFault, ring->Path(), 0, fault});
    }
  }
  return {};
}

Fault FindMissing(const std::string& path, MissingLines* missing, Recovery* recovery) {
  File file;
  if (Fault fault = file.OpenForReading(path)) return fault;
  if (!file.IsRegular()) return {};
  // No writer appends meanwhile; without locks, no process recovers either.
  static_cast<void>(LogFile::LockForReading(file, Soon()));
  platform::FileStatus status;
  LogIdentity identity = {platform::RealPath(path), {}, 0};
  if (Fault fault = file.Status(&status)) return fault;
  if (Fault fault = file.Identify(&identity.file)) return fault;
  identity.owner = status.owner;
  TailOf tail;
  if (Fault fault = InspectTail(file, status.size, &tail)) return fault;
  missing->end = tail.tail == Tail::kTorn ? tail.start : status.size;
  const RepairedLog repaired = {&file, missing->end, LacksNewline(tail.tail)};
  for (const auto& [place, ring] : FindRings(identity, File::Access::kRead, recovery, nullptr)) {
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
