// The clock on simulated machines that are suspended, whose guests are paused, whose wall clock is
// stepped, and whose counters run on meanwhile, stand still, or differ from processor to processor.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "node/clock.h"
#include "support/check.h"

namespace dllogger {
namespace {

constexpr double kMillisecond = 1000;
constexpr double kSecond = 1000 * kMillisecond;
constexpr double kWeek = 7 * 24 * 3600 * kSecond;

// Kinds of counters, mostly by what they do while the machine is suspended.
enum class Counter : std::uint8_t {
  kRunsOn,          // x86's nonstop counter in suspend to idle, a paused guest, ARM64
  kStands,          // suspend to memory
  kStartsAnew,      // hibernation
  kUnsynchronised,  // the processors' counters differ
};

// Times in microseconds.
class Machine {
 public:
  Machine(Counter counter, double ticks_per_microsecond)
      : counter_(counter), frequency_(ticks_per_microsecond) {}

  void Run(double time) {
    monotonic_ += time;
    wall_ += time;
    ticks_ += time * frequency_;
  }
  void Suspend(double time) {
    wall_ += time;
    if (counter_ == Counter::kStartsAnew) ticks_ = frequency_;
    if (counter_ == Counter::kRunsOn || counter_ == Counter::kUnsynchronised) {
      ticks_ += time * frequency_;
    }
  }
  void StepWallClock(double by) { wall_ += by; }
  // Moves the thread to another processor.
  void ShiftCounter(double by) { ticks_ = std::max(frequency_, ticks_ + by * frequency_); }

  std::int64_t Wall() const { return static_cast<std::int64_t>(wall_); }
  std::int64_t Monotonic() const { return static_cast<std::int64_t>(monotonic_); }
  std::uint64_t Ticks() const { return static_cast<std::uint64_t>(ticks_); }

 private:
  Counter counter_;
  double frequency_;
  double wall_ = 1795391251 * kSecond;
  double monotonic_ = 3600 * kSecond;
  double ticks_ = 1e9;
};

struct Clocks {
  const Machine* machine;
  std::int64_t WallMicroseconds() const { return machine->Wall(); }
  std::int64_t MonotonicMicroseconds() const { return machine->Monotonic(); }
  std::uint64_t Ticks() const { return machine->Ticks(); }
};

// Compares each stamp with the machine's own clocks.
class Watch {
 public:
  // `patience`: for how long, in running time, stamps may be wrong.
  Watch(const Machine& machine, double patience)
      : machine_(machine), clock_(Clocks{&machine}), patience_(patience) {}

  bool Stamp() {
    const auto stamp = clock_.Now();
    const std::int64_t elapsed = std::abs(stamp.monotonic - machine_.Monotonic());
    const std::int64_t wall = std::abs(stamp.wall - machine_.Wall());
    const std::int64_t now = machine_.Monotonic();
    const bool is_monotonic = CHECK(stamp.monotonic >= last_);
    last_ = stamp.monotonic;
    if (std::max(elapsed, wall) <= kExact) right_ = now;
    // A program that logs seldom must get a correct stamp each time.
    const bool is_timely = right_ < 0 || static_cast<double>(now - right_) <= patience_ + rest_;
    const bool is_near = elapsed <= kFar;
    if (!CHECK(is_timely && is_near)) {
      std::printf("  wrong by %.3f ms, the wall time by %.3f s, for %.3f ms\n",
                  static_cast<double>(elapsed) / kMillisecond, static_cast<double>(wall) / kSecond,
                  static_cast<double>(now - right_) / kMillisecond);
    }
    return is_monotonic && is_timely && is_near;
  }
  // Sets the running time between two stamps.
  void Rest(double time) { rest_ = time; }

 private:
  // A rate may be wrong by a sixteenth, and is used for a millisecond.
  static constexpr std::int64_t kExact = 70;
  static constexpr std::int64_t kFar = 1100;

  const Machine& machine_;
  ClockOf<Clocks> clock_;
  double patience_;
  double rest_ = 0;
  std::int64_t right_ = -1;
  std::int64_t last_ = 0;
};

constexpr double kPatience = 1.1 * kMillisecond;
// After a counter jumps ahead, the elapsed time stands still until the clock has caught up.
constexpr double kPatienceForJumps = 2 * kPatience;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  double Between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  // A random size, as likely between 1 and 10 as between 10 and 100.
  double OfAnySize(double low, double high) {
    return std::exp(Between(std::log(low), std::log(high)));
  }
  std::uint64_t Pick(std::uint64_t count) { return random_() % count; }

 private:
  std::mt19937_64 random_;
};

// Logs every few microseconds for a while.
bool LogFor(double time, Machine* machine, Watch* watch, Chance* chance) {
  const double pace = chance->OfAnySize(3, 300);
  while (time > 0) {
    const double rest = std::min(time, chance->Between(0, 2 * pace));
    machine->Run(rest);
    watch->Rest(rest);
    if (!watch->Stamp()) return false;
    time -= rest;
  }
  return true;
}

TEST(ClockPause, TimesAreRightAMillisecondAfterASuspend) {
  Chance chance(1);
  for (const double length :
       {kMillisecond, 10 * kSecond, 3600 * kSecond, 8 * 3600 * kSecond, kWeek}) {
    for (const double frequency : {24.0, 1000.0, 3000.0}) {
      Machine machine(Counter::kRunsOn, frequency);
      Watch watch(machine, kPatience);
      const bool is_right = LogFor(chance.OfAnySize(1, kSecond), &machine, &watch, &chance);
      machine.Suspend(length);
      if (!is_right || !LogFor(kSecond / 10, &machine, &watch, &chance)) return;
    }
  }
}

TEST(ClockPause, TimesAreRightOnAMachineThatWakesForASecondEachHour) {
  Chance chance(2);
  Machine machine(Counter::kRunsOn, 3000);
  Watch watch(machine, kPatience);
  for (int hour = 0; hour < 100; ++hour) {
    if (!LogFor(chance.OfAnySize(1, 20 * kMillisecond), &machine, &watch, &chance)) return;
    machine.Run(kSecond);
    machine.Suspend(3600 * kSecond);
  }
}

TEST(ClockPause, WhateverHappensTimesAreWrongForAMillisecondAtMost) {
  for (const Counter counter :
       {Counter::kRunsOn, Counter::kStands, Counter::kStartsAnew, Counter::kUnsynchronised}) {
    for (int seed = 0; seed < check::Scaled(50); ++seed) {
      Chance chance(static_cast<std::uint64_t>(seed));
      Machine machine(counter, chance.OfAnySize(1, 5000));
      const bool jumps = counter == Counter::kUnsynchronised;
      Watch watch(machine, jumps ? kPatienceForJumps : kPatience);
      for (int event = 0; event < 30; ++event) {
        if (!LogFor(chance.OfAnySize(1, 100 * kMillisecond), &machine, &watch, &chance)) {
          std::printf("  counter %d, seed %d\n", static_cast<int>(counter), seed);
          return;
        }
        switch (chance.Pick(jumps ? 4 : 3)) {
          case 0:
            machine.Suspend(chance.OfAnySize(kMillisecond, kWeek));
            break;
          case 1:
            machine.StepWallClock(chance.Between(-kWeek, kWeek));
            break;
          case 2: {
            const double idle = chance.OfAnySize(1, 3600 * kSecond);
            machine.Run(idle);
            watch.Rest(idle);
            break;
          }
          default:
            machine.ShiftCounter(chance.Between(-1, 1) * chance.OfAnySize(1, kSecond));
        }
      }
    }
  }
}

TEST(ClockPause, TheCounterIsUsedAgainAfterASuspend) {
  Machine machine(Counter::kRunsOn, 3000);
  struct Counting : Clocks {
    int* reads;
    std::int64_t MonotonicMicroseconds() const {
      ++*reads;
      return Clocks::MonotonicMicroseconds();
    }
  };
  int reads = 0;
  ClockOf<Counting> clock(Counting{{&machine}, &reads});
  for (int suspends = 0; suspends < 3; ++suspends) {
    const auto log = [&](int stamps) {
      for (int i = 0; i < stamps; ++i) {
        machine.Run(10);
        static_cast<void>(clock.Now());
      }
    };
    log(5000);
    reads = 0;
    log(10000);
    // The stamps span 100 ms, and the clock is read about once a millisecond.
    CHECK(reads <= 110);
    machine.Suspend(8 * 3600 * kSecond);
  }
}

}  // namespace
}  // namespace dllogger
