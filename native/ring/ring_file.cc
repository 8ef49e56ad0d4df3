#include "ring/ring_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace dllogger {
namespace {

std::uint64_t Mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

std::uint64_t ChecksumOf(const CommitCopy& copy) {
  std::uint64_t hash = kRingVersion;
  for (const std::uint64_t word : copy.words) hash = Mix(hash, word);
  return hash;
}

void CopyText(std::string_view text, char* field, std::size_t size) {
  std::memcpy(field, text.data(), std::min(text.size(), size));
}

char* Bytes(const std::shared_ptr<void>& memory) {
  return static_cast<char*>(memory.get());
}

std::string WhyNoFile(const Fault& beside, const Fault& in_memory, const std::string& path) {
  std::string reason;
  if (beside.error == ENOTSUP || beside.error == EOPNOTSUPP) {
    std::string file_system = platform::FileSystemName(path);
    if (file_system.empty()) file_system = "its file system";
    reason = file_system + " is not known to keep the space that a ring file reserves";
  } else {
    reason = "the ring file beside the log cannot be made: " +
             std::generic_category().message(beside.error);
  }
  if (in_memory.error == ENOENT) return reason + ", and there is no shared memory for one";
  return reason + ", nor one in shared memory: " + std::generic_category().message(in_memory.error);
}

}  // namespace

CommitCopy EncodeCommit(const Commit& commit) {
  CommitCopy copy = {{commit.sequence, commit.tail, commit.end, commit.done,
                      static_cast<std::uint64_t>(commit.offset), commit.log.device, commit.log.file,
                      commit.log.born},
                     0};
  copy.checksum = ChecksumOf(copy);
  return copy;
}

bool LatestCommit(const void* memory, Commit* commit) {
  bool is_found = false;
  for (std::size_t i = 0; i < 2; ++i) {
    CommitCopy copy;
    const auto* place = static_cast<const char*>(memory) + kCommitOffset + i * kCommitStride;
    std::memcpy(&copy, place, sizeof(copy));
    if (copy.checksum != ChecksumOf(copy) || copy.words[0] % 2 != i) continue;
    if (is_found && copy.words[0] < commit->sequence) continue;
    is_found = true;
    commit->sequence = copy.words[0];
    commit->tail = static_cast<std::uint32_t>(copy.words[1]);
    commit->end = static_cast<std::uint32_t>(copy.words[2]);
    commit->done = copy.words[3];
    commit->offset = static_cast<std::int64_t>(copy.words[4]);
    commit->log = {copy.words[5], copy.words[6], copy.words[7]};
  }
  return is_found;
}

void ForgetRing(const RingPlace& place, const platform::FileId& file, std::int64_t owner) {
  for (const std::string& path : place.Find(owner)) {
    platform::File ring;
    if (ring.OpenPrivate(path, platform::File::Access::kRead, owner)) continue;
    std::uint64_t page[Ring::kDataOffset / sizeof(std::uint64_t)];
    std::size_t read = 0;
    Commit commit;
    if (ring.ReadAt(0, page, sizeof(page), &read) || read != sizeof(page)) continue;
    if (LatestCommit(page, &commit) && commit.log == file) return;
  }
  place.Forget(file);
}

std::unique_ptr<RingFile> RingFile::Create(Options options) {
  std::unique_ptr<RingFile> ring(new RingFile(RingPlace::Beside(options.log_path), options.log));
  ring->reason_ = options.refusal;
  if (ring->reason_.empty() && platform::BootId().empty()) {
    ring->reason_ =
        "the system does not tell its starts apart, after which no ring is to be trusted";
  }
  if (ring->reason_.empty()) {
    static_cast<void>(ring->CreateFile(options));
  }
  if (ring->memory_ == nullptr) ring->memory_ = std::move(options.memory);
  ring->WriteHeader(options);
  if (ring->file_ != nullptr) ring->place_.Remember(options.log);
  return ring;
}

// Creates the file beside the log, or else in shared memory.
Fault RingFile::CreateFile(const Options& options) {
  const auto create_at = [&](const RingPlace& place) {
    const Fault fault = place.Claim([&](const std::string& path) {
      file_ = std::make_unique<platform::MappedFile>();
      return file_->Create(path, Ring::kMemorySize);
    });
    if (fault) return fault;
    place_ = place;
    memory_ = file_->Memory();
    return fault;
  };
  const Fault beside = create_at(place_);
  if (!beside) return {};
  Fault in_memory = {ENOENT, "open"};
  do {
    lacks_room_ = false;
    for (const RingPlace& place : RingPlace::ToMakeInMemory(options.log_path)) {
      in_memory = create_at(place);
      if (!in_memory) return {};
      lacks_room_ = lacks_room_ || platform::LacksRoom(in_memory);
    }
  } while (lacks_room_ && options.make_room && options.make_room());
  reason_ = WhyNoFile(beside, in_memory, options.log_path);
  file_.reset();
  return in_memory;
}

void RingFile::Follow(const std::string& log_path, const Commit& commit) {
  if (commit.log == log_) {
    Write(commit);
    return;
  }
  const std::scoped_lock lock(names_mutex_);
  const platform::FileId before = std::exchange(log_, commit.log);
  const RingPlace place_before = place_;
  const bool is_linked = file_ != nullptr && file_->IsLinked();
  // After a kill between this line and the commit, a moved ring identifies its log only by name.
  if (is_linked) GoTo(platform::RealPath(log_path));
  Write(commit);
  if (!is_linked) return;
  ForgetRing(place_before, before, platform::UserId());
  if (reason_.empty()) place_.Remember(commit.log);
}

void RingFile::GoTo(const std::string& log_path) {
  const RingPlace place = place_.Of(log_path);
  if (!(place == place_)) {
    place_ = place;
    const std::string from = file_->Path();
    std::string to;
    if (const Fault fault = place.Move(from, &to)) {
      reason_ = "since reopen() its ring file cannot lie beside it: " +
                std::generic_category().message(fault.error);
      // A ring left there would count as a ring of the previous log.
      static_cast<void>(RingPlace::Remove(from));
      return;
    }
    file_->SetPath(to);
    RingPlace::LeaveFolder(from);
  }
  RingHeader header = {};
  char* const place_in_memory = Bytes(memory_) + kHeaderOffset;
  std::memcpy(&header, place_in_memory, sizeof(header));
  WritePlace(log_path, &header);
  std::memcpy(place_in_memory, &header, sizeof(header));
}

// Stores which log the ring belongs to, for the process that finds the ring.
void RingFile::WritePlace(const std::string& log_path, RingHeader* header) const {
  std::memset(header->key, 0, sizeof(header->key));
  std::memset(header->path, 0, sizeof(header->path));
  CopyText(place_.Key(), header->key, sizeof(header->key));
  CopyText(log_path, header->path, sizeof(header->path));
  platform::FileId folder;
  static_cast<void>(platform::IdentifyFile(platform::DirectoryOf(log_path), &folder));
  header->folder[0] = folder.device;
  header->folder[1] = folder.file;
  header->mounts = platform::MountNamespace();
}

Fault RingFile::Remove() {
  if (file_ == nullptr) return {};
  const std::scoped_lock lock(names_mutex_);
  const Fault fault = file_->Remove();
  RingPlace::LeaveFolder(file_->Path());
  ForgetRing(place_, log_, platform::UserId());
  return fault;
}

Fault RingFile::PutOverflow(const RecordPieces& pieces, RecordOverflow* overflow) {
  const std::scoped_lock lock(overflow_mutex_);
  *overflow = {overflow_size_, 0};
  for (const RecordPiece& piece : pieces) overflow->size += piece.size;
  if (overflow_size_ + overflow->size > kMaxOverflow) return {ENOSPC, "write"};
  std::uint64_t end = overflow_size_;
  for (const RecordPiece& piece : pieces) {
    if (file_ != nullptr) {
      const auto at = static_cast<std::int64_t>(end);
      if (Fault fault = file_->WriteBehind(at, piece.data, piece.size)) {
        file_->CutBehind(static_cast<std::int64_t>(overflow_size_));
        return fault;
      }
    } else if (!overflow_.Append({reinterpret_cast<const char*>(piece.data), piece.size})) {
      overflow_.Cut(static_cast<std::size_t>(overflow_size_));
      return {ENOMEM, "malloc"};
    }
    end += piece.size;
  }
  overflow_size_ = end;
  return {};
}

Fault RingFile::ReadOverflow(std::uint64_t offset, void* bytes, std::size_t size,
                             std::size_t* read) const {
  if (file_ != nullptr) {
    return file_->ReadBehind(static_cast<std::int64_t>(offset), bytes, size, read);
  }
  const std::scoped_lock lock(overflow_mutex_);
  const std::size_t end = overflow_.Size();
  const std::size_t start = std::min(static_cast<std::size_t>(offset), end);
  *read = std::min(size, end - start);
  if (*read > 0) std::memcpy(bytes, overflow_.Data() + start, *read);
  return {};
}

void RingFile::ForgetOverflow() {
  const std::scoped_lock lock(overflow_mutex_);
  if (overflow_size_ == 0) return;
  if (file_ != nullptr) file_->CutBehind(0);
  overflow_.Clear(0);
  overflow_size_ = 0;
}

Fault RingFile::Spill() const {
  if (file_ != nullptr) return {};
  platform::File file;
  const auto make = [&](const std::string& path) {
    const Fault fault = file.OpenForAppend(path);
    return !fault && !file.IsNew() ? Fault{EEXIST, "open"} : fault;
  };
  if (Fault fault = place_.Claim(make)) return fault;
  // Takes no lock: the thread that held it may be gone, and no other thread is left.
  for (const std::string_view text :
       {std::string_view(Bytes(memory_), Ring::kMemorySize),
        std::string_view(overflow_.Data(), static_cast<std::size_t>(overflow_size_))}) {
    for (std::size_t done = 0; done < text.size();) {
      std::size_t written = 0;
      const Fault fault = file.Write(text.data() + done, text.size() - done, &written);
      if (fault) return fault;
      if (written == 0) return {EIO, "write"};
      done += written;
    }
  }
  return {};
}

void RingFile::WriteHeader(const Options& options) {
  RingHeader header = {};
  header.version = kRingVersion;
  header.capacity = Ring::kCapacity;
  header.data_offset = Ring::kDataOffset;
  header.non_finite = static_cast<std::uint32_t>(options.non_finite);
  header.process = platform::ProcessId();
  header.created = platform::WallMicroseconds();
  CopyText(platform::BootId(), header.boot, sizeof(header.boot));
  WritePlace(options.log_path, &header);
  Commit commit;
  commit.log = options.log;
  Write(commit);
  std::memcpy(Bytes(memory_) + kHeaderOffset, &header, sizeof(header));
  // The magic, the first field, is written last.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  CopyText(RingHeader::kMagic, Bytes(memory_) + kHeaderOffset, RingHeader::kMagic.size());
}

void RingFile::Write(Commit commit) {
  commit.sequence = ++sequence_;
  const CommitCopy copy = EncodeCommit(commit);
  // A kill stops the thread between two stores and keeps the earlier ones. So only the program's
  // order counts; the fences keep the compiler to that order.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(Bytes(memory_) + CommitPlace(commit), &copy, sizeof(copy));
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

std::string RingFile::Reason() const {
  const std::scoped_lock lock(names_mutex_);
  if (!reason_.empty() || file_->IsLinked()) return reason_;
  return "its ring file was removed";
}

std::string RingFile::Path() const {
  const std::scoped_lock lock(names_mutex_);
  return reason_.empty() && file_->IsLinked() ? file_->Path() : std::string();
}

}  // namespace dllogger
