// The operations that the writer cannot avoid, measured one at a time, in nanoseconds: bounds for
// its stages.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include "cases.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace {

/// Time of one call: the median of several runs.
template <typename Call>
double Time(int count, Call call) {
  std::vector<double> times;
  for (int round = 0; round < 9; ++round) {
    const double start = bench::Now();
    for (int i = 0; i < count; ++i) call(i);
    times.push_back((bench::Now() - start) / count);
  }
  return bench::Quantile(times, 0.5);
}

// Results are stored here, so that the compiler cannot leave out computing them.
volatile std::uint64_t kept = 0;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s bounds FILE COUNT\n", argv[0]);
    return 2;
  }
  const int count = std::atoi(argv[3]);
  const bench::Records records;

  const double clock = Time(count, [](int) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    kept = static_cast<std::uint64_t>(now.tv_nsec);
  });
#if defined(__x86_64__)
  const double counter = Time(count, [](int) { kept = __rdtsc(); });
#else
  const double counter = std::nan("");
#endif
  const double number = Time(count, [&](int i) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), records(i).ips).ptr;
    kept = static_cast<std::uint64_t>(end - text.data());
  });

  // The text of about 265 bytes that a record has, copied once, and written 256 KiB at a time.
  constexpr std::size_t kLine = 265;
  constexpr std::size_t kBatch = 256 * 1024;
  std::vector<char> batch(kBatch + kLine, 'x');
  std::vector<char> line(kLine, 'x');
  const double copy = Time(count, [&](int i) {
    std::memcpy(&batch[static_cast<std::size_t>(i) * kLine % kBatch], line.data(), kLine);
    kept = static_cast<std::uint64_t>(batch[static_cast<std::size_t>(i) % kBatch]);
  });
  const int file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::vector<double> writes;
  for (int i = 0; i < 200; ++i) {
    const double start = bench::Now();
    if (write(file, batch.data(), kBatch) != static_cast<ssize_t>(kBatch)) return 1;
    writes.push_back((bench::Now() - start) * kLine / kBatch);
  }
  close(file);
  bench::Tell(bench::Figure("clock", clock) + "," + bench::Figure("counter", counter) + "," +
              bench::Figure("number", number) + "," + bench::Figure("copy", copy) + "," +
              bench::Figure("write", bench::Quantile(writes, 0.5)));
  return 0;
}
