// See faults.h. Also built as a library that can be preloaded into a program. An environment
// variable arms it: DLLOGGER_FAULTS="CALL NTH ACTION ERROR LASTS PREFIX", the first five as
// numbers.
#include "linux/faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace faults {
namespace {

std::atomic<bool> is_armed{false};
std::mutex mutex;
Plan plan;
char prefix[PATH_MAX];
int seen = 0;
bool is_met = false;

bool IsOurs(const char* path) {
  return std::strncmp(path, prefix, std::strlen(prefix)) == 0;
}

bool IsOurs(int descriptor) {
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return IsOurs(path);
}

// The action for a call. kFail without an error means none.
template <typename Where>
Plan Next(Call call, Where where) {
  Plan nothing;
  if (!is_armed.load(std::memory_order_acquire)) return nothing;
  const int saved = errno;
  const std::scoped_lock lock(mutex);
  const bool counts = (plan.call == Call::kAny || plan.call == call) && IsOurs(where);
  errno = saved;
  if (!counts) return nothing;
  ++seen;
  if (seen != plan.nth && !(plan.lasts && seen > plan.nth)) return nothing;
  is_met = true;
  return plan;
}

void Die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

void Stop() {
  // Not kill(), after which this thread could run on for a while.
  raise(SIGSTOP);
}

// Makes the call, or carries out the plan's action.
template <typename Where, typename Make>
auto Guarded(Call call, Where where, Make make) -> decltype(make()) {
  const Plan now = Next(call, where);
  if (now.error != 0) {
    errno = now.error;
    return static_cast<decltype(make())>(-1);
  }
  if (now.action == Action::kKillBefore || now.action == Action::kKillHalfway) Die();
  if (now.action == Action::kStopBefore) Stop();
  const auto result = make();
  if (now.action == Action::kKillAfter) Die();
  return result;
}

template <typename Make>
ssize_t GuardedWrite(int descriptor, std::size_t count, Make make) {
  const Plan now = Next(Call::kWrite, descriptor);
  if (now.error != 0) {
    errno = now.error;
    return -1;
  }
  switch (now.action) {
    case Action::kKillBefore:
      Die();
      break;
    case Action::kShorten:
      return make(count < 1 ? count : 1);
    case Action::kTakeNothing:
      return 0;
    case Action::kHalve:
      return make(count < 2 ? count : count / 2);
    case Action::kKillHalfway:
      static_cast<void>(make(count / 2));
      Die();
      break;
    case Action::kKillAfter:
      static_cast<void>(make(count));
      Die();
      break;
    case Action::kStopBefore:
      Stop();
      break;
    case Action::kFail:
      break;
  }
  return make(count);
}

// Replaces the C library's syscall() without looking it up: sanitizers map memory by syscall(), and
// C++ libraries guard the initialisation of statics by it, before a look-up works.
long CallKernel(long number, const long (&arguments)[6]) {
#if defined(__x86_64__)
  register long r10 asm("r10") = arguments[3];
  register long r8 asm("r8") = arguments[4];
  register long r9 asm("r9") = arguments[5];
  long result = number;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
#else
  register long x0 asm("x0") = arguments[0];
  register long x1 asm("x1") = arguments[1];
  register long x2 asm("x2") = arguments[2];
  register long x3 asm("x3") = arguments[3];
  register long x4 asm("x4") = arguments[4];
  register long x5 asm("x5") = arguments[5];
  register long x8 asm("x8") = number;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
               : "memory");
  const long result = x0;
#endif
  constexpr long kErrors = 4096;
  if (result >= 0 || result <= -kErrors) return result;
  errno = static_cast<int>(-result);
  return -1;
}

template <typename Function>
Function* System(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Arms the preloaded library.
__attribute__((constructor)) void ArmFromEnvironment() {
  const char* text = std::getenv("DLLOGGER_FAULTS");
  if (text == nullptr) return;
  int call = 0;
  int action = 0;
  int lasts = 0;
  int start = 0;
  Plan wanted;
  if (std::sscanf(text, "%d %d %d %d %d %n", &call, &wanted.nth, &action, &wanted.error, &lasts,
                  &start) != 5) {
    return;
  }
  wanted.call = static_cast<Call>(call);
  wanted.action = static_cast<Action>(action);
  wanted.lasts = lasts != 0;
  Arm(wanted, text + start);
}

}  // namespace

void Arm(const Plan& wanted, const std::string& path) {
  const std::scoped_lock lock(mutex);
  plan = wanted;
  std::snprintf(prefix, sizeof(prefix), "%s", path.c_str());
  seen = 0;
  is_met = false;
  is_armed = true;
}

bool Disarm() {
  is_armed = false;
  const std::scoped_lock lock(mutex);
  return is_met;
}

}  // namespace faults

using faults::Call;
using faults::CallKernel;
using faults::Guarded;
using faults::System;

// Whether this C library declares its functions noexcept; definitions here must match.
constexpr bool kIsNoexcept = noexcept(getpid());

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* const system = System<int(const char*, int, ...)>("open");
  return Guarded(Call::kOpen, path, [=] { return system(path, flags, mode); });
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* const system = System<ssize_t(int, const void*, size_t)>("write");
  return faults::GuardedWrite(descriptor, count,
                              [=](size_t some) { return system(descriptor, bytes, some); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  static auto* const system = System<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return faults::GuardedWrite(descriptor, count,
                              [=](size_t some) { return system(descriptor, bytes, some, offset); });
}

ssize_t pread(int descriptor, void* bytes, size_t count, off_t offset) {
  static auto* const system = System<ssize_t(int, void*, size_t, off_t)>("pread");
  return Guarded(Call::kRead, descriptor, [=] { return system(descriptor, bytes, count, offset); });
}

int ftruncate(int descriptor, off_t size) noexcept(kIsNoexcept) {
  static auto* const system = System<int(int, off_t)>("ftruncate");
  return Guarded(Call::kTruncate, descriptor, [=] { return system(descriptor, size); });
}

int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  static auto* const system = System<int(int, int, off_t, off_t)>("fallocate");
  return Guarded(Call::kReserve, descriptor,
                 [=] { return system(descriptor, mode, offset, size); });
}

int fsync(int descriptor) {
  static auto* const system = System<int(int)>("fsync");
  return Guarded(Call::kSync, descriptor, [=] { return system(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const system = System<int(int)>("fdatasync");
  return Guarded(Call::kSync, descriptor, [=] { return system(descriptor); });
}

int unlink(const char* path) noexcept(kIsNoexcept) {
  static auto* const system = System<int(const char*)>("unlink");
  return Guarded(Call::kUnlink, path, [=] { return system(path); });
}

int fstat(int descriptor, struct stat* status) noexcept(kIsNoexcept) {
  static auto* const system = System<int(int, struct stat*)>("fstat");
  return Guarded(Call::kStatus, descriptor, [=] { return system(descriptor, status); });
}

long syscall(long number, ...) noexcept(kIsNoexcept) {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  const auto make = [&] { return CallKernel(number, arguments); };
  if (number != SYS_statx) return make();
  const auto* const path = reinterpret_cast<const char*>(arguments[1]);
  return *path == '\0' ? Guarded(Call::kStatus, static_cast<int>(arguments[0]), make)
                       : Guarded(Call::kStatus, path, make);
}

int fcntl(int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  static auto* const system = System<int(int, int, ...)>("fcntl");
  const auto make = [=] { return system(descriptor, command, argument); };
  const bool takes_lock = command == F_OFD_SETLK || command == F_OFD_SETLKW;
  const bool gives_back = takes_lock && static_cast<struct flock*>(argument)->l_type == F_UNLCK;
  return takes_lock && !gives_back ? Guarded(Call::kLock, descriptor, make) : make();
}

void* mmap(void* address, size_t size, int protection, int flags, int descriptor,
           off_t offset) noexcept(kIsNoexcept) {
  const auto make = [=] {
    return CallKernel(SYS_mmap, {reinterpret_cast<long>(address), static_cast<long>(size),
                                 protection, flags, descriptor, offset});
  };
  const long result = descriptor < 0 ? make() : Guarded(Call::kMap, descriptor, make);
  return reinterpret_cast<void*>(result);
}

}  // extern "C"
