// quill writes the same lines: the calling thread copies the arguments into a queue, and a thread
// of quill formats and writes them. A pattern may contain the time only once, so the second time is
// an argument.
#include <quill/Backend.h>
#include <quill/Frontend.h>
#include <quill/LogMacros.h>
#include <quill/Logger.h>
#include <quill/sinks/FileSink.h>

#include "cases.h"

int main(int argc, char** argv) {
  const char* path = argc > 2 ? argv[2] : "/dev/null";
  quill::Backend::start();
  quill::FileSinkConfig config;
  config.set_open_mode('w');
  auto sink = quill::Frontend::create_or_get_sink<quill::FileSink>(path, config);
  quill::Logger* logger = quill::Frontend::create_or_get_logger(
      "bench", std::move(sink),
      quill::PatternFormatterOptions{"DLLL {{\"datetime\": \"%(time)\", %(message)",
                                     "%Y-%m-%d %H:%M:%S.%Qus+00:00", quill::Timezone::GmtTime});
  const double start = bench::Now();
  const double epoch =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto log = [&](const bench::Record& record) {
    const double elapsed = (bench::Now() - start) / 1e9;
    LOG_INFO(
        logger,
        "\"timestamp\": \"{:.6f}\", \"elapsedtime\": \"{:.6f}\", \"type\": \"LOG\", \"step\": [{}, "
        "{}], \"data\": {{\"train.loss\": {}, \"lr\": {}, \"train.total_ips\": {}}}}}",
        epoch + elapsed, elapsed, record.epoch, record.iteration, record.loss, record.lr,
        record.ips);
  };
  return bench::Run(argc, argv, log, [&] { logger->flush_log(); });
}
