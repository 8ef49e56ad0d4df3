// Makes the close of the file that DLLOGGER_FAILING_CLOSE names fail with EIO, as a network file
// system does that finds no room for bytes it has accepted. The descriptor is closed nevertheless.
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool IsNamed(int descriptor) {
  const char* name = std::getenv("DLLOGGER_FAILING_CLOSE");
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (name == nullptr || size <= 0) return false;
  path[size] = '\0';
  return std::strcmp(path, name) == 0;
}

int FailAfter(bool is_named, long result) {
  if (!is_named) return static_cast<int>(result);
  errno = EIO;
  return -1;
}

template <typename Function>
Function Real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int close(int descriptor) {
  static const auto real = Real<int (*)(int)>("close");
  const bool is_named = IsNamed(descriptor);
  return FailAfter(is_named, real(descriptor));
}

long syscall(long number, ...) {
  static const auto real = Real<long (*)(long, ...)>("syscall");
  long arguments[6];
  va_list list;
  va_start(list, number);
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  const bool is_named = number == SYS_close && IsNamed(static_cast<int>(arguments[0]));
  const long result = real(number, arguments[0], arguments[1], arguments[2], arguments[3],
                           arguments[4], arguments[5]);
  return is_named ? FailAfter(true, result) : result;
}
}
