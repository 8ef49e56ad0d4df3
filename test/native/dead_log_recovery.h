// What the tests of recover.h share: records of one shape, their lines, and a recovery that must
// work.
#pragma once

#include <string>

#include "check.h"
#include "dead_log.h"
#include "producer.h"
#include "recover.h"

namespace dllogger {

inline const ShapeOf kShape({"loss"});

inline Recovery RecoverGood(const std::string& path) {
  Recovery recovery;
  const Fault fault = RecoverPath(path, &recovery);
  CHECK_EQ(fault.error, 0);
  CHECK_EQ(fault.call, "");
  return recovery;
}

// Lines [first, last) of a log whose ring defines the shape first.
inline std::string Lines(int first, int last) {
  std::string text;
  for (int step = first; step < last; ++step) {
    AppendStepLine(step, kShape, std::to_string(step), &text);
  }
  return text;
}

}  // namespace dllogger
