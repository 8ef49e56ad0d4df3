// A directory for one test, and whole files as strings.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "support/check.h"

namespace dllogger {

// Owner: a test. Deletes the directory with all its files at the end.
class TempDir {
 public:
  TempDir() : TempDir(std::filesystem::temp_directory_path()) {}
  explicit TempDir(const std::filesystem::path& parent) {
    std::string pattern = (parent / "dllogger core XXXXXX").string();
    if (CHECK(mkdtemp(pattern.data()) != nullptr)) path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// A directory whose files are in memory, if there is one, so that thousands of runs do not wait for
// a device.
inline std::filesystem::path MemoryDisk() {
  const std::filesystem::path shared = "/dev/shm";
  std::error_code error;
  return std::filesystem::is_directory(shared, error) ? shared
                                                      : std::filesystem::temp_directory_path();
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  CHECK(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void WriteFile(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  CHECK(file.good());
}

}  // namespace dllogger
