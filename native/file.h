// The log file: opening, who may truncate it, appending whole lines. Errors are values.
//
// Owner: a Writer. Open() is called by the thread that creates it, Append() by the writer thread,
// Sync() by whoever waits for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/platform.h"

namespace dllogger {

class LogFile {
 public:
  enum class Mode : std::uint8_t { kTruncate, kAppend };

  // How long truncating waits for writers that are still draining before it gives up.
  static constexpr int kHolderGraceMilliseconds = 2000;

  // Opens the log for appending, after emptying it in Mode::kTruncate. `holder` becomes the process
  // id of a live writer when that is what stands in the way, -1 otherwise.
  Fault Open(const std::string& path, Mode mode, std::int64_t* holder);

  // Appends lines[*done..], which are whole lines, and moves *done to what is in the file. After a
  // fault, calling again resumes at exactly that character.
  Fault Append(std::string_view lines, std::size_t* done);

  Fault Sync() { return file_.Sync(); }

 private:
  Fault TakeOver(std::int64_t* holder);
  Fault EndLastLine();
  void CutToWholeLines(std::string_view lines, std::size_t* done);

  platform::File file_;
};

}  // namespace dllogger
