// Memory that runs out on demand. text.h grows by realloc, and hardly any other code here does.
#pragma once

#include <cstdlib>

#include "support/check.h"

namespace dllogger {

// The `nth` reallocation from now on, in any thread, fails. Owner: a test, one at a time.
class FailingRealloc {
 public:
  // This realloc replaces glibc's, unless a sanitizer does.
#ifdef __GLIBC__
  static constexpr bool kIsSupported = !check::kSanitizer;
#else
  static constexpr bool kIsSupported = false;
#endif

  explicit FailingRealloc(int nth);
  ~FailingRealloc();
  FailingRealloc(const FailingRealloc&) = delete;
  FailingRealloc& operator=(const FailingRealloc&) = delete;

  bool HasFailed() const;
};

// The `nth` `new` of this thread from now on throws, where FailingRealloc is supported. Owner: a
// test.
class FailingNew {
 public:
  explicit FailingNew(int nth);
  ~FailingNew();
  FailingNew(const FailingNew&) = delete;
  FailingNew& operator=(const FailingNew&) = delete;

  bool HasFailed() const;
};

}  // namespace dllogger
