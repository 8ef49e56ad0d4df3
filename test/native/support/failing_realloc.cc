#include "support/failing_realloc.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace dllogger {
namespace {

// Counts down to the call that fails. At zero and below no call fails.
std::atomic<int> calls_left{0};
thread_local int news_left = 0;

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

FailingNew::FailingNew(int nth) {
  news_left = nth;
}
FailingNew::~FailingNew() {
  news_left = 0;
}
bool FailingNew::HasFailed() const {
  return news_left <= 0;
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

void* operator new(std::size_t size) {
  using dllogger::news_left;
  if (news_left > 0 && --news_left == 0) throw std::bad_alloc();
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif
