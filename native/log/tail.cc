#include "log/tail.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace dllogger {
namespace {

using platform::File;

constexpr std::string_view kBegin = "DLLL {";
constexpr std::size_t kPiece = std::size_t{64} * 1024;
// More zeros than this do not change what a line is.
constexpr std::size_t kZeros = 8;

// Follows the text of a line and tells whether it is a whole record: brackets balance at its end,
// and not before.
class RecordScanner {
 public:
  void Read(std::string_view text) {
    for (const char character : text) Read(character);
  }
  bool IsWhole() const { return !is_broken_ && size_ > kBegin.size() && depth_ == 0; }
  // Whether the text can be the beginning of a record.
  bool IsRecord() const { return !is_broken_; }
  bool IsEmptySpace() const { return is_zeros_; }

 private:
  void Read(char character) {
    is_zeros_ = is_zeros_ && character == '\0';
    if (size_ < kBegin.size()) {
      is_broken_ = is_broken_ || character != kBegin[size_];
    } else if (depth_ == 0) {
      is_broken_ = true;
    }
    if (++size_ < kBegin.size()) return;
    if (is_escaped_) {
      is_escaped_ = false;
    } else if (is_string_) {
      is_escaped_ = character == '\\';
      is_string_ = character != '"';
    } else if (character == '"') {
      is_string_ = true;
    } else if (character == '{' || character == '[') {
      ++depth_;
    } else if (character == '}' || character == ']') {
      --depth_;
    }
  }

  std::size_t size_ = 0;
  std::int64_t depth_ = 0;
  bool is_string_ = false;
  bool is_escaped_ = false;
  bool is_broken_ = false;
  bool is_zeros_ = true;
};

// Finds the start of the file's last line.
Fault FindLastLine(const File& file, std::int64_t size, std::int64_t* start) {
  std::string piece;
  // Skips a hole in growing pieces: gigabytes that take no space must not take time.
  std::int64_t hole = kPiece;
  for (std::int64_t end = size; end > 0;) {
    const std::int64_t before = std::max(end - hole, std::int64_t{0});
    if (file.SkipHole(before) >= end) {
      end = before;
      hole *= 2;
      continue;
    }
    if (hole > static_cast<std::int64_t>(kPiece)) {
      hole = kPiece;
      continue;
    }
    piece.resize(std::min(kPiece, static_cast<std::size_t>(end)));
    const std::int64_t begin = end - static_cast<std::int64_t>(piece.size());
    std::size_t read = 0;
    if (Fault fault = file.ReadAt(begin, piece.data(), piece.size(), &read)) return fault;
    const std::size_t newline = piece.rfind('\n');
    if (newline != std::string::npos) {
      *start = begin + static_cast<std::int64_t>(newline) + 1;
      return {};
    }
    end = begin;
  }
  *start = 0;
  return {};
}

}  // namespace

Fault InspectTail(const File& file, std::int64_t size, TailOf* found) {
  *found = {Tail::kNone, size};
  bool is_whole = true;
  std::size_t read = 0;
  if (Fault fault = EndsLine(file, size, &is_whole)) return fault;
  if (is_whole) return {};
  if (Fault fault = FindLastLine(file, size, &found->start)) return fault;
  RecordScanner scanner;
  std::string piece(kPiece, '\0');
  for (std::int64_t at = found->start; at < size; at += static_cast<std::int64_t>(read)) {
    const std::int64_t data = std::min(file.SkipHole(at), size);
    const auto zeros = static_cast<std::size_t>(data - at);
    scanner.Read(std::string(std::min(zeros, kZeros), '\0'));
    at = data;
    const auto rest = static_cast<std::size_t>(size - at);
    if (rest == 0) break;
    if (Fault fault = file.ReadAt(at, piece.data(), std::min(kPiece, rest), &read)) return fault;
    if (read == 0) break;
    scanner.Read(std::string_view(piece).substr(0, read));
  }
  if (scanner.IsWhole()) {
    found->tail = Tail::kRecord;
  } else {
    const bool is_torn = scanner.IsRecord() || scanner.IsEmptySpace();
    found->tail = is_torn ? Tail::kTorn : Tail::kOther;
  }
  return {};
}

Fault EndsLine(const File& file, std::int64_t size, bool* is_whole) {
  *is_whole = true;
  // The end of an unreadable log is unknown.
  if (size == 0 || !file.IsReadable()) return {};
  char last = '\n';
  std::size_t read = 0;
  if (Fault fault = file.ReadAt(size - 1, &last, 1, &read)) return fault;
  *is_whole = last == '\n';
  return {};
}

Fault MatchBytes(const File& file, std::int64_t offset, std::string_view text,
                 std::size_t* matched) {
  *matched = 0;
  if (!file.IsReadable()) return {};
  std::string piece;
  while (*matched < text.size()) {
    const std::string_view expected = text.substr(*matched, kPiece);
    piece.resize(expected.size());
    std::size_t read = 0;
    const auto at = offset + static_cast<std::int64_t>(*matched);
    if (Fault fault = file.ReadAt(at, piece.data(), piece.size(), &read)) return fault;
    const auto end = expected.begin() + static_cast<std::ptrdiff_t>(read);
    const auto difference = std::mismatch(expected.begin(), end, piece.begin()).first;
    const auto count = static_cast<std::size_t>(difference - expected.begin());
    *matched += count;
    if (count < expected.size()) break;
  }
  return {};
}

}  // namespace dllogger
