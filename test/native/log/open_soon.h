// Opens a log that another process may have locked, and gives up soon.
#pragma once

#include <chrono>
#include <string>

#include "log/file.h"
#include "writer/writer.h"

namespace dllogger {

inline LogFile::Deadline Soon() {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
}

inline Writer::Opened OpenSoon(const std::string& path, LogFile::Mode mode) {
  Writer::Options options;
  options.path = path;
  options.mode = mode;
  options.deadline = Soon();
  return Writer::Open(options);
}

}  // namespace dllogger
