// What differs between processors and has no word in C++.
#pragma once

#include <cstdint>

#if defined(_M_X64) || (defined(_WIN32) && defined(__x86_64__))
#include <intrin.h>
#endif

namespace dllogger::platform {

// A counter of the processor's that runs at a constant rate, whatever it counts; 0 where there is
// none that can be trusted for a millisecond.
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

// Has the cache line of an address fetched for a store that is to come. Does not wait, and cannot
// fault.
inline void PrefetchForStore(const void* address) {
#if defined(_M_X64)
  _m_prefetchw(address);
#elif defined(__x86_64__)
  // The builtin fetches for reading only, unless the oldest processor that is compiled for has it.
  // One that lacks it does nothing.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#elif defined(__GNUC__)
  __builtin_prefetch(address, 1);
#else
  static_cast<void>(address);
#endif
}

}  // namespace dllogger::platform
