// Runs all tests, or those whose `Suite.Name` contains an argument; -v names and times each.
// --part=I/N runs every Nth of them from the Ith on, I from 0: N processes share the tests.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <mutex>

#include "support/check.h"

namespace check {
namespace {

// Time limit of a test in seconds, so that a test that hangs ends.
constexpr unsigned kLimitSeconds = 900;

// Number of failures to print of one test.
constexpr int kMaxPrinted = 10;

std::mutex print_mutex;
std::atomic<int> failures{0};
std::atomic<bool> is_skipped{false};
char running[200];

void TooLate(int) {
  constexpr std::string_view kMessage = ": not finished within the time limit\n";
  static_cast<void>(!write(STDOUT_FILENO, running, std::strlen(running)));
  static_cast<void>(!write(STDOUT_FILENO, kMessage.data(), kMessage.size()));
  _exit(1);
}

struct Part {
  int index = 0;
  int count = 1;
};

bool IsWanted(const std::string& name, const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    if (name.find(filter) != std::string::npos) return true;
  }
  return filters.empty();
}

}  // namespace

std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

int Failures() {
  return failures;
}

void Fail(const char* file, int line, const std::string& what) {
  const int count = ++failures;
  if (count > kMaxPrinted) return;
  const std::lock_guard lock(print_mutex);
  std::printf("%s:%d: %s: %s\n", file, line, running, what.c_str());
  if (count == kMaxPrinted) std::printf("  (further failures of this test are not shown)\n");
  std::fflush(stdout);
}

void Skip(const std::string& reason) {
  is_skipped = true;
  const std::lock_guard lock(print_mutex);
  std::printf("skipped %s: %s\n", running, reason.c_str());
  std::fflush(stdout);
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') quoted += '\\';
    if (character >= ' ' && character <= '~') {
      quoted += character;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof(hex), "\\x%02x", static_cast<unsigned char>(character));
      quoted += hex;
    }
  }
  return quoted + "\"";
}

std::string Excerpt(std::string_view text, std::string_view other) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kShown = 200;
  std::size_t same = 0;
  while (same < text.size() && same < other.size() && text[same] == other[same]) ++same;
  const std::size_t from = text.size() <= kShown || same < kBefore ? 0 : same - kBefore;
  return Quoted(text.substr(from, kShown)) + " (from " + std::to_string(from) + " of " +
         std::to_string(text.size()) + ", differing at " + std::to_string(same) + ")";
}

static int RunAll(const std::vector<std::string>& filters, const Part& part, bool is_verbose) {
  std::signal(SIGALRM, TooLate);
  int passed = 0;
  int failed = 0;
  int wanted = 0;
  for (const Case& one : Cases()) {
    const std::string name = std::string(one.suite) + "." + one.name;
    if (!IsWanted(name, filters)) continue;
    if (wanted++ % part.count != part.index) continue;
    std::snprintf(running, sizeof(running), "%s", name.c_str());
    if (is_verbose) std::printf("%s\n", running);
    std::fflush(stdout);
    failures = 0;
    is_skipped = false;
    const auto start = std::chrono::steady_clock::now();
    alarm(kLimitSeconds);
    one.run();
    alarm(0);
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    if (is_verbose) std::printf("    %.0f ms\n", taken.count());
    if (failures != 0) {
      ++failed;
    } else if (!is_skipped) {
      ++passed;
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  // A misspelt name must not look like success.
  return failed == 0 && wanted > 0 ? 0 : 1;
}

}  // namespace check

int main(int argc, char** argv) {
  std::vector<std::string> filters;
  check::Part part;
  bool is_verbose = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "-v") == 0) {
      is_verbose = true;
    } else if (std::sscanf(argv[i], "--part=%d/%d", &part.index, &part.count) == 2) {
      if (part.index < 0 || part.index >= part.count) {
        std::printf("%s: the first number must be below the second\n", argv[i]);
        return 1;
      }
    } else {
      filters.emplace_back(argv[i]);
    }
  }
  return check::RunAll(filters, part, is_verbose);
}
