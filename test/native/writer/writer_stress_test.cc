// The ring and its writer under load, with pauses of every length between.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/check.h"
#include "support/producer.h"
#include "support/temp_dir.h"
#include "writer/writer.h"

namespace dllogger {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Pauses after which the writer looks again, naps, or sleeps until it is woken.
void Pause(std::mt19937_64* random) {
  const std::uint64_t kind = (*random)() % 100;
  if (kind < 60) {
    std::this_thread::yield();
  } else if (kind < 85) {
    std::this_thread::sleep_for(microseconds((*random)() % 5000));
  } else if (kind < 98) {
    std::this_thread::sleep_for(milliseconds(15 + (*random)() % 30));
  } else {
    std::this_thread::sleep_for(milliseconds(350 + (*random)() % 50));
  }
}

std::vector<ShapeOf> SomeShapes(const std::string& name) {
  return {ShapeOf({name}), ShapeOf({}), ShapeOf({name, "accuracy", "lr"}),
          ShapeOf({"a key that is somewhat longer than the others", name})};
}

// Logs steps, most of them of one shape, and keeps the lines that the file must hold.
class Load {
 public:
  Load(const std::shared_ptr<Writer>& writer, const std::string& name, std::uint64_t seed)
      : producer_(writer), shapes_(SomeShapes(name)), random_(seed) {}

  std::string Log(int count) {
    std::string expected;
    for (int i = 0; i < count; ++i, ++step_) {
      ShapeOf& shape = shapes_[random_() % 16 == 0 ? random_() % shapes_.size() : 0];
      const int value = step_ % 1000;
      if (!CHECK_EQ(producer_.Publish(StepRecord(step_, shape, value), &shape).error, 0)) break;
      AppendStepLine(step_, shape, std::to_string(value), &expected);
      if (i >= next_pause_) {
        next_pause_ = i + static_cast<int>(random_() % 40000);
        Pause(&random_);
      }
    }
    next_pause_ = 0;
    return expected;
  }

  std::uint32_t Position() const { return producer_.Position(); }

 private:
  Producer producer_;
  std::vector<ShapeOf> shapes_;
  std::mt19937_64 random_;
  int step_ = 0;
  int next_pause_ = 0;
};

TEST(WriterStress, ManyRecordsArriveOnceAndInOrder) {
  const TempDir dir;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
  Load load(writer, "loss", 1);
  // Two million with DLLOGGER_LONG. Checked piece by piece, and emptied under the writer, so that
  // the file does not grow to 300 MB.
  for (int piece = 0; piece < 4; ++piece) {
    const std::string expected = load.Log(check::Scaled(500000));
    CHECK_EQ(writer->Flush(load.Position()).error, 0);
    CHECK_EQ(ReadFile(dir / "log"), expected);
    CHECK_EQ(truncate((dir / "log").c_str(), 0), 0);
  }
  CHECK_EQ(writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), "");
}

TEST(WriterStress, WritersOfManyThreadsDoNotDisturbEachOther) {
  const TempDir dir;
  const int count = check::Scaled(50000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string path = dir / std::to_string(i);
      const std::shared_ptr<Writer> writer = OpenWriter(path);
      Load load(writer, "thread" + std::to_string(i), static_cast<std::uint64_t>(i));
      const std::string expected = load.Log(count);
      CHECK_EQ(writer->Close().error, 0);
      CHECK_EQ(ReadFile(path), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// The lines of `text` that have `mark` in them.
std::string LinesWith(const std::string& mark, const std::string& text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    if (line.find(mark) != std::string::npos) lines += line;
    at = end;
  }
  return lines;
}

TEST(WriterStress, WritersOfManyThreadsShareALog) {
  const TempDir dir;
  const int count = check::Scaled(30000);
  constexpr std::size_t kThreads = 3;
  std::vector<std::thread> threads;
  std::vector<std::string> expected(kThreads);
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const std::shared_ptr<Writer> writer = OpenWriter(dir / "log", LogFile::Mode::kAppend);
      Load load(writer, "thread" + std::to_string(i), i);
      expected[i] = load.Log(count);
      CHECK_EQ(writer->Close().error, 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = ReadFile(dir / "log");
  std::size_t size = 0;
  for (std::size_t i = 0; i < kThreads; ++i) {
    const std::string mark = "\"thread" + std::to_string(i) + "\"";
    CHECK_EQ(LinesWith(mark, text), LinesWith(mark, expected[i]));
    size += expected[i].size();
  }
  // The lines without a mark are there, too.
  CHECK_EQ(text.size(), size);
}

// Waits for a state of the writer, for a limited time: the state may pass between two checks.
bool Sees(const Ring& ring, Consumer state) {
  for (int looks = 0; looks < 2000; ++looks) {
    if (ring.ConsumerState() == state) return true;
  }
  return false;
}

// Waking the writer by hand uses up its naps, so that it falls asleep after some hundred
// microseconds instead of 300 milliseconds, and again after each further waking. At that moment a
// record is published.
TEST(WriterStress, NoRecordIsMissedByAWriterThatFallsAsleep) {
  const TempDir dir;
  const std::shared_ptr<Writer> writer = OpenWriter(dir / "log");
  const Ring ring(writer->Memory().get());
  Producer producer(writer);
  ShapeOf shape({"loss"});
  std::mt19937_64 random(7);
  std::string expected;
  const auto span = milliseconds(check::IsLong() || check::kSanitizer ? 2000 : 500);
  const auto end = Writer::Clock::now() + span;
  for (int step = 0; step < 5000 && Writer::Clock::now() < end; ++step) {
    producer.Hide();
    CHECK_EQ(producer.Publish(StepRecord(step, shape, step), &shape).error, 0);
    AppendStepLine(step, shape, std::to_string(step), &expected);
    while (!Sees(ring, Consumer::kAsleep)) writer->Wake();
    writer->Wake();
    static_cast<void>(Sees(ring, Consumer::kAwake));
    // Volatile, so that the compiler keeps the loop.
    for (volatile std::uint64_t spin = random() % 200; spin > 0;) spin = spin - 1;
    producer.Show();
    const auto limit = Writer::Clock::now() + seconds(20);
    while (!ring.IsEmptyFrom(ring.Tail()) && Writer::Clock::now() < limit)
      std::this_thread::yield();
    if (!CHECK(ring.IsEmptyFrom(ring.Tail()))) break;
  }
  CHECK_EQ(writer->Close().error, 0);
  CHECK_EQ(ReadFile(dir / "log"), expected);
}

// A worker's environment may end at the same time as the process. If both callers joined the writer
// thread, one of them could wait for ever.
TEST(WriterStress, SeveralThreadsCloseAWriterAtOnce) {
  const TempDir dir;
  ShapeOf shape({"loss"});
  for (int i = 0; i < check::Scaled(1000); ++i) {
    const std::string path = dir / std::to_string(i % 10);
    const std::shared_ptr<Writer> writer = OpenWriter(path);
    Producer producer(writer);
    shape.number = 0;
    CHECK_EQ(producer.Publish(StepRecord(i, shape, 0), &shape).error, 0);
    std::string expected;
    AppendStepLine(i, shape, "0", &expected);
    std::atomic<int> ready{0};
    const auto together = [&ready](auto close) {
      return std::thread([&ready, close] {
        for (++ready; ready < 3;) std::this_thread::yield();
        close();
      });
    };
    const auto at_exit = [&] { writer->CloseAtExit(Writer::Clock::now() + seconds(20)); };
    std::thread first = together(at_exit);
    std::thread second = together(at_exit);
    std::thread third = together([&] { CHECK_EQ(writer->Close().error, 0); });
    first.join();
    second.join();
    third.join();
    CHECK_EQ(ReadFile(path), expected);
  }
}

// Loggers that open and close all the time meet every state of a writer that begins or ends.
TEST(WriterStress, OpensAndClosesInManyThreads) {
  const TempDir dir;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&dir, i] {
      const std::string path = dir / std::to_string(i);
      std::string expected;
      ShapeOf shape({"loss"});
      for (int step = 0; step < check::Scaled(1000); ++step) {
        const std::shared_ptr<Writer> writer = OpenWriter(path, LogFile::Mode::kAppend);
        Producer producer(writer);
        shape.number = 0;
        CHECK_EQ(producer.Publish(StepRecord(step, shape, 0), &shape).error, 0);
        AppendStepLine(step, shape, "0", &expected);
        CHECK_EQ(writer->Close().error, 0);
      }
      CHECK_EQ(ReadFile(path), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace dllogger
