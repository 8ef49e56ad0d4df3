// Shared by the tests of recover.h: records of one shape, their lines, and a recovery that must
// succeed.
#pragma once

#include <string>
#include <string_view>

#include "log/dead_log.h"
#include "log/recover.h"
#include "support/check.h"
#include "support/producer.h"

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
inline std::string LineRange(int first, int last) {
  std::string text;
  for (int step = first; step < last; ++step) {
    AppendStepLine(step, kShape, std::to_string(step), &text);
  }
  return text;
}

// Leaves a log that holds `text`, and lacks the records 0 to `records` - 1 of a dead writer.
inline void LeaveRing(const TempDir& dir, std::string_view text, int records) {
  DeadLog log(dir / "log", text);
  // Making the ring has emptied the log.
  WriteFile(dir / "log", text);
  log.Define(kShape);
  for (int step = 0; step < records; ++step) log.Log(step, kShape);
}

}  // namespace dllogger
