// The writer when its file makes it wait: a pipe that no process empties.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "support/check.h"
#include "support/child.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

using std::chrono::milliseconds;

Writer::Clock::time_point Soon() {
  return Writer::Clock::now() + milliseconds(20);
}

// The reader's end of a named pipe. Reads only when the test says so.
class Pipe {
 public:
  explicit Pipe(const std::string& path) : path_(path) {
    CHECK_EQ(mkfifo(path.c_str(), 0600), 0);
    Open();
  }
  ~Pipe() {
    if (thread_.joinable()) thread_.join();
    if (descriptor_ != -1) Close();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void Open() { descriptor_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK); }
  void Close() {
    close(descriptor_);
    descriptor_ = -1;
  }

  // Waits until the pipe holds bytes.
  void AwaitBytes() const {
    struct pollfd wait = {descriptor_, POLLIN, 0};
    CHECK_EQ(poll(&wait, 1, -1), 1);
  }

  // Empties the pipe from now on, until no process has it open for writing.
  void StartReading() {
    CHECK_EQ(fcntl(descriptor_, F_SETFL, 0), 0);
    thread_ = std::thread([this] {
      char piece[65536];
      for (;;) {
        const ssize_t size = read(descriptor_, piece, sizeof(piece));
        if (size <= 0) return;
        text_.append(piece, static_cast<std::size_t>(size));
      }
    });
  }
  const std::string& Text() {
    thread_.join();
    return text_;
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::thread thread_;
  std::string text_;
};

// A log into a pipe, with more to write than the pipe holds.
class BlockedLog {
 public:
  explicit BlockedLog(const std::string& path) : writer_(OpenWriter(path)) {
    producer_.emplace(writer_);
    Add(3000);
  }

  void Add(int count) {
    for (int i = 0; i < count; ++i, ++step_) {
      CHECK_EQ(producer_->Publish(StepRecord(step_, shape_, 1), &shape_).error, 0);
      AppendStepLine(step_, shape_, "1", &expected_);
    }
  }
  // Offers a record that does not go through the ring. A repeated call offers the same record.
  void OfferOversized(Fault* fault, Writer::Clock::time_point deadline) {
    const ShapeOf wide({std::string(Ring::kMaxRecord, 'k')});
    const Record definition = ShapeRecord(1, wide.keys);
    Record record = StepRecord(step_, wide, 1);
    RecordHeader header = HeaderOf(record);
    header.shape = 1;
    SetHeader(header, &record);
    const RecordPieces pieces = {{definition.data(), definition.size()},
                                 {record.data(), record.size()}};
    *fault = writer_->WriteOversized(static_cast<std::uint64_t>(step_) + 1, pieces, deadline);
    if (!*fault) AppendStepLine(step_++, wide, "1", &expected_);
  }

  int FlushError(Writer::Clock::time_point deadline = Writer::kNever) {
    return writer_->Flush(producer_->Position(), deadline).error;
  }
  // Closes the file, too, so that the pipe's reader sees the end.
  void Close() {
    CHECK_EQ(writer_->Close().error, 0);
    producer_.reset();
    writer_.reset();
  }

  const std::string& Expected() const { return expected_; }
  dllogger::Writer& Writer() { return *writer_; }
  std::uint32_t Position() const { return producer_->Position(); }

 private:
  std::shared_ptr<dllogger::Writer> writer_;
  std::optional<Producer> producer_;
  ShapeOf shape_{std::vector<std::string>{"loss"}};
  int step_ = 0;
  std::string expected_;
};

TEST(WriterWait, CallsGiveUpAtTheirDeadlineAndMayBeRepeated) {
  const TempDir dir;
  Pipe pipe(dir / "pipe");
  BlockedLog log(dir / "pipe");
  for (int i = 0; i < 3; ++i) {
    const auto start = Writer::Clock::now();
    CHECK(log.Writer().Flush(log.Position(), Soon()).IsWaiting());
    CHECK(log.Writer().WaitForRoom(log.Position(), Soon()).IsWaiting());
    CHECK(log.Writer().Close(Soon()).IsWaiting());
    CHECK(Writer::Clock::now() - start >= milliseconds(60));
    // None of the calls has changed anything.
    log.Add(1);
  }
  pipe.StartReading();
  CHECK_EQ(log.FlushError(), 0);
  log.Add(1);
  CHECK_EQ(log.FlushError(), 0);
  log.Close();
  CHECK_EQ(pipe.Text(), log.Expected());
}

TEST(WriterWait, ACallWhoseDeadlineHasPassedStillReportsWhatIsDone) {
  const TempDir dir;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
  Producer producer(writer);
  ShapeOf shape({"loss"});
  CHECK_EQ(producer.Publish(StepRecord(0, shape, 1), &shape).error, 0);
  CHECK_EQ(writer->Flush(producer.Position()).error, 0);
  const Writer::Clock::time_point past = Writer::Clock::now() - milliseconds(1);
  CHECK_EQ(writer->Flush(producer.Position(), past).error, 0);
  CHECK_EQ(writer->WaitForRoom(producer.Position(), past).error, 0);
  CHECK_EQ(writer->Close().error, 0);
  CHECK_EQ(writer->Close(past).error, 0);
}

TEST(WriterWait, AnOversizedRecordThatHasToWaitIsTakenOnce) {
  const TempDir dir;
  Pipe pipe(dir / "pipe");
  BlockedLog log(dir / "pipe");
  Fault fault;
  for (int i = 0; i < 3; ++i) {
    log.OfferOversized(&fault, Soon());
    CHECK(fault.IsWaiting());
  }
  log.Add(1);
  pipe.StartReading();
  do {
    log.OfferOversized(&fault, Soon());
  } while (fault.IsWaiting());
  CHECK_EQ(fault.error, 0);
  log.Add(1);
  log.Close();
  CHECK_EQ(pipe.Text(), log.Expected());
}

TEST(WriterWait, ARepeatedWaitForRoomReportsAFaultOfTheWait) {
  const TempDir dir;
  Pipe pipe(dir / "pipe");
  BlockedLog log(dir / "pipe");
  CHECK(log.Writer().WaitForRoom(log.Position(), Soon()).IsWaiting());
  pipe.Close();
  // Attempts fail while the caller waits.
  std::this_thread::sleep_for(milliseconds(100));
  Fault fault;
  do {
    fault = log.Writer().WaitForRoom(log.Position(), Soon());
  } while (fault.IsWaiting());
  CHECK_EQ(fault.error, EPIPE);
  pipe.Open();
  pipe.StartReading();
  CHECK_EQ(log.FlushError(), 0);
  log.Close();
}

TEST(WriterWait, ARepeatedFlushReportsAFaultOfTheWait) {
  const TempDir dir;
  Pipe pipe(dir / "pipe");
  BlockedLog log(dir / "pipe");
  CHECK(log.Writer().Flush(log.Position(), Soon()).IsWaiting());
  pipe.Close();
  std::this_thread::sleep_for(milliseconds(100));
  // The repeated call continues the wait, in which attempts have failed.
  CHECK_EQ(log.FlushError(), EPIPE);
  pipe.Open();
  pipe.StartReading();
  CHECK_EQ(log.FlushError(), 0);
  log.Close();
}

TEST(WriterWait, TheEndOfAProcessDoesNotWaitForEver) {
  const TempDir dir;
  RunInChild([&] {
    RedirectErrors(dir / "errors");
    const Pipe pipe(dir / "pipe");
    BlockedLog log(dir / "pipe");
    const auto start = Writer::Clock::now();
    log.Writer().CloseAtExit(start + milliseconds(100));
    CHECK(Writer::Clock::now() - start >= milliseconds(100));
    CHECK(Writer::Clock::now() - start < Writer::kExitGrace);
    CHECK_EQ(ReadFile(dir / "errors").find("dllogger: "), 0u);
  });
}

}  // namespace
}  // namespace dllogger
