// What differs between operating systems, and nothing else: files, locks, memory, clocks, exit.
// Errors are values. One implementation is compiled: posix*.cc or windows*.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dllogger {

// Why a call did not do what it was asked to do; false when it did.
struct Fault {
  enum class Kind : std::uint8_t {
    kSystem,   // the system call `call` failed with `error`
    kWaiting,  // the deadline passed first: nothing has changed, and the call may be repeated
    kHeld,     // another holder of a lock stands in the way; `holder` says whose it is
    kDamaged,  // the ring's memory holds what its producer did not write
  };
  static constexpr std::int64_t kUnknown = -1;

  int error = 0;  // the system's own number; 0 for the other kinds
  const char* call = "";
  Kind kind = Kind::kSystem;
  std::int64_t holder = kUnknown;  // process id, where it can be told
  bool is_foreign = false;         // the holder is no writer of this library's

  static Fault Waiting() { return {0, "", Kind::kWaiting}; }
  static Fault Held(std::int64_t holder = kUnknown) { return {0, "lock", Kind::kHeld, holder}; }
  static Fault Damaged() { return {0, "", Kind::kDamaged}; }

  explicit operator bool() const { return error != 0 || kind != Kind::kSystem; }
  bool IsWaiting() const { return kind == Kind::kWaiting; }
  bool IsHeld() const { return kind == Kind::kHeld; }
  bool IsDamaged() const { return kind == Kind::kDamaged; }
};

namespace platform {

// Which file it is, whatever it is called. Valid until the next start of the system.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t file = 0;
  // Tells files apart that had the number one after another: when the file was made, or how often
  // its number has been used. 0 if unknown.
  std::uint64_t born = 0;
};
// Of two files that exist.
inline bool operator==(const FileId& a, const FileId& b) {
  return a.device == b.device && a.file == b.file && a.born == b.born;
}
// Of two files of which one may have been deleted before the other was made. False where the system
// does not tell such files apart.
inline bool IsCertainlySame(const FileId& a, const FileId& b) {
  return a.born != 0 && a == b;
}

struct FileStatus {
  std::int64_t size = 0;
  std::int64_t owner = 0;     // user id; 0 where files have none
  bool is_linked = true;      // a name leads to it: it was not deleted
  std::int64_t modified = 0;  // when its bytes last changed: microseconds since 1970 UTC
};

// A lock of somebody else's.
struct Holder {
  static constexpr std::int64_t kNoEnd = -1;
  std::int64_t start = 0;
  std::int64_t end = kNoEnd;  // its last byte; kNoEnd where the system does not tell
  bool is_shared = false;
  std::int64_t process = Fault::kUnknown;  // as the system says it
};

// An open file. Owner: whoever holds it; closes itself. Not inherited by child processes.
class File {
 public:
  File() = default;
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Creates the file if need be. Every write goes to the file's end, wherever that has moved.
  Fault OpenForAppend(const std::string& path);
  // Whether that has created it.
  bool IsNew() const { return is_new_; }
  // An existing file, which is not changed.
  Fault OpenForReading(const std::string& path);
  // An existing file, to read and to write at any place, or only to read. EPERM for what is no
  // regular file, is a link, has several names, could be written by others, or belongs to somebody
  // other than this user and `owner`.
  enum class Access : std::uint8_t { kRead, kWrite };
  Fault OpenPrivate(const std::string& path, Access access, std::int64_t owner);

  bool IsRegular() const { return is_regular_; }
  bool IsReadable() const { return is_readable_; }
  Fault Status(FileStatus* status) const;
  Fault Identify(FileId* id) const;
  Fault Truncate(std::int64_t size) const;
  // Truncates only while the system vouches that nobody else has the file open, so that nothing
  // that others append can be cut; EAGAIN where somebody has, other errors where it never does.
  Fault TruncateAlone(std::int64_t size) const;
  // Whether some name that the system knows leads to the file: false once it was deleted, or its
  // file system unmounted. True where the system does not tell.
  bool HasName() const;
  // One call of the system: `written` may be less than `count`.
  Fault Write(const char* bytes, std::size_t count, std::size_t* written) const;
  // Where the last write ended.
  Fault Position(std::int64_t* position) const;
  // Reads `count` bytes; fewer only where the file ends.
  Fault ReadAt(std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) const;
  // Where, at `offset` or behind it, the first byte lies that may have been written; the file's end
  // without one. What lies before it reads as zeros and takes no space: a hole. Moves Position().
  std::int64_t SkipHole(std::int64_t offset) const;
  // Writes all of it; not for files opened for appending.
  Fault WriteAt(std::int64_t offset, const void* bytes, std::size_t count) const;
  // Until the bytes, and the name of the file, are on the device.
  Fault Sync();

  // Advisory locks on ranges of bytes, which need not exist. They belong to this File, not to the
  // process, and end with it, however the process dies.
  enum class Lock : std::uint8_t { kShared, kExclusive, kNone };
  enum class Wait : std::uint8_t { kNo, kYes };
  // Fault::Held() where somebody else has it; any other fault says that this file has no locks.
  Fault SetLock(Lock lock, Wait wait, std::int64_t offset, std::int64_t length) const;
  // Gives up an exclusive lock but for one byte in it, which stays, shared, without a moment's gap.
  Fault ShrinkLock(std::int64_t offset, std::int64_t length, std::int64_t kept) const;
  // A lock of somebody else's that stands against an exclusive one; false without. Leaves no lock,
  // and a file that is open for reading will do.
  bool FindHolder(std::int64_t offset, std::int64_t length, Holder* holder) const;
  // Whether a process exists and has the file open, as far as this process may see.
  bool IsOpenIn(std::int64_t process) const;

 private:
  int descriptor_ = -1;
  bool is_regular_ = false;
  bool is_readable_ = false;
  bool is_new_ = false;
  bool name_is_synced_ = false;
  std::string directory_;
};

// A new file of a fixed size that is zeroed memory at the same time: what is stored there survives
// the process, however it ends. Owner: whoever holds it. Not inherited by child processes.
class MappedFile {
 public:
  MappedFile() = default;
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Makes the file, which must not exist (EEXIST), for this user only, and holds an exclusive lock
  // of byte kLock as long as it is open. A file that is deleted before it has its lock is made
  // anew. Its space is really reserved: a store into a file without it would end the process on a
  // full disk. ENOTSUP where the file system is not known to keep what it reserves.
  Fault Create(const std::string& path, std::size_t size);
  static constexpr std::int64_t kLock = std::int64_t{1} << 62;

  // Page-aligned; stays mapped as long as anybody holds it.
  const std::shared_ptr<void>& Memory() const { return memory_; }

  // Behind the memory the file may have more, which is no memory, and whose space is reserved too;
  // offsets count from the memory's end. Of a fault nothing is left.
  Fault WriteBehind(std::int64_t offset, const void* bytes, std::size_t count) const;
  // Fewer bytes only where the file ends.
  Fault ReadBehind(std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) const;
  void CutBehind(std::int64_t offset) const;

  const std::string& Path() const { return path_; }
  // It was renamed.
  void SetPath(std::string path) { path_ = std::move(path); }
  // Whether its name still leads to it.
  bool IsLinked() const;
  // Deletes the file, if its name still leads to it. The memory stays.
  Fault Remove() const;

 private:
  Fault Fill(std::size_t size);

  int descriptor_ = -1;
  std::string path_;
  std::int64_t size_ = 0;
  std::shared_ptr<void> memory_;
};

// Where the memory of files is the machine's, and outlives their processes: directories in which
// users make their own. The best one first.
std::vector<std::string> SharedMemoryDirectories();

// Zeroed, page-aligned memory, given back with its last owner; empty when there is none.
std::shared_ptr<void> MapMemory(std::size_t size);

// The directory of a path, and the name in it.
std::string DirectoryOf(const std::string& path);
std::string NameOf(const std::string& path);
// The path without links in it; as it was given where it cannot be resolved.
std::string RealPath(const std::string& path);
// The names in a directory, in any order.
Fault ListDirectory(const std::string& path, std::vector<std::string>* names);
// Which file a name leads to, without following a link; `id` stays when there is none.
Fault IdentifyFile(const std::string& path, FileId* id);
// The same, following links.
Fault IdentifyTarget(const std::string& path, FileId* id);
Fault RemoveFile(const std::string& path);
// Gives a file another name on the same file system; EEXIST where there is one of that name.
Fault RenameFile(const std::string& from, const std::string& to);
// A symbolic link, and what is in one; nobody follows it.
Fault MakeLink(const std::string& text, const std::string& path);
Fault ReadLink(const std::string& path, std::string* text);
// A directory in which only this user makes and deletes files; EPERM where another one, or
// something else, has its name.
Fault MakePrivateDirectory(const std::string& path);
// Whether there is such a directory of a user's, and no link to one.
bool IsPrivateDirectory(const std::string& path, std::int64_t user);
void RemoveEmptyDirectory(const std::string& path);
// The name of the file system that a path is on, for people; empty when it is not known.
std::string FileSystemName(const std::string& path);

std::int64_t ProcessId();
std::int64_t UserId();

// Differs after every start of the system; empty where that cannot be told.
std::string BootId();

// Tells apart which disks and directories processes see, as containers do; 0 where that cannot be
// told.
std::uint64_t MountNamespace();

// Microseconds since 1970 UTC, and microseconds that never run backwards.
std::int64_t WallMicroseconds();
std::int64_t MonotonicMicroseconds();

// For a thread of ours, at its start: names it, and leaves all signals to the program's own
// threads.
void PrepareThread();

// Runs when the process ends by exit() or by returning from main, after JavaScript has ended.
void AtExit(void (*function)());
// Whether the system has ended all other threads by then, wherever they were: locks may be held by
// nobody, and a ring's file is no memory any more.
bool IsAloneAtExit();

// One line on standard error, past any buffer.
void PrintError(const std::string& line);

}  // namespace platform
}  // namespace dllogger
