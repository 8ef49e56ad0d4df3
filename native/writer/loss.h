// The final report on a log whose writer ends: which records are not saved, and why.
#pragma once

#include <cstdint>
#include <string>

#include "platform/platform.h"

namespace dllogger {

struct Loss {
  std::uint64_t unsaved = 0;  // records that are waiting, for this reason:
  Fault fault;
  bool is_recoverable = false;  // they are in the ring's file
  std::uint64_t dropped = 0;    // records that found no room while writing failed
  std::uint64_t damaged = 0;    // records that could not be read in the ring
};

// The report; empty if nothing is lost.
std::string Describe(const Loss& loss, const std::string& path);

}  // namespace dllogger
