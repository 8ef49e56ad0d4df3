#include "record/json.h"

#include <cstring>
#include <new>

namespace dllogger {
namespace {

// The text of a line before its step.
constexpr std::size_t kMaxHead = 256;

// Short pieces are copied this many characters at a time, beyond their end: cheaper than a call of
// memcpy.
constexpr std::size_t kStride = 16;

char* PutStrides(const char* piece, std::size_t size, char* out) {
  for (std::size_t at = 0; at < size; at += kStride) std::memcpy(out + at, piece + at, kStride);
  return out + size;
}

}  // namespace

Outcome JsonFormatter::Append(const std::uint8_t* bytes, std::size_t available, Text* text) {
  RecordHeader header;
  if (available < sizeof(header)) return Outcome::kCorrupt;
  std::memcpy(&header, bytes, sizeof(header));
  if (!IsWhole(header, available)) return Outcome::kCorrupt;
  WordReader reader(bytes + sizeof(header), bytes + header.size);
  char* out = text->End();
  switch (header.kind) {
    case Kind::kNone:
    case Kind::kOverflow:
      out = nullptr;
      break;
    case Kind::kPad:
      return Outcome::kDone;
    case Kind::kShape:
      out = DefineShape(&reader, header.shape, out, text);
      break;
    case Kind::kLog:
      out = PutLog(&reader, header, out, text);
      break;
    case Kind::kMetadata:
      out = PutMetadata(&reader, header, out, text);
      break;
  }
  if (out != nullptr && reader.AtEnd()) {
    text->Advance(out);
    return Outcome::kDone;
  }
  return text->IsExhausted() ? Outcome::kNoMemory : Outcome::kCorrupt;
}

char* JsonFormatter::DefineShape(WordReader* reader, std::uint32_t id, char* out, Text* text) {
  try {
    return AddShape(reader, id, out, text);
  } catch (const std::bad_alloc&) {
    // A writer thread must not end the process: the definition is read again later.
    text->NoteExhausted();
    return nullptr;
  }
}

// Formats the keys at the end of the batch as scratch space, and truncates the batch again: a
// definition has no line.
char* JsonFormatter::AddShape(WordReader* reader, std::uint32_t id, char* out, Text* text) {
  // Ids count up from 1 in each half: a gap means that the bytes are damaged.
  if (id != shapes_.size() + 1) return nullptr;
  std::uint64_t word = 0;
  if (!reader->Word(&word) || !IsTag(word) || TagOf(word) != Tag::kArray) return nullptr;
  Shape shape;
  std::size_t size = 0;
  out = text->Room(out, kPunctuation);
  if (out == nullptr) return nullptr;
  const std::uint32_t count = CountOf(word);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!reader->Word(&word) || !IsTag(word)) return nullptr;
    const bool is_float = TagOf(word) == Tag::kArray && CountOf(word) == 1;
    if (is_float && !reader->Word(&word)) return nullptr;
    out = JsonValues::PutKey(reader, word, i == 0 ? Put("{", out) : Put(", ", out), text);
    if (out == nullptr) return nullptr;
    const auto end = static_cast<std::size_t>(out - text->End());
    shape.keys.push_back({static_cast<std::uint32_t>(end - size), is_float});
    size = end;
  }
  if (!reader->AtEnd()) return nullptr;
  shape.pieces.assign(text->End(), size);
  shape.pieces.append(kStride, '\0');
  shapes_.push_back(std::move(shape));
  return text->End();
}

bool JsonFormatter::ReadTimes(WordReader* reader, std::int32_t utc_offset) {
  std::int64_t wall = 0;
  return reader->Microseconds(&wall) && reader->Microseconds(&elapsed_) &&
         wall_.Choose(wall, utc_offset);
}

char* JsonFormatter::PutLog(WordReader* reader, const RecordHeader& header, char* out, Text* text) {
  if (header.shape == 0 || header.shape > shapes_.size()) return nullptr;
  if (!ReadTimes(reader, header.utc_offset)) return nullptr;
  out = text->Room(out, kMaxHead + kValueRoom);
  if (out == nullptr) return nullptr;
  out = Put("DLLL {\"timestamp\": \"", out);
  out = wall_.PutTimestamp(out);
  out = Put("\", \"datetime\": \"", out);
  out = wall_.PutDateTime(out);
  out = Put("\", \"elapsedtime\": \"", out);
  out = FormatSeconds(elapsed_, out);
  out = Put("\", \"type\": \"LOG\", \"step\": ", out);
  out = values_.PutNext(reader, false, out, text);
  if (out == nullptr) return nullptr;
  out = Put(", \"data\": ", out);
  out = PutShaped(reader, shapes_[header.shape - 1], out, text);
  return out == nullptr ? nullptr : Put("}\n", out);
}

char* JsonFormatter::PutMetadata(WordReader* reader, const RecordHeader& header, char* out,
                                 Text* text) {
  if (!ReadTimes(reader, header.utc_offset)) return nullptr;
  out = text->Room(out, kMaxHead);
  if (out == nullptr) return nullptr;
  out = Put("DLLL {\"timestamp\": \"", out);
  out = wall_.PutTimestamp(out);
  out = Put("\", \"elapsedtime\": \"", out);
  out = FormatSeconds(elapsed_, out);
  out = Put("\", \"datetime\": \"", out);
  out = wall_.PutDateTime(out);
  out = Put("\", \"type\": \"METADATA\", \"metric\": ", out);
  out = JsonValues::PutString(reader, out, text);
  if (out == nullptr) return nullptr;
  constexpr char kKey[] = ", \"metadata\": ";
  out = text->Room(out, sizeof(kKey) + kValueRoom);
  if (out == nullptr) return nullptr;
  out = values_.PutNext(reader, false, Put(kKey, out), text);
  return out == nullptr ? nullptr : Put("}\n", out);
}

char* JsonFormatter::PutShaped(WordReader* reader, const Shape& shape, char* out, Text* text) {
  const char* piece = shape.pieces.data();
  if (shape.keys.empty()) out = Put("{", out);
  for (const auto [size, is_float] : shape.keys) {
    out = text->Room(out, size + kStride + kValueRoom);
    if (out == nullptr) return nullptr;
    out = values_.PutNext(reader, is_float, PutStrides(piece, size, out), text);
    if (out == nullptr) return nullptr;
    piece += size;
  }
  return Put("}", out);
}

}  // namespace dllogger
