#include "ring/ring_place.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <set>
#include <utility>

namespace dllogger {
namespace {

constexpr std::string_view kEnding = ".ring";
constexpr std::string_view kFolderEnding = ".rings";
constexpr std::size_t kIdSize = 16;
// Leaves room for prefix and suffix within the 255 bytes that file systems allow a name.
constexpr std::size_t kMaxKey = 200;
constexpr std::size_t kHashSize = 16;
constexpr int kAttempts = 100;

std::string Hex(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; value /= 16) text[i] = "0123456789abcdef"[value % 16];
  return text;
}

// FNV-1a.
std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

// Different for every ring of every process, as far as possible without random numbers.
std::string NewId() {
  static std::atomic<std::uint64_t> count{0};
  const std::string words =
      std::to_string(platform::ProcessId()) + ' ' + std::to_string(platform::WallMicroseconds()) +
      ' ' + std::to_string(platform::MonotonicMicroseconds()) + ' ' + std::to_string(++count);
  return Hex(HashOf(words), kIdSize);
}

// The beginning of a name, for people, and a hash of `all`. Never splits a character.
std::string KeyOf(const std::string& name, std::string_view all) {
  std::size_t size = std::min(name.size(), kMaxKey - 1 - kHashSize);
  while (size > 0 && size < name.size() &&
         (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) {
    --size;
  }
  return name.substr(0, size) + '~' + Hex(HashOf(all), kHashSize);
}

bool Exists(const std::string& path) {
  platform::FileId id;
  return !platform::IdentifyFile(path, &id);
}

}  // namespace

RingPlace RingPlace::Beside(const std::string& log_path) {
  std::string name = platform::NameOf(log_path);
  if (name.size() > kMaxKey) name = KeyOf(name, name);
  return {platform::DirectoryOf(log_path), std::move(name), false};
}

std::vector<RingPlace> RingPlace::InMemory(const std::string& log_path, std::int64_t user) {
  std::vector<RingPlace> places;
  for (const std::string& base : platform::SharedMemoryDirectories()) {
    const std::string directory = base + "/dllogger-" + std::to_string(user);
    // Another user's directory may hold anything.
    if (!platform::IsPrivateDirectory(directory, user)) continue;
    places.push_back({directory, KeyOf(platform::NameOf(log_path), log_path), true});
  }
  return places;
}

std::vector<RingPlace> RingPlace::ToMakeInMemory(const std::string& log_path) {
  const std::int64_t own = platform::UserId();
  for (const std::string& base : platform::SharedMemoryDirectories()) {
    const std::string directory = base + "/dllogger-" + std::to_string(own);
    static_cast<void>(platform::MakePrivateDirectory(directory));
  }
  return InMemory(log_path, own);
}

std::vector<RingPlace> RingPlace::AllInMemory() {
  const std::int64_t own = platform::UserId();
  const std::string folder_ending = '.' + std::to_string(own) + std::string(kFolderEnding);
  std::vector<RingPlace> places;
  for (const std::string& base : platform::SharedMemoryDirectories()) {
    const std::string directory = base + "/dllogger-" + std::to_string(own);
    if (!platform::IsPrivateDirectory(directory, own)) continue;
    std::vector<std::string> names;
    static_cast<void>(platform::ListDirectory(directory, &names));
    std::set<std::string> keys;
    for (const std::string& name : names) {
      for (const std::string_view ending : {kEnding, std::string_view(folder_ending)}) {
        if (name[0] != '.' || name.size() <= 1 + ending.size()) continue;
        const std::size_t size = name.size() - ending.size();
        if (name.compare(size, ending.size(), ending) == 0) keys.insert(name.substr(1, size - 1));
      }
    }
    for (const std::string& key : keys) places.push_back({directory, key, true});
  }
  return places;
}

RingPlace RingPlace::Of(const std::string& log_path) const {
  if (!is_in_memory_) return Beside(log_path);
  return {directory_, KeyOf(platform::NameOf(log_path), log_path), true};
}

std::string RingPlace::FirstName() const {
  return directory_ + "/." + key_ + std::string(kEnding);
}

std::string RingPlace::FolderOf(std::int64_t user) const {
  return directory_ + "/." + key_ + '.' + std::to_string(user) + std::string(kFolderEnding);
}

std::string RingPlace::LinkOf(const platform::FileId& file) const {
  std::string link = directory_ + "/.ring-";
  // File numbers are unique only within one file system.
  if (is_in_memory_) link += std::to_string(file.device) + '-';
  return link + std::to_string(file.file);
}

Fault RingPlace::Claim(const Make& make) const {
  Fault fault = make(FirstName());
  const std::string folder = FolderOf(platform::UserId());
  // The process that deletes a folder's last ring deletes the folder, perhaps at this moment.
  for (int i = 0; i < kAttempts && (fault.error == EEXIST || fault.error == ENOENT); ++i) {
    if (Fault other = platform::MakePrivateDirectory(folder)) return other;
    fault = make(folder + '/' + NewId() + std::string(kEnding));
  }
  return fault;
}

std::vector<std::string> RingPlace::Find(std::int64_t owner) const {
  std::vector<std::string> paths;
  if (std::string first = FirstName(); Exists(first)) paths.push_back(std::move(first));
  const auto add_folder_of = [&](std::int64_t user) {
    std::string folder = FolderOf(user);
    // Another user's directory may hold anything.
    if (!platform::IsPrivateDirectory(folder, user)) return;
    std::vector<std::string> names;
    static_cast<void>(platform::ListDirectory(folder, &names));
    folder += '/';
    for (const std::string& name : names) {
      if (name.size() == kIdSize + kEnding.size()) paths.push_back(folder + name);
    }
  };
  const std::int64_t own = platform::UserId();
  add_folder_of(own);
  if (owner != own) add_folder_of(owner);
  return paths;
}

Fault RingPlace::Remove(const std::string& path) {
  const Fault fault = platform::RemoveFile(path);
  LeaveFolder(path);
  return fault;
}

void RingPlace::LeaveFolder(const std::string& path) {
  const std::string folder = platform::DirectoryOf(path);
  const std::size_t rest = folder.size() - std::min(folder.size(), kFolderEnding.size());
  if (folder.compare(rest, std::string::npos, kFolderEnding) == 0) {
    platform::RemoveEmptyDirectory(folder);
  }
}

bool RingPlace::FindFormer(const platform::FileId& file, RingPlace* former) const {
  std::string key;
  if (platform::ReadLink(LinkOf(file), &key) || key == key_) return false;
  if (key.empty() || key.find('/') != std::string::npos) return false;
  former->directory_ = directory_;
  former->is_in_memory_ = is_in_memory_;
  former->key_ = std::move(key);
  return true;
}

void RingPlace::Remember(const platform::FileId& file) const {
  const std::string link = LinkOf(file);
  if (platform::MakeLink(key_, link).error != EEXIST) return;
  RingPlace former = *this;
  // An old link: of a file that had the number before, or of a log that no ring is left for under
  // that name.
  if (!FindFormer(file, &former) || !former.Find(platform::UserId()).empty()) return;
  static_cast<void>(platform::RemoveFile(link));
  static_cast<void>(platform::MakeLink(key_, link));
}

void RingPlace::Forget(const platform::FileId& file) const {
  const std::string link = LinkOf(file);
  std::string key;
  if (platform::ReadLink(link, &key) || key != key_) return;
  static_cast<void>(platform::RemoveFile(link));
}

Fault RingPlace::Move(const std::string& from, std::string* path) const {
  return Claim([&](const std::string& to) {
    *path = to;
    return platform::RenameFile(from, to);
  });
}

std::vector<RingCandidate> FindRingFiles(const LogIdentity& log) {
  std::vector<RingCandidate> candidates;
  const auto add = [&](const RingPlace& place, bool has_name) {
    for (std::string& path : place.Find(log.owner)) {
      candidates.push_back({std::move(path), place, has_name});
    }
  };
  const auto add_all = [&](const RingPlace& place) {
    add(place, true);
    RingPlace former = place;
    if (place.FindFormer(log.file, &former)) add(former, false);
  };
  add_all(RingPlace::Beside(log.path));
  const std::int64_t own = platform::UserId();
  for (const RingPlace& place : RingPlace::InMemory(log.path, own)) add_all(place);
  if (log.owner == own) return candidates;
  for (const RingPlace& place : RingPlace::InMemory(log.path, log.owner)) add_all(place);
  return candidates;
}

}  // namespace dllogger
