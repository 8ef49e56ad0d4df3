// A log with its writer, and the text that the log must hold.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "support/check.h"
#include "support/producer.h"
#include "writer/writer.h"

namespace dllogger {

struct LoggedSteps {
  explicit LoggedSteps(std::shared_ptr<Writer> opened)
      : writer(std::move(opened)), producer(writer) {}
  explicit LoggedSteps(const std::string& path) : LoggedSteps(OpenWriter(path)) {}

  // Publishes records of the next steps; each value is the step.
  void Log(ShapeOf* shape, int count = 1) {
    for (int i = 0; i < count; ++i) {
      CHECK_EQ(producer.Publish(StepRecord(step, *shape, step), shape).error, 0);
      AppendStepLine(step, *shape, std::to_string(step), &text);
      ++step;
    }
  }
  void Log(int count = 1) { Log(&loss, count); }
  Fault Flush() const { return writer->Flush(producer.Position()); }

  std::shared_ptr<Writer> writer;
  Producer producer;
  ShapeOf loss = ShapeOf({"loss"});
  int step = 0;
  std::string text;
};

}  // namespace dllogger
