// Builds records word by word, as record/record.h describes them, right or wrong.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "record/record.h"

namespace dllogger {

using Record = std::vector<std::uint8_t>;

constexpr std::uint64_t TagWord(Tag tag, std::uint32_t count = 0) {
  return std::uint64_t{kTagBase + static_cast<std::uint32_t>(tag)} << 32 | count;
}

inline std::uint64_t WordOf(double value) {
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(word));
  return word;
}

class RecordBuilder {
 public:
  explicit RecordBuilder(Kind kind, std::uint32_t shape = 0, std::int32_t utc_offset = 0)
      : header_{0, kind, shape, utc_offset} {
    words_.reserve(16);
  }

  RecordBuilder& Word(std::uint64_t word) {
    words_.push_back(word);
    return *this;
  }
  RecordBuilder& Tagged(Tag tag, std::uint32_t count = 0) { return Word(TagWord(tag, count)); }

  RecordBuilder& Number(double value) { return Word(WordOf(value)); }
  RecordBuilder& Times(double wall, double elapsed) { return Number(wall).Number(elapsed); }
  RecordBuilder& Float(double value) { return Tagged(Tag::kFloat).Number(value); }
  RecordBuilder& Integer(std::string_view digits) {
    return Tagged(Tag::kInteger, Count(digits)).Payload(digits.data(), digits.size());
  }
  RecordBuilder& Latin1(std::string_view text) {
    return Tagged(Tag::kLatin1, Count(text)).Payload(text.data(), text.size());
  }
  RecordBuilder& Utf16(std::u16string_view text) {
    return Tagged(Tag::kUtf16, Count(text)).Payload(text.data(), text.size() * 2);
  }
  RecordBuilder& Array(std::uint32_t count) { return Tagged(Tag::kArray, count); }
  RecordBuilder& Object(std::uint32_t count) { return Tagged(Tag::kObject, count); }
  RecordBuilder& Floats(const std::vector<double>& values) {
    Tagged(Tag::kFloats, Count(values));
    for (const double value : values) Number(value);
    return *this;
  }

  Record Build() const {
    Record record(sizeof(RecordHeader) + words_.size() * sizeof(std::uint64_t));
    record.resize((record.size() + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment);
    RecordHeader header = header_;
    header.size = static_cast<std::uint32_t>(record.size());
    std::memcpy(record.data(), &header, sizeof(header));
    if (!words_.empty()) {
      std::memcpy(record.data() + sizeof(header), words_.data(),
                  words_.size() * sizeof(std::uint64_t));
    }
    return record;
  }

 private:
  template <typename Container>
  static std::uint32_t Count(const Container& container) {
    return static_cast<std::uint32_t>(container.size());
  }

  RecordBuilder& Payload(const void* bytes, std::size_t size) {
    const std::size_t start = words_.size();
    words_.resize(start + (size + 7) / 8);
    if (size != 0) std::memcpy(words_.data() + start, bytes, size);
    return *this;
  }

  RecordHeader header_;
  std::vector<std::uint64_t> words_;
};

inline Record ShapeRecord(std::uint32_t id, const std::vector<std::string>& keys) {
  RecordBuilder builder(Kind::kShape, id);
  builder.Array(static_cast<std::uint32_t>(keys.size()));
  for (const std::string& key : keys) builder.Latin1(key);
  return builder.Build();
}

inline RecordHeader HeaderOf(const Record& record) {
  RecordHeader header;
  std::memcpy(&header, record.data(), sizeof(header));
  return header;
}

inline void SetHeader(const RecordHeader& header, Record* record) {
  std::memcpy(record->data(), &header, sizeof(header));
}

}  // namespace dllogger
