// The cases of lib/bench/cases.ts for loggers in C++: `program CASE FILE COUNT`. Figures go to
// descriptor 3. Record and protocol are those of the TypeScript cases: bursts with a flush in
// between, then single calls; or all records at once, until the operating system has every byte.
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace bench {

constexpr int kBurst = 1000;
constexpr std::size_t kValues = 4096;

struct Record {
  int epoch;
  int iteration;
  double loss;
  double lr;
  double ips;
};

/// Real doubles of full length, made beforehand.
class Records {
 public:
  Records() : values_(kValues) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> uniform(0, 1);
    for (std::size_t i = 0; i < kValues; ++i) {
      values_[i] = {0, 0, uniform(random) * 3, 0.001 / (1 + static_cast<double>(i) / 1e4),
                    1000 + uniform(random) * 100};
    }
  }

  Record operator()(int i) const {
    Record record = values_[static_cast<std::size_t>(i) % kValues];
    record.epoch = i >> 8;
    record.iteration = i;
    return record;
  }

 private:
  std::vector<Record> values_;
};

inline double Now() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline double Quantile(std::vector<double>& values, double q) {
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size()));
  return values[std::min(values.size() - 1, at)];
}

inline double CpuNanoseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

inline void Tell(const std::string& figures) {
  const std::string text = "{" + figures + "}";
  (void)!write(3, text.data(), text.size());
}

inline std::string Figure(const char* name, double value) {
  char text[96];
  std::snprintf(text, sizeof text, "\"%s\":%.9g", name, value);
  return text;
}

/// `log(record)` logs; `flush()` returns when the operating system has every byte.
template <typename Log, typename Flush>
int Run(int argc, char** argv, Log log, Flush flush) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s hot|endToEnd FILE COUNT\n", argv[0]);
    return 2;
  }
  const Records records;
  const int count = std::atoi(argv[3]);

  if (std::strcmp(argv[1], "hot") == 0) {
    std::vector<double> called;
    std::vector<double> written;
    for (int i = 0; i < count + count / 2; ++i) {
      const double start = Now();
      for (int j = i * kBurst; j < (i + 1) * kBurst; ++j) log(records(j));
      called.push_back((Now() - start) / kBurst);
      flush();
      written.push_back((Now() - start) / kBurst);
    }
    called.erase(called.begin(), called.begin() + count / 2);
    written.erase(written.begin(), written.begin() + count / 2);
    std::vector<double> samples(static_cast<std::size_t>(count / 2 * kBurst));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i % kBurst == 0) flush();
      const double start = Now();
      log(records(static_cast<int>(i)));
      samples[i] = Now() - start;
    }
    Tell(Figure("log", Quantile(called, 0.5)) + "," + Figure("written", Quantile(written, 0.5)) +
         "," + Figure("p50", Quantile(samples, 0.5)) + "," +
         Figure("p99", Quantile(samples, 0.99)) + "," +
         Figure("p99.99", Quantile(samples, 0.9999)) + "," + Figure("max", Quantile(samples, 1)));
    return 0;
  }

  const int warm_up = std::min(50'000, count);
  for (int i = 0; i < warm_up; ++i) log(records(i));
  flush();
  const double cpu = CpuNanoseconds();
  const double start = Now();
  for (int i = 0; i < count; ++i) log(records(i));
  const double calls = Now() - start;
  flush();
  const double wall = Now() - start;
  struct stat status{};
  stat(argv[2], &status);
  Tell(Figure("wall", wall / count) + "," + Figure("calls", calls / count) + "," +
       Figure("cpu", (CpuNanoseconds() - cpu) / count) + "," + Figure("records", count + warm_up) +
       "," + Figure("bytes", static_cast<double>(status.st_size) / (count + warm_up)));
  return 0;
}

}  // namespace bench
