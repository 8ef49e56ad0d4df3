#include "fuzz/fuzz_targets.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "fuzz/fuzz_input.h"
#include "log/dead_log.h"
#include "log/recover.h"
#include "log/tail.h"
#include "ring/ring_reader.h"
#include "support/append.h"
#include "support/check.h"
#include "support/json_lines.h"
#include "support/temp_dir.h"
#include "text/number.h"

namespace dllogger::fuzz {
namespace {

// Records that together hold every tag.
std::vector<Record> SomeRecords() {
  const auto log = [] { return LogRecord(1).Number(3).Number(0.5); };
  return {
      ShapeRecord(1, {"a", "b"}),
      log().Number(1).Build(),
      log().Tagged(Tag::kNull).Build(),
      log().Float(1e22).Build(),
      log().Integer("12345678901234567").Build(),
      log().Latin1("te\"xt\n").Build(),
      log().Utf16(u"\u03b1\u03b2\u03b3\u03b4\u03b5").Build(),
      log().Floats({1, 2e-5, 3}).Build(),
      log().Array(3).Number(1).Tagged(Tag::kTrue).Tagged(Tag::kFalse).Build(),
      log().Object(2).Latin1("k").Array(1).Object(0).Latin1("l").Tagged(Tag::kNan).Build(),
      MetadataRecord().Latin1("loss").Object(1).Latin1("unit").Latin1("nat").Build(),
  };
}

// --- records -----------------------------------------------------------------------------------

// Each record gives no line or one line, and never affects the next record.
void RunRecords(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Lines lines(input.Take<std::uint8_t>() % 2 == 0 ? NonFinite::kLiteral : NonFinite::kNull);
  static_cast<void>(lines.Add(ShapeRecord(1, {"a", "b"})));
  while (input.Size() > 0) {
    const std::size_t before = lines.View().size();
    const std::size_t available = input.Size();
    const Outcome outcome = lines.Json().Append(input.Rest(), available, &lines.Buffer());
    if (outcome != Outcome::kDone) CHECK_EQ(lines.View().size(), before);
    const std::string_view added = lines.View().substr(before);
    CHECK(std::count(added.begin(), added.end(), '\n') <= 1);
    RecordHeader header = {};
    std::memcpy(&header, input.Rest(), std::min(sizeof(header), available));
    if (outcome == Outcome::kDone) CHECK(header.size <= available);
    static_cast<void>(input.Text(outcome == Outcome::kDone ? header.size : 8));
  }
  CheckLines(lines.View());
}

std::vector<Bytes> SeedRecords() {
  std::vector<Bytes> seeds;
  Output all;
  all.Put(std::uint8_t{0});
  for (const Record& record : SomeRecords()) {
    seeds.push_back(Output().Put(std::uint8_t{1}).Put(record).Take());
    all.Put(record);
  }
  seeds.push_back(all.Take());
  return seeds;
}

// --- rings -------------------------------------------------------------------------------------

// The words of a ring's file, valid or not.
struct RingWords {
  std::uint32_t version, capacity, data_offset, non_finite;
  std::uint32_t head, tail, end;
  std::uint64_t done;
  std::int64_t offset;
  std::uint8_t flags;
};
constexpr std::uint8_t kOwnHeader = 1;
constexpr std::uint8_t kOwnCommit = 2;
constexpr std::uint8_t kNoBoot = 4;
constexpr std::uint8_t kWild = 8;

RingWords TakeWords(Input* input) {
  RingWords words = {};
  words.flags = input->Take<std::uint8_t>();
  words.version = input->Take<std::uint32_t>();
  words.capacity = input->Take<std::uint32_t>();
  words.data_offset = input->Take<std::uint32_t>();
  words.non_finite = input->Take<std::uint32_t>();
  words.head = input->Take<std::uint32_t>();
  words.tail = input->Take<std::uint32_t>();
  words.end = input->Take<std::uint32_t>();
  words.done = input->Take<std::uint64_t>();
  words.offset = input->Take<std::int64_t>();
  return words;
}

// The place of an input's records in the ring.
std::uint32_t DataPlace(const RingWords& words) {
  return words.tail % Ring::kCapacity / Ring::kHalf * Ring::kHalf;
}

void FillRing(const RingWords& words, Input* input, const platform::FileId& log, RingFile* ring) {
  auto* memory = static_cast<std::uint8_t*>(ring->Memory().get());
  RingHeader header;
  std::memcpy(&header, memory + kHeaderOffset, sizeof(header));
  if ((words.flags & kOwnHeader) != 0) {
    header.version = words.version;
    header.capacity = words.capacity;
    header.data_offset = words.data_offset;
    header.non_finite = words.non_finite;
  }
  if ((words.flags & kNoBoot) != 0) std::memset(header.boot, 'x', sizeof(header.boot));
  std::memcpy(memory + kHeaderOffset, &header, sizeof(header));
  if ((words.flags & kWild) != 0) {
    // Anywhere in the first page: the header, the commits, the control words.
    const std::uint32_t place = words.version % (Ring::kDataOffset - 256);
    const std::string_view wild = input->Text(words.capacity % 256);
    std::memcpy(memory + place, wild.data(), wild.size());
  }
  const std::uint32_t place = DataPlace(words);
  const std::string_view data = input->Text(Ring::kCapacity - place);
  std::memcpy(memory + Ring::kDataOffset + place, data.data(), data.size());
  Ring(memory).Publish(words.head);
  if ((words.flags & kOwnCommit) == 0) return;
  Commit commit;
  commit.tail = words.tail;
  commit.end = words.end;
  commit.done = words.done;
  commit.offset = words.offset;
  commit.log = log;
  ring->Write(commit);
}

// For any ring: the log keeps its whole lines and only gets whole lines; a reader sees the same
// lines before; no other file changes; recovering again changes nothing.
void RunRing(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const RingWords words = TakeWords(&input);
  const std::string text(input.Text(input.Take<std::uint8_t>()));
  const TempDir dir(MemoryDisk());
  const std::string path = dir / "log";
  WriteFile(path, text);
  Age(path);
  WriteFile(dir / "neighbour", "untouched");
  {
    RingFile::Options options;
    options.log_path = path;
    CHECK_EQ(platform::IdentifyFile(path, &options.log).error, 0);
    const std::unique_ptr<RingFile> ring = RingFile::Create(options);
    FillRing(words, &input, options.log, ring.get());
  }
  MissingLines missing;
  Recovery seen;
  CHECK_EQ(FindMissing(path, &missing, &seen).error, 0);
  Recovery recovery;
  CHECK_EQ(RecoverPath(path, &recovery).error, 0);
  const std::string recovered = ReadFile(path);
  CHECK_EQ(ReadFile(dir / "neighbour"), "untouched");
  CHECK_EQ(recovered.substr(0, WholeLines(text)), text.substr(0, WholeLines(text)));
  // An unfinished line that the ring cannot complete stays, as a separate line.
  std::string expected = text.substr(0, static_cast<std::size_t>(missing.end));
  if (recovery.unfinished > 0) expected = text;
  if (!expected.empty() && expected.back() != '\n') expected += '\n';
  CHECK_EQ(recovered, expected + missing.lines);
  CheckLines(missing.lines);
  Recovery again;
  CHECK_EQ(RecoverPath(path, &again).error, 0);
  CHECK_EQ(again.records + again.unfinished, 0u);
  CHECK_EQ(ReadFile(path), recovered);
}

std::vector<Bytes> SeedRings() {
  const std::string before = "DLLL {\"before\": 1}\n";
  const auto seed = [&](std::uint8_t flags, std::uint32_t head, std::uint32_t end,
                        std::string_view text) {
    Output output;
    output.Put(flags).Put(kRingVersion).Put(Ring::kCapacity).Put(Ring::kDataOffset);
    output.Put(std::uint32_t{0}).Put(head).Put(std::uint32_t{0}).Put(end);
    output.Put(std::uint64_t{0}).Put(static_cast<std::int64_t>(before.size()));
    output.Put(static_cast<std::uint8_t>(text.size())).Put(text);
    for (const Record& record : SomeRecords()) output.Put(record);
    return output.Take();
  };
  std::uint32_t size = 0;
  for (const Record& record : SomeRecords()) size += static_cast<std::uint32_t>(record.size());
  return {seed(kOwnCommit, size, 0, before),    seed(kOwnCommit, size, size, before),
          seed(kOwnCommit, size, size, "DLLL"), seed(0, size, 0, before + "DLLL {\"unfini"),
          seed(kOwnHeader, size, 0, before),    seed(kNoBoot, size, 0, before + "other"),
          seed(kWild, size, 0, before)};
}

// --- the log's end -----------------------------------------------------------------------------

void RunTail(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::string text(input.Text(size));
  const TempDir dir(MemoryDisk());
  const std::string path = dir / "log";
  WriteFile(path, text);
  Age(path);
  for (int i = 0; i < 2; ++i) {
    LogFile log;
    CHECK(!log.Open(path, LogFile::Mode::kAppend));
    LogFile::AppendLock append_lock(&log);
    std::size_t done = 0;
    CHECK(!append_lock.Begin("\n", &done));
    // Nothing is ever cut.
    CHECK_EQ(ReadFile(path), text.empty() || text.back() == '\n' ? text : text + "\n");
  }
}

std::vector<Bytes> SeedTails() {
  std::vector<Bytes> seeds;
  for (const std::string_view text :
       {"DLLL {\"a\": \"}\\\"\", \"b\": [1, {}]}\n", "DLLL {\"a\": {\"b\": [\"", "other\ntext",
        "DLLL {}\nDLLL {}"}) {
    seeds.push_back(Output().Put(text).Take());
  }
  return seeds;
}

// --- numbers -----------------------------------------------------------------------------------

void CheckNumber(double value, const char* text, const char* end) {
  CHECK(end - text <= kMaxNumberText);
  const std::string copy(text, end);
  if (!std::isfinite(value)) {
    CHECK_EQ(copy, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    return;
  }
  const double back = std::strtod(copy.c_str(), nullptr);
  CHECK_EQ(std::memcmp(&back, &value, sizeof(value)), 0);
}

void RunNumbers(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  while (input.Size() > 0) {
    const auto value = input.Take<double>();
    char text[kMaxNumberText];
    CheckNumber(value, text, FormatFloat(value, text));
    CheckNumber(value, text, FormatNumber(value, text));
  }
}

std::vector<Bytes> SeedNumbers() {
  std::vector<Bytes> seeds;
  for (const double value : {0.0, -0.0, 1e16, 1e-4, 9.999e-5, 0.1, 1.0 / 3, 5e-324, 1.7e308}) {
    seeds.push_back(Output().Put(value).Take());
  }
  return seeds;
}

}  // namespace

const std::vector<Target>& Targets() {
  static const std::vector<Target> targets = {
      {"records", RunRecords, SeedRecords},       {"rings", RunRing, SeedRings},
      {"dead-rings", RunDeadRing, SeedDeadRings}, {"tails", RunTail, SeedTails},
      {"numbers", RunNumbers, SeedNumbers},
  };
  return targets;
}

}  // namespace dllogger::fuzz
