// JavaScript's side of the ring, in C++: lib/sink/producer.ts, rule by rule. And a log to use it
// on.
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

#include "ring/ring.h"
#include "support/check.h"
#include "support/record_builder.h"
#include "writer/writer.h"

namespace dllogger {

// The keys of records, and where they were last defined.
struct ShapeOf {
  explicit ShapeOf(std::vector<std::string> names) : keys(std::move(names)) {}

  std::vector<std::string> keys;
  std::int64_t generation = -1;
  std::uint32_t id = 0;
};

// Owner: one thread, as the writer's.
class Producer {
 public:
  // `start` is where both sides of the ring stand.
  explicit Producer(std::shared_ptr<Writer> writer, std::uint32_t start = 0)
      : writer_(std::move(writer)),
        ring_(writer_->Memory().get()),
        data_(static_cast<std::uint8_t*>(writer_->Memory().get()) + Ring::kDataOffset),
        position_(start),
        half_end_(start + Ring::kHalf),
        look_at_(start + kFirstLook) {}

  // The position behind everything that was published.
  std::uint32_t Position() const { return position_; }

  // Publishes a record, with the definition of its shape where the writer does not know it. Waits
  // for room. A fault means that the record was not taken.
  Fault Publish(Record record, ShapeOf* shape = nullptr) {
    const bool is_known = shape == nullptr || shape->generation == generation_;
    if (!is_known || !Ring::Reached(look_at_, position_ + Size(record))) {
      return PublishSlowly(&record, shape);
    }
    if (shape != nullptr) SetShape(shape->id, &record);
    Copy(record);
    Announce();
    return {};
  }

  // Until Show(), what is published can be seen by nobody.
  void Hide() { is_hidden_ = true; }
  void Show() {
    is_hidden_ = false;
    Announce();
  }

 private:
  static constexpr std::uint32_t kFirstLook = Ring::kCapacity / 8;
  static constexpr std::uint32_t kFewShapes = 16;

  static std::uint32_t Size(const Record& record) {
    return static_cast<std::uint32_t>(record.size());
  }

  // A new shape, or it is time to look at the writer; at times a record too large for the ring.
  Fault PublishSlowly(Record* record, ShapeOf* shape) {
    Record definition;
    if (shape != nullptr) definition = ShapeRecord(1, shape->keys);
    if (std::max(Size(*record), Size(definition)) > Ring::kMaxRecord) {
      return WriteThrough(record, definition);
    }
    if (!Ring::Reached(look_at_, position_ + Size(*record))) LookAtWriter();
    // Reserved also where the shape is known: the next half will not know it.
    while (half_end_ - position_ < Size(definition) + Size(*record)) {
      if (Fault fault = EnterNextHalf()) return fault;
    }
    if (shape != nullptr) {
      if (shape->generation != generation_) {
        shape->generation = generation_;
        shape->id = ++last_shape_;
        SetShape(shape->id, &definition);
        Copy(definition);
      }
      SetShape(shape->id, record);
    }
    Copy(*record);
    Announce();
    return {};
  }

  // Lets the writer see everything so far, and wakes it where it sleeps.
  void Announce() {
    if (is_hidden_) return;
    ring_.Publish(position_);
    if (ring_.ConsumerState() == Consumer::kAsleep) writer_->Wake();
  }

  static void SetShape(std::uint32_t id, Record* record) {
    RecordHeader header = HeaderOf(*record);
    header.shape = id;
    SetHeader(header, record);
  }

  void Copy(const Record& record) {
    std::memcpy(data_ + position_ % Ring::kCapacity, record.data(), record.size());
    position_ += static_cast<std::uint32_t>(record.size());
  }

  // As in JavaScript: the other half, where the writer keeps up; otherwise he may be to be woken.
  void LookAtWriter() {
    const std::uint32_t half_start = half_end_ - Ring::kHalf;
    constexpr std::uint32_t kNear = Ring::kCapacity * 3 / 32;
    const bool keeps_up = position_ - half_start >= kNear && position_ - ring_.Tail() <= kNear;
    if (keeps_up && last_shape_ <= kFewShapes && !is_hidden_) {
      GoToNextHalf();
      return;
    }
    const std::uint32_t part = look_at_ - half_start;
    if (part >= Ring::kHalf / 2) WakeWriter();
    look_at_ = half_start + std::min(part * 2, Ring::kHalf);
  }

  void WakeWriter() {
    if (!is_hidden_ && ring_.ConsumerState() != Consumer::kAwake) writer_->Wake();
  }

  // Waits until the writer has left the other half, then goes there.
  Fault EnterNextHalf() {
    WakeWriter();
    if (Fault fault = writer_->WaitForRoom(half_end_ - Ring::kHalf)) return fault;
    GoToNextHalf();
    return {};
  }

  void GoToNextHalf() {
    const std::uint32_t rest = half_end_ - position_;
    if (rest > 0) {
      const RecordHeader pad = {rest, Kind::kPad, 0, 0};
      std::memcpy(data_ + position_ % Ring::kCapacity, &pad, offsetof(RecordHeader, shape));
    }
    position_ = half_end_;
    Announce();
    half_end_ = position_ + Ring::kHalf;
    look_at_ = position_ + kFirstLook;
    ++generation_;
    last_shape_ = 0;
  }

  Fault WriteThrough(Record* record, const Record& definition) {
    RecordPieces pieces;
    if (!definition.empty()) {
      SetShape(1, record);
      pieces.push_back({definition.data(), definition.size()});
    }
    pieces.push_back({record->data(), record->size()});
    ++written_;
    Fault through;
    // As JavaScript does: the attempt before may have failed while another one is on its way.
    do through = writer_->WriteThrough(written_, pieces);
    while (through.IsWaiting());
    if (!through) return {};
    while (half_end_ - position_ < Ring::kAsideSize) {
      if (Fault fault = EnterNextHalf()) return fault;
    }
    if (Fault fault = writer_->PutAside(pieces)) return fault;
    position_ += Ring::kAsideSize;
    return {};
  }

  std::shared_ptr<Writer> writer_;
  Ring ring_;
  std::uint8_t* data_;
  std::uint32_t position_;
  std::uint32_t half_end_;
  std::uint32_t look_at_;
  std::int64_t generation_ = 0;
  std::uint32_t last_shape_ = 0;
  std::uint64_t written_ = 0;
  bool is_hidden_ = false;
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
