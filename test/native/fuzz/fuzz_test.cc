// Random damage to good inputs; `npm run fuzz` looks for paths that random damage does not find.
#include "fuzz/fuzz_targets.h"

#include <random>

#include "support/check.h"

namespace dllogger::fuzz {
namespace {

constexpr int kInputs = 300;

TEST(Fuzz, DamagedBytesDoNoHarm) {
  std::mt19937_64 chance(1);
  for (const Target& target : Targets()) {
    const std::vector<std::vector<std::uint8_t>> seeds = target.seeds();
    for (const auto& seed : seeds) target.run(seed.data(), seed.size());
    for (int i = 0; i < check::Scaled(kInputs); ++i) {
      std::vector<std::uint8_t> bytes = seeds[chance() % seeds.size()];
      for (std::uint64_t damage = chance() % 8; damage > 0; --damage) {
        bytes[chance() % bytes.size()] = static_cast<std::uint8_t>(chance());
      }
      const int before = check::Failures();
      target.run(bytes.data(), bytes.size());
      if (check::Failures() > before) std::printf("  input %d of %s\n", i, target.name);
    }
  }
}

}  // namespace
}  // namespace dllogger::fuzz
