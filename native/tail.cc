#include "tail.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace dllogger {
namespace {

using platform::File;

constexpr std::string_view kBegin = "DLLL {";
constexpr std::size_t kPiece = std::size_t{64} * 1024;

// Follows the text of a line and tells whether it is a whole record: brackets balance at its end,
// and not before.
class RecordScanner {
 public:
  void Read(std::string_view text) {
    for (const char character : text) Read(character);
  }
  bool IsWhole() const { return !is_broken_ && size_ > kBegin.size() && depth_ == 0; }
  // Whether it can be the beginning of a record.
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

// Where the line begins that the file ends in.
Fault FindLastLine(const File& file, std::int64_t size, std::int64_t* start) {
  std::string piece;
  for (std::int64_t end = size; end > 0;) {
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
  if (size == 0) return {};
  char last = '\n';
  std::size_t read = 0;
  if (Fault fault = file.ReadAt(size - 1, &last, 1, &read)) return fault;
  if (last == '\n') return {};
  if (Fault fault = FindLastLine(file, size, &found->start)) return fault;
  RecordScanner scanner;
  std::string piece(kPiece, '\0');
  for (std::int64_t at = found->start; at < size; at += static_cast<std::int64_t>(read)) {
    const auto rest = static_cast<std::size_t>(size - at);
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

Fault RepairTail(const File& file, std::int64_t* size, std::uint64_t* cut) {
  // A log that may not be read is as it is.
  if (!file.IsReadable()) return {};
  TailOf found;
  if (Fault fault = InspectTail(file, *size, &found)) return fault;
  if (found.tail == Tail::kNone) return {};
  if (found.tail == Tail::kTorn) {
    if (Fault fault = file.Truncate(found.start)) return fault;
    *cut += static_cast<std::uint64_t>(*size - found.start);
    *size = found.start;
    return {};
  }
  std::size_t written = 0;
  if (Fault fault = file.Write("\n", 1, &written)) return fault;
  *size += static_cast<std::int64_t>(written);
  return {};
}

Fault MatchLines(const File& file, std::int64_t offset, std::string_view lines,
                 std::size_t* matched) {
  *matched = 0;
  if (!file.IsReadable()) return {};
  std::string piece;
  std::size_t same = 0;
  while (same < lines.size()) {
    const std::string_view expected = lines.substr(same, kPiece);
    piece.resize(expected.size());
    std::size_t read = 0;
    const auto at = offset + static_cast<std::int64_t>(same);
    if (Fault fault = file.ReadAt(at, piece.data(), piece.size(), &read)) return fault;
    const auto end = expected.begin() + static_cast<std::ptrdiff_t>(read);
    const auto difference = std::mismatch(expected.begin(), end, piece.begin()).first;
    const auto count = static_cast<std::size_t>(difference - expected.begin());
    same += count;
    if (count < expected.size()) break;
  }
  *matched = WholeLines(lines.substr(0, same));
  return {};
}

}  // namespace dllogger
