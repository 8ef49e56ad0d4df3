#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>

#include "platform/platform.h"
#include "platform/posix.h"

#ifdef __linux__
#include <sys/syscall.h>
#ifndef SYS_renameat2
// In the kernel since 3.15; missing in the headers of older kernels.
#if defined(__x86_64__)
#define SYS_renameat2 316
#else
#define SYS_renameat2 276
#endif
#endif
#endif

namespace dllogger::platform {
namespace {

std::int64_t Microseconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

}  // namespace

std::shared_ptr<void> MapMemory(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {memory, [size](void* mapped) { munmap(mapped, size); }};
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(realpath(path.c_str(), nullptr),
                                                        [](void* text) { std::free(text); });
  return resolved ? resolved.get() : path;
}

Fault ListDirectory(const std::string& path, std::vector<std::string>* names) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (!directory) return {errno, "opendir"};
  for (;;) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own.
    const struct dirent* entry = readdir(directory.get());
    if (entry == nullptr) return Check(errno == 0 ? 0 : -1, "readdir");
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names->emplace_back(name);
  }
}

Fault RemoveFile(const std::string& path) {
  return Check(unlink(path.c_str()), "unlink");
}

Fault RenameFile(const std::string& from, const std::string& to) {
#ifdef __linux__
  // C libraries have renameat2() only since glibc 2.28.
  constexpr unsigned int kNoReplace = 1;
  return Check(syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), kNoReplace),
               "rename");
#else
  return Check(renamex_np(from.c_str(), to.c_str(), RENAME_EXCL), "rename");
#endif
}

Fault MakeLink(const std::string& text, const std::string& path) {
  return Check(symlink(text.c_str(), path.c_str()), "symlink");
}

Fault ReadLink(const std::string& path, std::string* text) {
  text->resize(4096);
  const ssize_t size = readlink(path.c_str(), text->data(), text->size());
  text->resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return Check(size, "readlink");
}

Fault MakePrivateDirectory(const std::string& path) {
  const Fault fault = Check(mkdir(path.c_str(), 0700), "mkdir");
  if (fault.error != EEXIST) return fault;
  if (IsPrivateDirectory(path, UserId())) return {};
  struct stat status = {};
  // Deleted meanwhile: the caller tries again.
  const bool is_gone = lstat(path.c_str(), &status) == -1 && errno == ENOENT;
  return is_gone ? Fault{} : Fault{EPERM, "mkdir"};
}

bool IsPrivateDirectory(const std::string& path, std::int64_t user) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         static_cast<std::int64_t>(status.st_uid) == user &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void RemoveEmptyDirectory(const std::string& path) {
  static_cast<void>(rmdir(path.c_str()));
}

std::int64_t ProcessId() {
  return getpid();
}

bool LacksRoom(const Fault& fault) {
  return fault.error == ENOSPC || fault.error == EDQUOT;
}

std::int64_t UserId() {
  return static_cast<std::int64_t>(geteuid());
}

std::int64_t WallMicroseconds() {
  return Microseconds(CLOCK_REALTIME);
}

std::int64_t MonotonicMicroseconds() {
  return Microseconds(CLOCK_MONOTONIC);
}

void PrepareThread() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
#ifdef __APPLE__
  pthread_setname_np("dllogger");
#else
  pthread_setname_np(pthread_self(), "dllogger");
#endif
}

bool IsAloneAtExit() {
  return false;
}

void AtExit(void (*function)()) {
#ifdef __APPLE__
  // The handler's code, and the threads', must stay when the last thread that uses the addon ends.
  // Elsewhere a linker option says so.
  Dl_info self = {};
  if (dladdr(reinterpret_cast<const void*>(&AtExit), &self) != 0) {
    static_cast<void>(dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE));
  }
#endif
  std::atexit(function);
#ifndef __APPLE__
  // Bun ends this way.
  std::at_quick_exit(function);
#endif
}

void PrintError(const std::string& line) {
  const std::string text = line + "\n";
  // If this fails, there is nowhere left to report it.
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace dllogger::platform
