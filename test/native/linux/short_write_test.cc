// A write that takes no byte and reports no error is a fault: repeating it could go on for ever.
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "linux/faults.h"
#include "platform/platform.h"
#include "ring/ring.h"
#include "ring/ring_file.h"
#include "support/check.h"
#include "support/temp_dir.h"

namespace dllogger {
namespace {

using faults::Action;
using faults::Call;

void TakeNothing(const TempDir& dir) {
  faults::Arm({Call::kWrite, 1, Action::kTakeNothing, 0, true}, dir / "");
}

TEST(ShortWrite, AnOversizedRecordIsRefused) {
  const TempDir dir;
  platform::MappedFile file;
  CHECK_EQ(file.Create(dir / "ring", Ring::kMemorySize).error, 0);
  TakeNothing(dir);
  const Fault fault = file.WriteBehind(0, "record", 6);
  CHECK(faults::Disarm());
  CHECK_EQ(fault.error, EIO);
  CHECK_EQ(file.WriteBehind(0, "record", 6).error, 0);
}

TEST(ShortWrite, ARingInMemoryIsNotSpilled) {
  const TempDir dir;
  RingFile::Options options;
  options.log_path = dir / "log";
  options.refusal = "the test wants none";
  options.memory = platform::MapMemory(Ring::kMemorySize);
  const auto ring = RingFile::Create(std::move(options));
  TakeNothing(dir);
  const Fault fault = ring->Spill();
  CHECK(faults::Disarm());
  CHECK_EQ(fault.error, EIO);
}

}  // namespace
}  // namespace dllogger
