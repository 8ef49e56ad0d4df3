#include <algorithm>
#include <string>
#include <vector>

#include "platform/platform.h"
#include "support/check.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

// The names `.` and `..` are left out: a new directory may have the file number of a deleted log,
// and a search for the log by number would find the directory.
TEST(Platform, AListingLeavesOutTheDirectoryItself) {
  const TempDir dir;
  WriteFile(dir / "log", "");
  WriteFile(dir / "..hidden", "");
  std::vector<std::string> names;
  CHECK(!platform::ListDirectory(dir / ".", &names));
  std::sort(names.begin(), names.end());
  CHECK_EQ(names.size(), 2u);
  CHECK_EQ(names.at(0), "..hidden");
  CHECK_EQ(names.at(1), "log");
}

}  // namespace
}  // namespace dllogger
