// In the style of SQLite: the first, second, third... call of every kind fails with every error,
// once or until it is healed, until a run meets no fault. Whatever happens: no crash, no hang, no
// record that was taken is missing, none is there twice, and every line is whole.
#include <string>

#include "sweep.h"

namespace dllogger {
namespace {

// A run of a logger, and what the log is to hold.
class Life {
 public:
  explicit Life(const std::string& path) : path_(path) {}

  // False when the log could not be opened.
  bool Open() {
    Writer::Options options;
    options.path = path_;
    options.mode = LogFile::Mode::kAppend;
    const Writer::Opened opened = Writer::Open(options);
    writer_ = opened.writer;
    if (writer_) producer_ = std::make_unique<Producer>(writer_);
    return writer_ != nullptr;
  }
  void Log(int from, int to) {
    for (int step = from; step < to; ++step) {
      if (records_.Publish(step, producer_.get())) {
        ++refused_;
      } else {
        expected_ += records_.Line(step);
      }
    }
  }
  // What flush says is true.
  void Flush() {
    const Fault fault = writer_->Flush(producer_->Position());
    if (!fault) {
      CHECK_EQ(ReadFile(path_), expected_);
    } else {
      CHECK_EQ(writer_->GetStats().faults > 0, true);
    }
    static_cast<void>(writer_->Sync());
  }
  // What failed once has healed, and every refusal was counted.
  void End() {
    if (writer_->Flush(producer_->Position())) {
      CHECK_EQ(writer_->Flush(producer_->Position()).error, 0);
    }
    CHECK_EQ(ReadFile(path_), expected_);
    CHECK_EQ(writer_->GetStats().dropped, refused_);
    CHECK_EQ(writer_->GetStats().unsaved, 0u);
    if (writer_->Close()) CHECK_EQ(writer_->Close().error, 0);
    // And with them the locks.
    producer_.reset();
    writer_.reset();
  }
  const std::string& Expected() const { return expected_; }

 private:
  std::string path_;
  Records records_;
  std::shared_ptr<Writer> writer_;
  std::unique_ptr<Producer> producer_;
  std::string expected_ = kBefore;
  std::uint64_t refused_ = 0;
};

// True when the plan met its call.
bool LiveWith(const faults::Plan& plan) {
  const Run run(plan);
  const TempDir dir(kMemoryDisk);
  const std::string path = dir / "log";
  WriteFile(path, std::string(kBefore) + kTorn);
  Life life(path);
  faults::Arm(plan, dir / "");
  bool is_met = false;
  if (!life.Open()) {
    is_met = faults::Disarm();
    CHECK(is_met);
    CHECK_EQ(ReadFile(path).substr(0, std::strlen(kBefore)), kBefore);
    if (!CHECK(life.Open())) return is_met;
  }
  life.Log(0, 20);
  life.Flush();
  life.Log(20, 40);
  life.Flush();
  // A ring that cannot be deleted is nobody's fault to see; the rest heals here.
  if (plan.lasts && plan.call != faults::Call::kUnlink) is_met = faults::Disarm() || is_met;
  life.Log(40, Records::kCount);
  life.End();
  is_met = faults::Disarm() || is_met;
  OpenAndClose(path);
  CHECK_EQ(ReadFile(path), life.Expected());
  // A ring that could not be deleted was, by the run after it.
  CHECK_EQ(RingsIn(dir).size(), 0u);
  return is_met;
}

TEST(FaultSweep, ALogSurvivesEveryCallThatFails) {
  int runs = 0;
  for (faults::Plan plan : Plans()) {
    while (LiveWith(plan)) {
      ++plan.nth;
      ++runs;
    }
    if (plan.nth == 1) check::Fail(__FILE__, __LINE__, "never called: " + Show(plan));
  }
  std::printf("FaultSweep: %d runs that met their fault\n", runs);
}

}  // namespace
}  // namespace dllogger
