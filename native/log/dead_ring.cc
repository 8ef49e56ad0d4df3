#include "log/dead_ring.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ring/ring.h"
#include "ring/ring_reader.h"

namespace dllogger {
namespace {

using platform::File;

// Limit on the characters of lines for each byte of a ring's file. Numbers under short keys make
// five; only keys of many kilobytes would reach this limit.
constexpr std::uint64_t kMaxTextPerByte = 256;

}  // namespace

DeadRing::State DeadRing::Load(const std::string& path, File::Access access, std::int64_t owner) {
  path_ = path;
  owner_ = owner;
  const State state = LoadFile(access, owner);
  return state == State::kDead ? Check() : state;
}

DeadRing::State DeadRing::LoadFile(File::Access access, std::int64_t owner) {
  constexpr std::int64_t kLock = platform::MappedFile::kLock;
  fault_ = file_.OpenPrivate(path_, access, owner);
  if (fault_.error == EPERM) return State::kUntrusted;
  if (fault_) return State::kFault;
  if (access == File::Access::kRead) {
    platform::Holder holder;
    if (file_.FindHolder(kLock, 1, &holder)) return State::kLive;
  } else if (const Fault fault = file_.SetLock(File::Lock::kExclusive, File::Wait::kNo, kLock, 1)) {
    if (fault.IsHeld()) return State::kLive;
    fault_ = fault;
    return State::kFault;
  }
  platform::FileStatus status;
  fault_ = file_.Status(&status);
  if (fault_) return State::kFault;
  // Another process has already recovered the ring.
  if (!status.is_linked) return State::kLive;
  size_ = static_cast<std::uint64_t>(status.size);
  // The owner was killed between creating the file and reserving its space.
  if (status.size == 0) return State::kEmpty;
  if (status.size < static_cast<std::int64_t>(kCommitOffset)) return State::kDamaged;
  memory_ = platform::MapMemory(Ring::kMemorySize);
  if (memory_ == nullptr) {
    fault_ = {ENOMEM, "mmap"};
    return State::kFault;
  }
  std::size_t read = 0;
  fault_ = file_.ReadAt(0, memory_.get(), Ring::kDataOffset, &read);
  if (fault_) return State::kFault;
  std::memcpy(&header_, static_cast<char*>(memory_.get()) + kHeaderOffset, sizeof(header_));
  const std::string_view magic(header_.magic, sizeof(header_.magic));
  if (magic == std::string_view("\0\0\0\0\0\0\0\0", 8)) return State::kEmpty;
  if (magic != RingHeader::kMagic) return State::kDamaged;
  if (header_.version != kRingVersion) return State::kVersion;
  return size_ >= Ring::kMemorySize ? State::kDead : State::kDamaged;
}

// Checks whether the ring's header and commit are valid.
DeadRing::State DeadRing::Check() {
  if (header_.capacity != Ring::kCapacity || header_.data_offset != Ring::kDataOffset) {
    return State::kDamaged;
  }
  if (header_.non_finite > static_cast<std::uint32_t>(NonFinite::kNull)) return State::kDamaged;
  // A crash of the system may have damaged the commit; an intact commit names the ring's log.
  const bool has_commit = LatestCommit(memory_.get(), &commit_);
  const std::string boot = platform::BootId();
  if (boot.empty() || header_.boot[0] == '\0') return State::kNoBoot;
  if (boot.compare(0, std::string::npos, header_.boot,
                   strnlen(header_.boot, sizeof(header_.boot))) != 0) {
    return State::kReboot;
  }
  if (!has_commit) return State::kDamaged;
  head_ = Ring(memory_.get()).Head();
  const bool makes_sense = head_ - commit_.tail <= Ring::kCapacity &&
                           commit_.end - commit_.tail <= head_ - commit_.tail &&
                           commit_.offset >= 0;
  return makes_sense ? LoadRecords() : State::kDamaged;
}

// Reads the records that the log may lack and, from the beginning of their half, the definitions of
// their shapes: most rings hold little, and a reader of many logs should not read a megabyte for
// each.
DeadRing::State DeadRing::LoadRecords() {
  std::uint32_t position = commit_.tail - commit_.tail % Ring::kHalf;
  while (position != head_) {
    const std::uint32_t size = std::min(Ring::kHalf, head_ - position);
    const std::uint32_t place = Ring::kDataOffset + position % Ring::kCapacity;
    std::size_t read = 0;
    fault_ = file_.ReadAt(place, static_cast<char*>(memory_.get()) + place, size, &read);
    if (fault_) return State::kFault;
    if (read != size) return State::kDamaged;
    position += size;
  }
  return State::kDead;
}

Fault DeadRing::ForEachMissing(const RepairedLog& log, const TakeMissing& take) {
  const Ring ring(memory_.get());
  RingReader reader(&ring, static_cast<NonFinite>(header_.non_finite),
                    [this](std::uint64_t offset, void* bytes, std::size_t size, std::size_t* read) {
                      const auto at = static_cast<std::int64_t>(Ring::kMemorySize + offset);
                      return file_.ReadAt(at, bytes, size, read);
                    });
  const Fault fault = FindMissingLines(&reader, commit_, head_, size_ * kMaxTextPerByte, log, take);
  damaged_ = reader.Damaged();
  return fault;
}

Fault DeadRing::Write(Commit commit) {
  commit.sequence = ++commit_.sequence;
  const CommitCopy copy = EncodeCommit(commit);
  return file_.WriteAt(static_cast<std::int64_t>(CommitPlace(commit)), &copy, sizeof(copy));
}

bool DeadRing::IsOf(const RingPlace& place, const LogIdentity& log) const {
  const std::string_view key(header_.key, strnlen(header_.key, sizeof(header_.key)));
  if (key != place.Key()) return false;
  if (!place.IsInMemory() || Log() == log.file) return true;
  // Another container may share this memory but have other files at that path: the directory must
  // be the same. A network directory has another device with each mount, but its files keep their
  // numbers.
  platform::FileId folder;
  if (platform::IdentifyFile(platform::DirectoryOf(log.path), &folder)) return false;
  if (folder.file != header_.folder[1]) return false;
  return folder.device == header_.folder[0] || Log().file == log.file.file;
}

Fault DeadRing::Remove(const RingPlace& place) const {
  platform::FileId named;
  platform::FileId own;
  Fault fault;
  if (!platform::IdentifyFile(path_, &named) && !file_.Identify(&own) && named == own) {
    fault = RingPlace::Remove(path_);
    // An emptied file is as good as a deleted one: only its name stays.
    if (fault && !file_.Truncate(0)) fault = {};
  }
  ForgetRing(place, commit_.log, owner_);
  return fault;
}

}  // namespace dllogger
