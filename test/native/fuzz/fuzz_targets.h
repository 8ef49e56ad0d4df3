// The fuzz targets. Each takes arbitrary bytes and checks properties that must hold for any bytes.
// fuzz_test.cc calls them with random bytes, fuzz/core_fuzz.cc with inputs that find new paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dllogger::fuzz {

struct Target {
  const char* name;
  void (*run)(const std::uint8_t* bytes, std::size_t size);
  // Inputs to start from.
  std::vector<std::vector<std::uint8_t>> (*seeds)();
};

const std::vector<Target>& Targets();

// fuzz_dead_rings.cc: rings as a killed writer leaves them, whole or with damage at known places.
void RunDeadRing(const std::uint8_t* bytes, std::size_t size);
std::vector<std::vector<std::uint8_t>> SeedDeadRings();

}  // namespace dllogger::fuzz
