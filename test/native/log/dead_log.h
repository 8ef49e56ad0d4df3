// A log as a killed writer leaves it: its file and its ring.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/file.h"
#include "ring/ring.h"
#include "ring/ring_file.h"
#include "support/check.h"
#include "support/producer.h"
#include "support/record_builder.h"
#include "support/temp_dir.h"

namespace dllogger {

// The rings in a directory, and in the directories made for rings.
inline std::vector<std::string> RingsIn(const TempDir& dir) {
  std::vector<std::string> rings;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir / "")) {
    if (entry.path().extension() == ".ring") rings.push_back(entry.path());
  }
  std::sort(rings.begin(), rings.end());
  return rings;
}

class DeadLog {
 public:
  // Makes a log with the content `text`.
  DeadLog(const std::string& path, std::string_view text) : path_(path) {
    WriteFile(path, text);
    LogFile file;
    CHECK(!file.Open(path, LogFile::Mode::kTruncate));
    RingFile::Options options;
    options.log_path = platform::RealPath(path);
    options.log = file.Id();
    ring_ = RingFile::Create(options);
    commit_.log = file.Id();
    CHECK_EQ(ring_->Reason(), "");
  }

  // Define() and Log() publish a record. Log() returns its line.
  void Define(const ShapeOf& shape) { Put(ShapeRecord(1, shape.keys)); }
  std::string Log(int step, const ShapeOf& shape) {
    Record record = StepRecord(step, shape, step);
    RecordHeader header = HeaderOf(record);
    header.shape = 1;
    SetHeader(header, &record);
    Put(record);
    std::string line;
    AppendStepLine(step, shape, std::to_string(step), &line);
    return line;
  }
  // Turns the step of the record at a position into a text that reaches far beyond the record.
  void Damage(std::uint32_t position) {
    Poke(Ring::kDataOffset + position + sizeof(RecordHeader) + sizeof(RecordTimes),
         TagWord(Tag::kLatin1, 1000));
  }
  void Put(const Record& record) {
    auto* data = static_cast<std::uint8_t*>(ring_->Memory().get()) + Ring::kDataOffset;
    std::memcpy(data + head_ % Ring::kCapacity, record.data(), record.size());
    head_ += static_cast<std::uint32_t>(record.size());
    Ring(ring_->Memory().get()).Publish(head_);
  }

  // Writes a record to the overflow, and publishes a reference to it.
  RecordOverflow PutOverflow(const Record& record) {
    RecordOverflow overflow = {};
    CHECK_EQ(ring_->PutOverflow({{record.data(), record.size()}}, &overflow).error, 0);
    Refer(overflow);
    return overflow;
  }
  // Publishes a reference to a record in the overflow, whether the record is there or not.
  void Refer(const RecordOverflow& overflow, std::uint32_t size = Ring::kOverflowSize) {
    Record record(Ring::kOverflowSize);
    SetHeader({size, Kind::kOverflow, 0, 0}, &record);
    std::memcpy(record.data() + sizeof(RecordHeader), &overflow, sizeof(overflow));
    Put(record);
  }

  std::uint32_t Head() const { return head_; }
  // Writes the commit of what the writer was doing.
  void Commit(std::uint32_t tail, std::uint32_t end, std::int64_t offset, std::uint64_t done = 0) {
    commit_.tail = tail;
    commit_.end = end;
    commit_.offset = offset;
    commit_.done = done;
    ring_->Write(commit_);
  }

  // Stores bytes that no writer would leave.
  template <typename T>
  void Poke(std::size_t offset, const T& value) {
    std::memcpy(static_cast<char*>(ring_->Memory().get()) + offset, &value, sizeof(value));
  }

  void Die() { ring_.reset(); }

 private:
  std::string path_;
  std::unique_ptr<RingFile> ring_;
  dllogger::Commit commit_;
  std::uint32_t head_ = 0;
};

}  // namespace dllogger
