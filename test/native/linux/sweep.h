// Shared by the sweeps: a log with lines in it, records to add, and the calls and errors to try.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "linux/faults.h"
#include "log/dead_log.h"
#include "ring/ring_file.h"
#include "support/check.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {

// The call to try after the `nth`. The short tests try every call up to the fourth, and then every
// eleventh: a record's own calls repeat.
inline int NextCall(int nth) {
  return check::IsLong() || check::kSanitizer || nth < 4 ? nth + 1 : nth + 11;
}

// The log before its runs, and the unfinished line that a killed run has left.
constexpr const char* kBefore = "DLLL {\"before\": 1}\nDLLL {\"before\": 2}\n";
constexpr const char* kUnfinished = "DLLL {\"before\": \"unfin";

// Records of several shapes with their lines. The ring does not take two of them, and some are so
// long that a few fill a batch.
class Records {
 public:
  static constexpr int kCount = 60;
  // The first record that the ring does not take; the second is the fourth after it.
  static constexpr int kLarge = 29;

  Fault Publish(int step, Producer* producer) {
    return producer->Publish(Shared().records[static_cast<std::size_t>(step)],
                             &shapes_[ShapeOfStep(step)]);
  }
  const std::string& Line(int step) const { return Shared().lines[static_cast<std::size_t>(step)]; }

 private:
  // What all runs have in common. To make the long texts anew for each run takes a third of its
  // time.
  struct Content {
    std::vector<Record> records;
    std::vector<std::string> lines;
  };

  static const Content& Shared() {
    static const Content content = MakeContent();
    return content;
  }
  static Content MakeContent() {
    Content content;
    const std::vector<ShapeOf> shapes = Shapes();
    for (int step = 0; step < kCount; ++step) {
      const ShapeOf& shape = shapes[ShapeOfStep(step)];
      const std::string text = TextOf(step);
      content.records.push_back(text.empty() ? StepRecord(step, shape, 1) : TextRecord(step, text));
      std::string value = "1";
      if (!text.empty()) value = '"' + Escaped(text) + '"';
      AppendStepLine(step, shape, value, &content.lines.emplace_back());
    }
    return content;
  }
  static std::vector<ShapeOf> Shapes() {
    return {ShapeOf({"loss"}), ShapeOf({"lr"}), ShapeOf({"epoch"})};
  }
  static std::size_t ShapeOfStep(int step) { return static_cast<std::size_t>(step / 7 % 3); }

  // The large values; empty for a step whose value is a number.
  static std::string TextOf(int step) {
    if (step == kLarge || step == kLarge + 4) return std::string(300000, 'x');
    if (step > 40 && step % 4 == 1) return std::string(20000, '\1');
    return {};
  }
  static std::string Escaped(const std::string& text) {
    if (text[0] != '\1') return text;
    std::string escaped;
    for (std::size_t i = 0; i < text.size(); ++i) escaped += "\\u0001";
    return escaped;
  }
  static Record TextRecord(int step, const std::string& text) {
    RecordBuilder builder(Kind::kLog);
    builder.Times(1795391251000000.0 + step, step).Number(step);
    return builder.Latin1(text).Build();
  }

  std::vector<ShapeOf> shapes_ = Shapes();
};

// Memory that a forked child shares with its parent. It survives the child's death.
class Witness {
 public:
  Witness()
      : memory_(mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    CHECK(memory_ != MAP_FAILED);
    Count() = 0;
  }
  ~Witness() { munmap(memory_, sizeof(std::atomic<int>)); }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  std::atomic<int>& Count() const { return *static_cast<std::atomic<int>*>(memory_); }

 private:
  void* memory_;
};

// Opens the log as the next run would, and closes it.
inline void OpenAndClose(const std::string& path) {
  CHECK_EQ(OpenWriter(path, LogFile::Mode::kAppend)->Close().error, 0);
}

inline std::string Show(const faults::Plan& plan) {
  return "call " + std::to_string(static_cast<int>(plan.call)) + " number " +
         std::to_string(plan.nth) + " action " + std::to_string(static_cast<int>(plan.action)) +
         " error " + std::to_string(plan.error) + (plan.lasts ? " lasting" : "");
}

// Names the run in the messages of its failed checks.
class Run {
 public:
  explicit Run(const faults::Plan& plan) : plan_(plan), failures_(check::Failures()) {}
  ~Run() {
    if (check::Failures() > failures_) std::printf("  in the run of %s\n", Show(plan_).c_str());
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

 private:
  faults::Plan plan_;
  int failures_;
};

// Plans for every call with every error, or with two errors of each if `is_brief`, once and
// lasting, and for short writes.
inline std::vector<faults::Plan> Plans(bool is_brief) {
  using faults::Action;
  using faults::Call;
  struct Errors {
    Call call;
    std::vector<int> errors;
  };
  const std::vector<Errors> all = {
      {Call::kOpen, {EINTR, EIO, ENOSPC, EMFILE, EPERM}},
      {Call::kRead, {EINTR, EIO}},
      {Call::kWrite, {EINTR, EIO, ENOSPC, EAGAIN, EDQUOT, ETIMEDOUT}},
      {Call::kTruncate, {EINTR, EIO, EPERM}},
      {Call::kReserve, {EINTR, EIO, ENOSPC, EDQUOT, EOPNOTSUPP}},
      {Call::kSync, {EINTR, EIO, ENOSPC, EDQUOT, ETIMEDOUT}},
      {Call::kLock, {EINTR, EIO, ENOLCK, EAGAIN, EACCES}},
      {Call::kMap, {EAGAIN, ENOMEM, ENODEV}},
      {Call::kUnlink, {EIO, EPERM}},
      {Call::kStatus, {EIO, ENOMEM}},
  };
  std::vector<faults::Plan> plans;
  for (const Errors& one : all) {
    for (const int error : one.errors) {
      // Sanitizers slow everything down, and the code tells few errors apart.
      if (check::kSanitizer && error != one.errors[1]) continue;
      if (is_brief && error != one.errors[0] && error != one.errors[1]) continue;
      plans.push_back({one.call, 1, Action::kFail, error, false});
      // No lasting EINTR: it is no fault of the disk, and the call would be repeated for ever.
      if (error != EINTR && !check::kThreadSanitizer)
        plans.push_back({one.call, 1, Action::kFail, error, true});
    }
  }
  for (const Action action : {Action::kShorten, Action::kHalve}) {
    plans.push_back({Call::kWrite, 1, action, 0, false});
    plans.push_back({Call::kWrite, 1, action, 0, true});
  }
  return plans;
}

}  // namespace dllogger
