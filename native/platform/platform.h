// The differences between operating systems, and nothing else: files, locks, memory, clocks, exit.
// Errors are values. One implementation is compiled: posix*.cc or windows*.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dllogger {

// Why a call failed; false when it succeeded.
struct Fault {
  enum class Kind : std::uint8_t {
    kSystem,   // the system call `call` failed with `error`
    kWaiting,  // the deadline passed first: nothing has changed, and the call may be repeated
    kHeld,     // another holder has the lock; `holder` names its process
    kDamaged,  // the ring's memory holds bytes that its producer did not write
  };
  static constexpr std::int64_t kUnknown = -1;

  int error = 0;  // the system's own number; 0 for the other kinds
  const char* call = "";
  Kind kind = Kind::kSystem;
  std::int64_t holder = kUnknown;  // process id, if known
  bool is_foreign = false;         // the holder is not a writer of this library

  static Fault Waiting() { return {0, "", Kind::kWaiting}; }
  static Fault Held(std::int64_t holder = kUnknown) { return {0, "lock", Kind::kHeld, holder}; }
  static Fault Damaged() { return {0, "", Kind::kDamaged}; }

  explicit operator bool() const { return error != 0 || kind != Kind::kSystem; }
  bool IsWaiting() const { return kind == Kind::kWaiting; }
  bool IsHeld() const { return kind == Kind::kHeld; }
  bool IsDamaged() const { return kind == Kind::kDamaged; }
};

namespace platform {

// Identifies a file whatever its name. Valid until the next start of the system.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t file = 0;
  // Tells apart files that had the same number in turn: time of creation, or how often the number
  // was used. 0 if unknown.
  std::uint64_t born = 0;
};
// For two files that exist.
inline bool operator==(const FileId& a, const FileId& b) {
  return a.device == b.device && a.file == b.file && a.born == b.born;
}
// For two files, one of which may have been deleted before the other was made. False where the
// system does not tell such files apart.
inline bool IsCertainlySame(const FileId& a, const FileId& b) {
  return a.born != 0 && a == b;
}

struct FileStatus {
  std::int64_t size = 0;
  std::int64_t owner = 0;     // user id; 0 where files have none
  bool is_linked = true;      // a name leads to the file: it was not deleted
  std::int64_t modified = 0;  // when the bytes last changed: microseconds since 1970 UTC
};

// A lock of another holder.
struct Holder {
  static constexpr std::int64_t kNoEnd = -1;
  std::int64_t start = 0;
  std::int64_t end = kNoEnd;  // the lock's last byte; kNoEnd if unknown
  bool is_shared = false;
  std::int64_t process = Fault::kUnknown;  // as the system reports it
};

// An open file. Owner: the code that holds the object, which closes the file at its end. Not
// inherited by child processes.
class File {
 public:
  File() = default;
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Creates the file if need be. Every write goes to the file's current end; on POSIX
  // systems, what is printed goes there, too, if the file is this process's standard output or
  // error.
  Fault OpenForAppend(const std::string& path);
  // Whether OpenForAppend() created the file.
  bool IsNew() const { return is_new_; }
  // Opens an existing file, which is not changed.
  Fault OpenForReading(const std::string& path);
  // Opens an existing file, to read and to write at any place, or only to read. EPERM for a link,
  // for anything but a regular file, and for a file that has several names, that others may write,
  // or that belongs to a user other than this one and `owner`.
  enum class Access : std::uint8_t { kRead, kWrite };
  Fault OpenPrivate(const std::string& path, Access access, std::int64_t owner);

  bool IsRegular() const { return is_regular_; }
  bool IsReadable() const { return is_readable_; }
  Fault Status(FileStatus* status) const;
  Fault Identify(FileId* id) const;
  Fault Truncate(std::int64_t size) const;
  // Truncates only while the system guarantees that nobody else has the file open, so that no
  // appended bytes are cut off. EAGAIN: another descriptor is open; other errors: the system gives
  // no such guarantee.
  Fault TruncateAlone(std::int64_t size) const;
  // Whether a name that the system knows leads to the file: false once the file was deleted or its
  // file system unmounted. True where the system does not tell.
  bool HasName() const;
  // Makes one system call: `written` may be less than `count`.
  Fault Write(const char* bytes, std::size_t count, std::size_t* written) const;
  // Where the last write ended.
  Fault Position(std::int64_t* position) const;
  // Reads `count` bytes; fewer only where the file ends.
  Fault ReadAt(std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) const;
  // Offset of the first byte at or behind `offset` that may have been written; the file's end if
  // there is none. The bytes before it are a hole: they read as zeros and take no space. Moves
  // Position().
  std::int64_t SkipHole(std::int64_t offset) const;
  // Writes all of it; not for files opened for appending.
  Fault WriteAt(std::int64_t offset, const void* bytes, std::size_t count) const;
  // Returns when the bytes, and the name of the file, are on the device.
  Fault Sync();
  // The fault that closing the file would meet: a network's file system may tell only then that it
  // has no room for the bytes. The file stays open.
  Fault CheckClose();

  // Advisory locks on ranges of bytes, which need not exist. They belong to this File, not to the
  // process, and end with it, however the process dies.
  enum class Lock : std::uint8_t { kShared, kExclusive, kNone };
  enum class Wait : std::uint8_t { kNo, kYes };
  // Fault::Held() if another holder has the lock; any other fault means that this file has no
  // locks.
  Fault SetLock(Lock lock, Wait wait, std::int64_t offset, std::int64_t length) const;
  // Reduces an exclusive lock to a shared lock of one of its bytes. That byte is locked throughout.
  Fault ShrinkLock(std::int64_t offset, std::int64_t length, std::int64_t kept) const;
  // Finds a lock of another holder that conflicts with an exclusive one; false if there is none.
  // Takes no lock; a file open for reading suffices.
  bool FindHolder(std::int64_t offset, std::int64_t length, Holder* holder) const;
  // Whether a process exists and has the file open, as far as this process can see.
  bool IsOpenIn(std::int64_t process) const;

 private:
  int descriptor_ = -1;
  bool is_regular_ = false;
  bool is_readable_ = false;
  bool is_new_ = false;
  bool name_is_synced_ = false;
  std::string directory_;
};

// A new file of a fixed size, mapped as zeroed memory: bytes stored there survive the process,
// however it ends. Owner: the code that holds the object. Not inherited by child processes.
class MappedFile {
 public:
  MappedFile() = default;
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Makes the file, which must not exist (EEXIST), for this user only, and holds an exclusive lock
  // of byte kLock as long as the file is open. A file that is deleted before it is locked is made
  // anew. Its space is reserved: on a full disk a store into unreserved space would end the
  // process. ENOTSUP where the file system is not known to keep reservations.
  Fault Create(const std::string& path, std::size_t size);
  static constexpr std::int64_t kLock = std::int64_t{1} << 62;

  // Page-aligned; stays mapped as long as any copy of the pointer lives.
  const std::shared_ptr<void>& Memory() const { return memory_; }

  // Writes bytes of the file behind those that are mapped, in reserved space too; `offset` counts
  // from the end of the memory. A fault leaves none of the bytes.
  Fault WriteBehind(std::int64_t offset, const void* bytes, std::size_t count) const;
  // Fewer bytes only where the file ends.
  Fault ReadBehind(std::int64_t offset, void* bytes, std::size_t count, std::size_t* read) const;
  void CutBehind(std::int64_t offset) const;

  const std::string& Path() const { return path_; }
  // Notes the file's new name after a rename.
  void SetPath(std::string path) { path_ = std::move(path); }
  // Whether the file's name still leads to it.
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

// Directories whose files are memory of the machine and outlive their processes, and in which users
// make their own directories. The best one first.
std::vector<std::string> SharedMemoryDirectories();

// Zeroed, page-aligned memory, given back with its last owner; empty if the system has none.
std::shared_ptr<void> MapMemory(std::size_t size);

// The directory of a path, and the name in it.
std::string DirectoryOf(const std::string& path);
std::string NameOf(const std::string& path);
// The path with its links resolved; the given path if that fails.
std::string RealPath(const std::string& path);
// The names in a directory, in any order, without those of itself and of the directory above.
Fault ListDirectory(const std::string& path, std::vector<std::string>* names);
// Identifies the file that a name leads to, without following a link; leaves `id` if there is none.
Fault IdentifyFile(const std::string& path, FileId* id);
// As IdentifyFile(), following links.
Fault IdentifyTarget(const std::string& path, FileId* id);
Fault RemoveFile(const std::string& path);
// Gives a file another name on the same file system; EEXIST if that name is taken.
Fault RenameFile(const std::string& from, const std::string& to);
// Make and read a symbolic link that only stores a text; nobody follows it.
Fault MakeLink(const std::string& text, const std::string& path);
Fault ReadLink(const std::string& path, std::string* text);
// Makes a directory in which only this user makes and deletes files; EPERM if the name belongs to
// anything else, such as another user's directory.
Fault MakePrivateDirectory(const std::string& path);
// Whether the path is such a directory of `user`, and not a link to one.
bool IsPrivateDirectory(const std::string& path, std::int64_t user);
void RemoveEmptyDirectory(const std::string& path);
// Whether a fault came from a full disk, or from a user's full share of the disk.
bool LacksRoom(const Fault& fault);
// The name, for people, of the file system that a path is on; empty if unknown.
std::string FileSystemName(const std::string& path);

std::int64_t ProcessId();
std::int64_t UserId();

// Differs after every start of the system; empty if unknown.
std::string BootId();

// Differs between processes that see different disks and directories, as in containers; 0 if
// unknown.
std::uint64_t MountNamespace();

// Microseconds since 1970 UTC; and microseconds of a clock that never runs backwards.
std::int64_t WallMicroseconds();
std::int64_t MonotonicMicroseconds();

// Called by each thread of this library at its start: names the thread, and leaves all signals to
// the program's own threads.
void PrepareThread();

// Registers a function to run when the process ends by exit() or by returning from main, after
// JavaScript has ended.
void AtExit(void (*function)());
// Whether the system has ended all other threads by then, wherever they were. If so, a lock may be
// held by a thread that is gone, and a ring's file is no longer mapped.
bool IsAloneAtExit();

// One line on standard error, past any buffer.
void PrintError(const std::string& line);

}  // namespace platform
}  // namespace dllogger
