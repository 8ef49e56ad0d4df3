#include "log/missing.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/tail.h"
#include "text/text.h"

namespace dllogger {
namespace {

constexpr std::size_t kBatch = std::size_t{256} * 1024;
constexpr std::size_t kPiece = std::size_t{64} * 1024;

// How far to search a log for the lines of a damaged batch. Its writer had written them at one
// place, behind at most a few lines of other writers.
constexpr std::int64_t kSearch = std::int64_t{64} << 20;

// This many characters of a line's beginning hold its whole timestamp, which identifies the line.
constexpr std::size_t kUnmistakable = 40;

// Reads up to `count` bytes of the repaired log; fewer only at its end.
Fault ReadLog(const RepairedLog& log, std::int64_t offset, std::size_t count, std::string* piece) {
  piece->clear();
  if (offset > log.end || !log.file->IsReadable()) return {};
  piece->resize(
      static_cast<std::size_t>(std::min(static_cast<std::int64_t>(count), log.end - offset)));
  std::size_t read = 0;
  if (Fault fault = log.file->ReadAt(offset, piece->data(), piece->size(), &read)) return fault;
  piece->resize(read);
  const bool is_end = offset + static_cast<std::int64_t>(read) == log.end;
  if (is_end && log.lacks_newline && read < count) piece->push_back('\n');
  return {};
}

// How much of `lines`, counted in whole lines, stands at `offset`.
Fault MatchAt(const RepairedLog& log, std::int64_t offset, std::string_view lines,
              std::size_t* matched) {
  std::string piece;
  std::size_t same = 0;
  while (same < lines.size()) {
    const std::string_view expected = lines.substr(same, kPiece);
    const auto at = offset + static_cast<std::int64_t>(same);
    if (Fault fault = ReadLog(log, at, expected.size(), &piece)) return fault;
    const auto end = expected.begin() + static_cast<std::ptrdiff_t>(piece.size());
    const auto difference = std::mismatch(expected.begin(), end, piece.begin()).first;
    const auto count = static_cast<std::size_t>(difference - expected.begin());
    same += count;
    if (count < expected.size()) break;
  }
  *matched = WholeLines(lines.substr(0, same));
  return {};
}

// Finds the lines of a text that a log lacks from some place on.
class LineSearch {
 public:
  explicit LineSearch(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += lines_.back().size()) {
      lines_.push_back(text.substr(at, text.find('\n', at) + 1 - at));
      found_[lines_.back()] = 0;
    }
  }

  Fault Search(const RepairedLog& log, std::int64_t start) {
    std::string piece;
    rest_at_ = start;
    end_ = start;
    for (std::int64_t at = start; at - start < kSearch;) {
      const std::int64_t data = log.file->IsReadable() ? log.file->SkipHole(at) : at;
      if (data > at) {
        // Neither the bytes before a hole nor the bytes behind it are a whole line.
        rest_ = '\0';
        rest_at_ = data - 1;
        start += data - at;
        at = data;
      }
      if (Fault fault = ReadLog(log, at, kPiece, &piece)) return fault;
      if (piece.empty()) break;
      at += static_cast<std::int64_t>(piece.size());
      TakePiece(piece);
    }
    return {};
  }

  // The end of the last line found; the start of the search if none was found.
  std::int64_t End() const { return end_; }

  // Offset at which the log's end holds the beginning of these lines; -1 if it does not.
  std::int64_t BegunAt(std::string_view lines) const {
    const bool is_ours = rest_.size() >= kUnmistakable && lines.substr(0, rest_.size()) == rest_;
    return is_ours ? rest_at_ : -1;
  }

  std::string NotFound() {
    std::string text;
    for (const std::string_view line : lines_) {
      std::size_t& found = found_[line];
      if (found == 0) {
        text += line;
      } else {
        --found;
      }
    }
    return text;
  }

 private:
  void TakePiece(std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t newline = piece.find('\n');
      rest_ += piece.substr(0, newline == std::string_view::npos ? newline : newline + 1);
      if (newline == std::string_view::npos) return;
      piece.remove_prefix(newline + 1);
      rest_at_ += static_cast<std::int64_t>(rest_.size());
      const auto line = found_.find(rest_);
      if (line != found_.end()) {
        ++line->second;
        end_ = rest_at_;
      }
      rest_.clear();
    }
  }

  std::vector<std::string_view> lines_;
  std::unordered_map<std::string_view, std::size_t> found_;
  std::string rest_;  // the text behind the last newline searched
  std::int64_t rest_at_ = 0;
  std::int64_t end_ = 0;
};

// What a writer was writing when it died, as its last commit says.
class Intent {
 public:
  Intent(const Commit& commit, const RepairedLog& log)
      : log_(log), offset_(commit.offset), done_(commit.done) {
    // Begin some bytes earlier, since a damaged commit may point into a line.
    const std::uint64_t before = std::min(commit.done, std::uint64_t{1} << 62) + kPiece;
    start_ = std::max<std::int64_t>(commit.offset - static_cast<std::int64_t>(before), 0);
  }

  // Whether the characters of earlier attempts end between two lines. If not, some of these lines
  // differ from those that were being written, and counting characters does not find them.
  bool IsBetweenLines(std::string_view text, bool is_last) const {
    if (done_ > text.size()) return !is_last;
    return done_ == 0 || text[static_cast<std::size_t>(done_) - 1] == '\n';
  }

  // Finds what the log lacks of the next lines, which are exactly those that were being written.
  Fault Compare(std::string_view text, std::string* lines, Missing* missing) {
    auto done = static_cast<std::size_t>(std::min<std::uint64_t>(done_, text.size()));
    done_ -= done;
    std::size_t matched = 0;
    if (Fault fault = MatchAt(log_, offset_, text.substr(done), &matched)) return fault;
    done += matched;
    offset_ += static_cast<std::int64_t>(matched);
    // Text in the log that matches none of these lines may be followed by more of them: a writer
    // without locks appended in between, or a damaged record makes another line than the one
    // written.
    const std::string_view rest = text.substr(done);
    LineSearch search(rest);
    if (!rest.empty()) {
      if (Fault fault = search.Search(log_, offset_)) return fault;
    }
    *lines = search.NotFound();
    offset_ = search.End();
    const std::size_t found = rest.size() - lines->size();
    if (rest.substr(found) == *lines) {
      missing->batch.done = done + found;
      missing->lines = rest.substr(found);
      missing->begun_at = offset_;
    } else {
      TakeSearched(search, text, *lines, missing);
    }
    return {};
  }

  // As Compare(), for damaged records, whose lines may or may not be in the log.
  Fault Search(std::string_view text, std::string* lines, Missing* missing) {
    LineSearch search(text);
    if (Fault fault = search.Search(log_, start_)) return fault;
    *lines = search.NotFound();
    TakeSearched(search, text, *lines, missing);
    return {};
  }

 private:
  void TakeSearched(const LineSearch& search, std::string_view text, std::string_view lines,
                    Missing* missing) const {
    missing->lines = lines;
    missing->begun_at = search.BegunAt(lines);
    // A value beyond the text: if this recovery is killed, the next one searches again.
    missing->batch.done = text.size() + 1;
    missing->searched_from = start_;
  }

  const RepairedLog& log_;
  std::int64_t start_ = 0;
  std::int64_t offset_;
  std::uint64_t done_;
};

}  // namespace

Fault FindMissingLines(RingReader* reader, const Commit& commit, std::uint32_t head,
                       std::uint64_t limit, const RepairedLog& log, const TakeMissing& take) {
  reader->Seek(commit.tail);
  const std::uint64_t damaged = reader->Damaged();
  Intent intent(commit, log);
  bool is_intended = commit.tail != commit.end;
  std::uint64_t size = 0;
  Text text;
  std::string found;
  while (reader->Position() != head) {
    Missing missing;
    missing.batch.tail = reader->Position();
    text.Clear(kBatch);
    const std::uint32_t end = is_intended ? commit.end : head;
    if (Fault fault = reader->Read(end, kBatch, &text)) return fault;
    missing.batch.end = reader->Position();
    missing.lines = {text.Data(), text.Size()};
    size += text.Size();
    if (size > limit) return {EFBIG, "recover"};
    if (is_intended) {
      const bool is_last = reader->Position() == commit.end;
      const std::string_view lines = missing.lines;
      const bool is_whole = reader->Damaged() == damaged && intent.IsBetweenLines(lines, is_last);
      if (Fault fault = is_whole ? intent.Compare(lines, &found, &missing)
                                 : intent.Search(lines, &found, &missing)) {
        return fault;
      }
      // If the last of these lines is missing, so are all that follow.
      const bool is_search = missing.searched_from != -1;
      is_intended = !is_last && (is_search || missing.lines.empty());
    }
    if (missing.lines.empty()) continue;
    if (Fault fault = take(missing)) return fault;
  }
  return {};
}

}  // namespace dllogger
