// spdlog writes the same lines: the calling thread formats and writes through a buffer. spdlog's
// pattern makes the times, and caches the date.
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "cases.h"

int main(int argc, char** argv) {
  const char* path = argc > 2 ? argv[2] : "/dev/null";
  const auto logger = spdlog::basic_logger_st("bench", path);
  logger->set_pattern(
      "DLLL {\"timestamp\": \"%E.%f\", \"datetime\": \"%Y-%m-%d %H:%M:%S.%f+00:00\", %v",
      spdlog::pattern_time_type::utc);
  const double start = bench::Now();
  const auto log = [&](const bench::Record& record) {
    logger->info(
        "\"elapsedtime\": \"{:.6f}\", \"type\": \"LOG\", \"step\": [{}, {}], \"data\": "
        "{{\"train.loss\": {}, \"lr\": {}, \"train.total_ips\": {}}}}}",
        (bench::Now() - start) / 1e9, record.epoch, record.iteration, record.loss, record.lr,
        record.ips);
  };
  return bench::Run(argc, argv, log, [&] { logger->flush(); });
}
