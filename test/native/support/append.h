// Lines into a log, and a file as an old one.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "log/file.h"

namespace dllogger {

// A turn for lines whose fate nobody has to know.
inline Fault Append(LogFile* file, std::string_view lines, std::size_t* done) {
  LogFile::Turn turn(file);
  if (Fault fault = turn.Begin(lines, done)) return fault;
  return turn.Write(lines, done);
}

// What it ends in was not written just now, when the rest might follow.
inline void Age(const std::string& path) {
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

}  // namespace dllogger
