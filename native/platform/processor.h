// Features that differ between processors and that C++ has no name for.
#pragma once

#include <cstdint>

#if defined(_M_X64) || (defined(_WIN32) && defined(__x86_64__))
#include <intrin.h>
#endif

namespace dllogger::platform {

// A counter of the processor that runs at a constant rate, in unspecified units; 0 if the processor
// has none that is reliable over a millisecond.
inline std::uint64_t Ticks() {
#if defined(_M_X64) || (defined(_WIN32) && defined(__x86_64__))
  return __rdtsc();
#elif defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__) && !defined(_WIN32)
  std::uint64_t ticks = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

// Starts fetching the cache line of an address for a later store. Does not wait, and cannot fault.
inline void PrefetchForStore(const void* address) {
#if defined(_M_X64)
  _m_prefetchw(address);
#elif defined(__x86_64__)
  // The builtin fetches for reading only, unless the oldest processor targeted has prefetchw. A
  // processor without it ignores the instruction.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#elif defined(__GNUC__)
  __builtin_prefetch(address, 1);
#else
  static_cast<void>(address);
#endif
}

}  // namespace dllogger::platform
