// Appends lines to a log, and makes a file old.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "log/file.h"

namespace dllogger {

// Takes the append lock and appends lines.
inline Fault Append(LogFile* file, std::string_view lines, std::size_t* done) {
  LogFile::AppendLock append_lock(file);
  if (Fault fault = append_lock.Begin(lines, done)) return fault;
  return append_lock.Write(lines, done);
}

// Makes a file old, so that its unfinished line counts as abandoned: right after a write the rest
// might still follow.
inline void Age(const std::string& path) {
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

}  // namespace dllogger
