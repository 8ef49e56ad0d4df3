#include "support/failing_realloc.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace dllogger {
namespace {

// Counts down to the call that fails. At zero and below no call fails.
std::atomic<int> calls_left{0};

}  // namespace

FailingRealloc::FailingRealloc(int nth) {
  calls_left = nth;
}
FailingRealloc::~FailingRealloc() {
  calls_left = 0;
}
bool FailingRealloc::HasFailed() const {
  return calls_left <= 0;
}

}  // namespace dllogger

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" void* __libc_realloc(void* memory, std::size_t size);

extern "C" void* realloc(void* memory, std::size_t size) noexcept {
  using dllogger::calls_left;
  if (calls_left > 0 && --calls_left == 0) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_realloc(memory, size);
}
#endif
