// In the style of SQLite: the first, second, third... call of every kind fails with every error,
// once or until the fault is removed, until a run meets no fault. In every case there is no crash
// and no hang, no record that was taken is missing or doubled, and every line is whole.
#include <cstdio>
#include <memory>
#include <string>

#include "linux/sweep.h"
#include "support/append.h"

namespace dllogger {
namespace {

// The options of a run.
struct Course {
  LogFile::Mode mode;
  bool rotates;  // the log is renamed in the middle, and reopened
};

// A run of a logger, with the expected content of the log.
class Life {
 public:
  Life(const std::string& path, const Course& course)
      : path_(path), mode_(course.mode), expected_(Appends() ? OldText() : "") {}

  bool Appends() const { return mode_ == LogFile::Mode::kAppend; }
  // False when the log could not be opened.
  bool Open() {
    Writer::Options options;
    options.path = path_;
    options.mode = mode_;
    const Writer::Opened opened = Writer::Open(options);
    writer_ = opened.writer;
    if (writer_) producer_ = std::make_unique<Producer>(writer_);
    // No other process holds a lock.
    CHECK_EQ(opened.fault.holder, -1);
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
  // Checks that the result of a flush is true.
  void Flush() {
    const Fault fault = writer_->Flush(producer_->Position());
    if (!fault) {
      CHECK_EQ(Text(), expected_);
    } else {
      CHECK_EQ(writer_->GetStats().faults > 0, true);
    }
    static_cast<void>(writer_->Sync());
  }
  void Rotate() {
    CHECK_EQ(rename(path_.c_str(), Rotated().c_str()), 0);
    is_rotated_ = true;
    Reopen();
  }
  // A writer that cannot reopen its log continues in the old one.
  void Reopen() {
    if (is_rotated_ && !is_reopened_) is_reopened_ = !writer_->Reopen();
  }
  // Checks the end: faults that came once are over, and every refused record was counted.
  void End() {
    Reopen();
    CHECK_EQ(is_reopened_, is_rotated_);
    if (writer_->Flush(producer_->Position())) {
      CHECK_EQ(writer_->Flush(producer_->Position()).error, 0);
    }
    CHECK_EQ(Text(), expected_);
    CHECK_EQ(writer_->GetStats().dropped, refused_);
    CHECK_EQ(writer_->GetStats().unsaved, 0u);
    if (writer_->Close()) CHECK_EQ(writer_->Close().error, 0);
    // Releases the locks, too.
    producer_.reset();
    writer_.reset();
  }
  // The content of all files, in the order of rotation.
  std::string Text() const {
    const std::string old = is_rotated_ ? ReadFile(Rotated()) : "";
    return access(path_.c_str(), F_OK) == 0 ? old + ReadFile(path_) : old;
  }
  const std::string& Expected() const { return expected_; }

 private:
  // The unfinished line of a killed writer is kept, and gets its newline.
  static std::string OldText() { return std::string(kBefore) + kUnfinished + "\n"; }
  std::string Rotated() const { return path_ + ".1"; }

  std::string path_;
  LogFile::Mode mode_;
  Records records_;
  std::shared_ptr<Writer> writer_;
  std::unique_ptr<Producer> producer_;
  bool is_rotated_ = false;
  bool is_reopened_ = false;
  std::string expected_;
  std::uint64_t refused_ = 0;
};

// True when the plan met its call.
bool LiveWith(const faults::Plan& plan, const Course& course) {
  const Run run(plan);
  const TempDir dir(MemoryDisk());
  const std::string path = dir / "log";
  WriteFile(path, std::string(kBefore) + kUnfinished);
  Age(path);
  Life life(path, course);
  faults::Arm(plan, dir / "");
  bool is_met = false;
  if (!life.Open()) {
    is_met = faults::Disarm();
    CHECK(is_met);
    const std::string left = ReadFile(path);
    if (life.Appends() || !left.empty()) {
      CHECK_EQ(left.substr(0, std::strlen(kBefore)), kBefore);
    }
    if (!CHECK(life.Open())) return is_met;
  }
  life.Log(0, 20);
  life.Flush();
  life.Log(20, 40);
  if (course.rotates) life.Rotate();
  life.Flush();
  // Removes the fault. A lasting fault of unlink stays: a ring that cannot be deleted is not
  // reported.
  if (plan.lasts && plan.call != faults::Call::kUnlink) is_met = faults::Disarm() || is_met;
  life.Log(40, Records::kCount);
  life.End();
  is_met = faults::Disarm() || is_met;
  OpenAndClose(path);
  CHECK_EQ(life.Text(), life.Expected());
  // The next run deletes a ring that could not be deleted.
  CHECK_EQ(RingsIn(dir).size(), 0u);
  return is_met;
}

void Sweep(const char* name, const Course& course) {
  int runs = 0;
  const bool is_plain = course.mode == LogFile::Mode::kAppend && !course.rotates;
  for (faults::Plan plan : Plans(!is_plain && !check::IsLong())) {
    // A million writes of a byte are slow: half of each write, again and again, shows the same.
    const bool is_slow = plan.action == faults::Action::kShorten && plan.lasts;
    if (is_slow && !(is_plain && check::IsLong())) continue;
    while (LiveWith(plan, course)) {
      plan.nth = NextCall(plan.nth);
      ++runs;
    }
    // A log that is empty, or is emptied by the open, is not read. A log that is appended to is
    // never shortened.
    const bool is_read = plan.call == faults::Call::kRead;
    const bool is_truncation = plan.call == faults::Call::kTruncate;
    const bool is_truncating = course.mode == LogFile::Mode::kTruncate;
    if (plan.nth == 1 && !(is_read && is_truncating) && !(is_truncation && !is_truncating)) {
      check::Fail(__FILE__, __LINE__, "never called: " + Show(plan));
    }
  }
  std::printf("FaultSweep: %d runs that met their fault, %s\n", runs, name);
}

TEST(FaultSweep, ALogSurvivesEveryCallThatFails) {
  Sweep("appending", {LogFile::Mode::kAppend, false});
}

TEST(FaultSweep, ALogThatIsEmptiedSurvivesEveryCallThatFails) {
  Sweep("emptying", {LogFile::Mode::kTruncate, false});
}

TEST(FaultSweep, ALogThatIsReopenedSurvivesEveryCallThatFails) {
  Sweep("reopening", {LogFile::Mode::kAppend, true});
}

}  // namespace
}  // namespace dllogger
