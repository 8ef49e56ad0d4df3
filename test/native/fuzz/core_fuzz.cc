// libFuzzer over the targets of fuzz_targets.h. DLLOGGER_FUZZ_TARGET names the target to run. With
// DLLOGGER_FUZZ_SEEDS the program only writes the target's seeds to that directory.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "fuzz/fuzz_targets.h"
#include "support/check.h"

namespace check {

std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

int Failures() {
  return 0;
}

void Fail(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  std::abort();
}

std::string Excerpt(std::string_view text, std::string_view) {
  return std::string(text);
}

}  // namespace check

namespace {

const dllogger::fuzz::Target* wanted = nullptr;

const dllogger::fuzz::Target* FindTarget() {
  const char* name = std::getenv("DLLOGGER_FUZZ_TARGET");
  for (const dllogger::fuzz::Target& target : dllogger::fuzz::Targets()) {
    if (name != nullptr && std::string_view(name) == target.name) return &target;
    if (name == nullptr) std::fprintf(stderr, "%s\n", target.name);
  }
  std::fprintf(stderr, "DLLOGGER_FUZZ_TARGET must name one of these targets\n");
  std::exit(2);
}

void WriteSeeds(const std::string& directory) {
  int count = 0;
  for (const auto& seed : wanted->seeds()) {
    std::ofstream file(directory + "/seed-" + std::to_string(count++), std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  wanted = FindTarget();
  if (const char* directory = std::getenv("DLLOGGER_FUZZ_SEEDS")) {
    WriteSeeds(directory);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  wanted->run(bytes, size);
  return 0;
}
