// Does in C++ what lib/sink/producer.ts does with the producer of a ring; and opens a log for it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ring/ring_producer.h"
#include "support/check.h"
#include "support/record_builder.h"
#include "writer/writer.h"

namespace dllogger {

// The keys of records, and the shape's number in the log.
struct ShapeOf {
  explicit ShapeOf(std::vector<std::string> names) : keys(std::move(names)) {}

  std::vector<std::string> keys;
  RingProducer::ShapeNumber number = 0;
};

// Owner: the thread that calls the writer.
class Producer {
 public:
  explicit Producer(std::shared_ptr<Writer> writer)
      : writer_(std::move(writer)), ring_(writer_->Memory().get()), producer_({ring_, this}) {}
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // The position behind everything that was published.
  std::uint32_t Position() const { return producer_.Head(); }

  // Publishes a record, with the definition of its shape where the writer does not know it. Waits
  // for room. A fault means that the record was not taken.
  Fault Publish(const Record& record, ShapeOf* shape = nullptr) {
    Record definition;
    if (shape != nullptr) definition = ShapeRecord(1, shape->keys);
    if (std::max(Size(record), Size(definition)) > Ring::kMaxRecord) {
      return WriteOversized(record, definition);
    }
    if (Fault fault = MakeRoom(Size(record) + Size(definition))) return fault;
    std::uint32_t id = 0;
    if (shape != nullptr) {
      if (producer_.IdOf(shape->number) == 0) {
        shape->number = producer_.Define(definition.data(), Size(definition));
      }
      id = producer_.IdOf(shape->number);
    }
    std::memcpy(ring_.Data(producer_.Head()), record.data(), record.size());
    producer_.Commit(id, HeaderOf(record).utc_offset);
    if (producer_.HasToLook() && producer_.Look()) writer_->WakeIfBehind();
    WakeIfAsleep();
    return {};
  }

  // The shape's id in the current half; 0 where the writer does not know it.
  std::uint32_t IdOf(const ShapeOf& shape) const { return producer_.IdOf(shape.number); }

  // Until Show(), the writer does not see what is published.
  void Hide() { is_hidden_ = true; }
  void Show() {
    is_hidden_ = false;
    ring_.Publish(producer_.Head());
    WakeIfAsleep();
  }

 private:
  struct HidingRing : Ring {
    HidingRing(const Ring& ring, const Producer* producer) : Ring(ring), owner(producer) {}
    void Publish(std::uint32_t position) {
      if (!owner->is_hidden_) Ring::Publish(position);
    }
    const Producer* owner;
  };

  static std::uint32_t Size(const Record& record) {
    return static_cast<std::uint32_t>(record.size());
  }

  void WakeIfAsleep() {
    if (!is_hidden_ && ring_.ConsumerState() == Consumer::kAsleep) writer_->Wake();
  }

  Fault MakeRoom(std::uint32_t size) {
    for (;;) {
      const auto room = producer_.Reserve(size);
      if (room == decltype(producer_)::Room::kYes) return {};
      if (room == decltype(producer_)::Room::kDropped) return fault_;
      producer_.BeginWait();
      fault_ = writer_->WaitForRoom(producer_.HalfStart());
      producer_.EndWait(static_cast<bool>(fault_));
      if (fault_) return fault_;
    }
  }

  Fault WriteOversized(Record record, const Record& definition) {
    RecordPieces pieces;
    if (!definition.empty()) {
      RecordHeader header = HeaderOf(record);
      header.shape = 1;
      SetHeader(header, &record);
      pieces.push_back({definition.data(), definition.size()});
    }
    pieces.push_back({record.data(), record.size()});
    ++written_;
    Fault oversized_fault;
    // Repeats the call as JavaScript does: the writer may not have reached the record yet.
    do oversized_fault = writer_->WriteOversized(written_, pieces);
    while (oversized_fault.IsWaiting());
    if (!oversized_fault) return {};
    if (Fault fault = MakeRoom(Ring::kOverflowSize)) return fault;
    if (Fault fault = writer_->PutOverflow(pieces)) return fault;
    producer_.Skip(Ring::kOverflowSize);
    return {};
  }

  std::shared_ptr<Writer> writer_;
  bool is_hidden_ = false;
  Ring ring_;
  RingProducerOf<HidingRing> producer_;
  Fault fault_;  // of the last wait for room
  std::uint64_t written_ = 0;
};

inline std::shared_ptr<Writer> OpenWriter(const std::string& path,
                                          LogFile::Mode mode = LogFile::Mode::kTruncate) {
  Writer::Options options;
  options.path = path;
  options.mode = mode;
  const Writer::Opened opened = Writer::Open(options);
  CHECK_EQ(opened.fault.error, 0);
  CHECK_EQ(opened.fault.holder, -1);
  return opened.writer;
}

// A record of the step `step` whose values are all `value`, and its line.
inline Record StepRecord(int step, const ShapeOf& shape, double value) {
  RecordBuilder builder(Kind::kLog);
  builder.Times(1795391251000000.0 + step % 1000000, step).Number(step);
  for (std::size_t i = 0; i < shape.keys.size(); ++i) builder.Number(value);
  return builder.Build();
}

inline void AppendStepLine(int step, const ShapeOf& shape, std::string_view value,
                           std::string* text) {
  char digits[16];
  std::snprintf(digits, sizeof(digits), ".%06d", step % 1000000);
  const std::string exact = step % 1000000 == 0 ? "" : digits;
  // The same in the spelling of a float.
  std::string rounded = step % 1000000 == 0 ? ".0" : digits;
  while (rounded.size() > 2 && rounded.back() == '0') rounded.pop_back();
  std::string elapsed = std::to_string(step / 1000000) + rounded;
  if (step > 0 && step < 10) elapsed = std::to_string(step) + "e-06";
  if (step >= 10 && step < 100) {
    elapsed = std::to_string(step / 10);
    if (step % 10 != 0) elapsed += "." + std::to_string(step % 10);
    elapsed += "e-05";
  }
  text->append("DLLL {\"timestamp\": \"1795391251").append(rounded);
  text->append("\", \"datetime\": \"2026-11-22 23:47:31").append(exact);
  text->append("+00:00\", \"elapsedtime\": \"").append(elapsed);
  text->append("\", \"type\": \"LOG\", \"step\": ").append(std::to_string(step));
  text->append(", \"data\": {");
  for (std::size_t i = 0; i < shape.keys.size(); ++i) {
    text->append(i == 0 ? "\"" : ", \"").append(shape.keys[i]).append("\": ").append(value);
  }
  text->append("}}\n");
}

}  // namespace dllogger
