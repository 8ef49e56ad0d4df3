// The formatter of json.h refuses bytes that are not a valid record: it adds no text and reads
// nothing beyond the bytes.
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "record/json.h"
#include "support/check.h"
#include "support/json_lines.h"
#include "support/record_builder.h"

namespace dllogger {
namespace {

const std::vector<std::string> kKeys = {"a", "b"};

// Records that together hold every tag, each at the end of some record.
std::vector<Record> ValidRecords() {
  const auto log = [] { return LogRecord(1).Number(3).Number(0.5); };
  return {
      ShapeRecord(2, {}),
      ShapeRecord(2, {"key", "a longer key", ""}),
      RecordBuilder(Kind::kShape, 2).Array(2).Utf16(u"\u03b1").Latin1("x").Build(),
      log().Number(1).Build(),
      log().Tagged(Tag::kNull).Build(),
      log().Float(1).Build(),
      log().Integer("12345678901234567").Build(),
      log().Latin1("text").Build(),
      log().Latin1("a text that needs more words").Build(),
      log().Utf16(u"\u03b1\u03b2\u03b3\u03b4\u03b5").Build(),
      log().Floats({1, 2, 3}).Build(),
      log().Array(3).Number(1).Tagged(Tag::kTrue).Tagged(Tag::kFalse).Build(),
      log().Object(2).Latin1("k").Array(1).Object(0).Latin1("l").Tagged(Tag::kNan).Build(),
      LogRecord(1).Array(2).Number(0).Number(5).Latin1("x").Floats({4}).Build(),
      MetadataRecord().Latin1("loss").Object(1).Latin1("unit").Latin1("nat").Build(),
      MetadataRecord().Utf16(u"\u03b1").Object(0).Build(),
  };
}

// A formatter that knows shape 1 and has a line already.
class Prepared {
 public:
  Prepared() {
    CHECK_EQ(lines_.Add(ShapeRecord(1, kKeys)), Outcome::kDone);
    CHECK_EQ(lines_.Add(LogRecord(1).Number(0).Number(1).Number(2)), Outcome::kDone);
    before_ = lines_.View();
  }

  template <typename RecordOrBuilder>
  Outcome Add(const RecordOrBuilder& record) {
    return lines_.Add(record);
  }

  // The text that was added since.
  std::string_view Added() const {
    CHECK_EQ(lines_.View().substr(0, before_.size()), before_);
    return lines_.View().substr(before_.size());
  }
  void Forget() { lines_.Buffer().Cut(before_.size()); }

 private:
  Lines lines_;
  std::string before_;
};

bool IsCorrupt(const Record& record) {
  Prepared lines;
  return CHECK_EQ(lines.Add(record), Outcome::kCorrupt) && CHECK_EQ(lines.Added(), "");
}
bool IsCorrupt(const RecordBuilder& builder) {
  return IsCorrupt(builder.Build());
}

Record With(Record record, const RecordHeader& header) {
  SetHeader(header, &record);
  return record;
}

// Whether a text is empty, or one whole line of JSON.
bool IsLineOrNothing(std::string_view text) {
  if (text.empty()) return true;
  constexpr std::string_view kStart = "DLLL ";
  return text.substr(0, kStart.size()) == kStart && text.back() == '\n' &&
         JsonChecker::Accepts(text.substr(kStart.size(), text.size() - kStart.size() - 1));
}

TEST(JsonCorrupt, TheCheckOfTheseTestsAcceptsJsonAlone) {
  for (const char* good : {"1", "-1.5e-05", "NaN", "-Infinity", "[]", "{}", "[1, [2], {\"a\": 3}]",
                           "\"\\u00e9\\n\\\"\"", "{\"a\": 1, \"b\": null}"}) {
    CHECK(JsonChecker::Accepts(good));
  }
  for (const char* bad : {"", "1,", "[1,2]", "[1, ]", "{\"a\"}", "{1: 2}", "\"\n\"", "\"\\x\"",
                          "\"\\u00\"", "\"\xe9\"", "nul", "1.", "1e5", "[", "\"", "{\"a\": }"}) {
    CHECK(!JsonChecker::Accepts(bad));
  }
}

TEST(JsonCorrupt, AcceptsTheRecordsThatTheOtherTestsDamage) {
  for (const Record& record : ValidRecords()) {
    Prepared lines;
    CHECK_EQ(lines.Add(record), Outcome::kDone);
    CHECK_EQ(lines.Added().empty(), HeaderOf(record).kind == Kind::kShape);
    CHECK(IsLineOrNothing(lines.Added()));
  }
}

TEST(JsonCorrupt, RefusesRecordsThatReachBeyondTheBytes) {
  for (const Record& record : ValidRecords()) {
    for (std::size_t size = 0; size < record.size(); size += 8) {
      CHECK(IsCorrupt(Record(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size))));
    }
  }
}

TEST(JsonCorrupt, RefusesRecordsThatEndTooSoonOrTooLate) {
  for (const Record& record : ValidRecords()) {
    RecordHeader header = HeaderOf(record);
    for (header.size = 16; header.size < record.size(); header.size += 16) {
      const Record damaged = With(record, header);
      CHECK(IsCorrupt(damaged));
      CHECK(IsCorrupt(Record(damaged.begin(), damaged.begin() + header.size)));
    }
    Record longer = record;
    longer.resize(record.size() + 16);
    header.size = static_cast<std::uint32_t>(longer.size());
    CHECK(IsCorrupt(With(longer, header)));
  }
}

TEST(JsonCorrupt, RefusesSizesThatNoRecordHas) {
  for (const Record& record : ValidRecords()) {
    const auto size = static_cast<std::uint32_t>(record.size());
    for (const std::uint32_t bad : {0u, 1u, 8u, 15u, 17u, 24u, size - 8, size - 1, size + 1,
                                    size + 8, size + 16, 0x80000000u, 0xfffffff0u, ~0u}) {
      RecordHeader header = HeaderOf(record);
      header.size = bad;
      CHECK(IsCorrupt(With(record, header)));
    }
  }
}

TEST(JsonCorrupt, RefusesUnknownKinds) {
  for (const Record& record : ValidRecords()) {
    for (const std::uint32_t kind : {0u, 5u, 6u, 0x100u, 0x80000003u, ~0u}) {
      RecordHeader header = HeaderOf(record);
      header.kind = static_cast<Kind>(kind);
      CHECK(IsCorrupt(With(record, header)));
    }
  }
  CHECK(IsCorrupt(Record(64)));
  CHECK(IsCorrupt(Record()));
}

TEST(JsonCorrupt, RefusesUnknownShapes) {
  const Record record = LogRecord(1).Number(0).Number(1).Number(2).Build();
  for (const std::uint32_t shape : {0u, 2u, 3u, 0x80000000u, ~0u}) {
    RecordHeader header = HeaderOf(record);
    header.shape = shape;
    CHECK(IsCorrupt(With(record, header)));
  }
}

TEST(JsonCorrupt, RefusesShapesOutOfOrder) {
  // 1 is known: only 2 can follow.
  for (const std::uint32_t id : {0u, 1u, 3u, ~0u}) CHECK(IsCorrupt(ShapeRecord(id, {"a"})));
  Prepared lines;
  CHECK_EQ(lines.Add(ShapeRecord(3, {"c"})), Outcome::kCorrupt);
  CHECK_EQ(lines.Add(ShapeRecord(2, {"c"})), Outcome::kDone);
  CHECK_EQ(lines.Add(LogRecord(2).Number(0).Number(1)), Outcome::kDone);
  CHECK_EQ(lines.Added(), std::string(kLogStart) + "0, \"data\": {\"c\": 1}}\n");
}

TEST(JsonCorrupt, RefusesDefinitionsThatAreNoKeyLists) {
  const auto shape = [] { return RecordBuilder(Kind::kShape, 2); };
  CHECK(IsCorrupt(shape()));
  CHECK(IsCorrupt(shape().Number(1).Latin1("a")));
  CHECK(IsCorrupt(shape().Latin1("a")));
  CHECK(IsCorrupt(shape().Object(1).Latin1("a")));
  CHECK(IsCorrupt(shape().Array(2).Latin1("a")));
  CHECK(IsCorrupt(shape().Array(0).Latin1("a").Latin1("b")));
  CHECK(IsCorrupt(shape().Array(~0u).Latin1("a")));
  CHECK(IsCorrupt(shape().Array(1).Number(1)));
  CHECK(IsCorrupt(shape().Array(1).Tagged(Tag::kNull)));
  CHECK(IsCorrupt(shape().Array(1).Array(1)));
  CHECK(IsCorrupt(shape().Array(1).Array(1).Number(1)));
  CHECK(IsCorrupt(shape().Array(1).Array(1).Array(1).Latin1("a")));
  CHECK(IsCorrupt(shape().Array(1).Array(2).Latin1("a").Latin1("b")));
  CHECK(IsCorrupt(shape().Array(1).Tagged(Tag::kLatin1, ~0u)));
  CHECK(IsCorrupt(shape().Array(1).Tagged(Tag::kUtf16, ~0u)));
}

TEST(JsonCorrupt, ADefinitionThatIsRefusedDefinesNothing) {
  // The definition has its keys, and then surplus words.
  Prepared lines;
  Record longer = ShapeRecord(2, {"wrong"});
  longer.resize(longer.size() + 16);
  RecordHeader header = HeaderOf(longer);
  header.size = static_cast<std::uint32_t>(longer.size());
  CHECK_EQ(lines.Add(With(longer, header)), Outcome::kCorrupt);
  CHECK_EQ(lines.Add(LogRecord(2).Number(0).Number(1)), Outcome::kCorrupt);
  CHECK_EQ(lines.Add(ShapeRecord(2, {"right"})), Outcome::kDone);
}

TEST(JsonCorrupt, RefusesWrongCounts) {
  // The records have no padding, and each wrong count differs by more than padding could hide.
  const auto value = [] { return LogRecord(1).Array(1).Number(0).Number(1); };
  for (const std::uint32_t count : {0u, 1u, 3u, 4u, 1000u, 0x7fffffffu, 0x80000000u, ~0u}) {
    CHECK(IsCorrupt(value().Array(count).Latin1("a").Latin1("b")));
    CHECK(IsCorrupt(value().Object(count).Latin1("a").Array(0).Latin1("b").Array(0)));
    CHECK(IsCorrupt(value().Tagged(Tag::kFloats, 2 * count).Word(1).Word(2).Word(3).Word(4)));
  }
  for (const std::uint32_t count : {0x20u, 0x7fffffffu, 0x80000000u, 0xfffffff9u, ~0u}) {
    CHECK(IsCorrupt(value().Tagged(Tag::kLatin1, count).Word(0)));
    CHECK(IsCorrupt(value().Tagged(Tag::kUtf16, count).Word(0)));
    CHECK(IsCorrupt(value().Tagged(Tag::kInteger, count).Word(0x3030303030303030u)));
  }
}

TEST(JsonCorrupt, RefusesTooManyOrTooFewValues) {
  CHECK(IsCorrupt(LogRecord(1)));
  CHECK(IsCorrupt(LogRecord(1).Number(0)));
  CHECK(IsCorrupt(LogRecord(1).Number(0).Array(0)));
  CHECK(IsCorrupt(LogRecord(1).Number(0).Number(1).Number(2).Array(0).Array(0)));
  CHECK(IsCorrupt(MetadataRecord()));
  CHECK(IsCorrupt(MetadataRecord().Latin1("loss")));
}

TEST(JsonCorrupt, RefusesNamesThatAreNoStrings) {
  CHECK(IsCorrupt(MetadataRecord().Number(1).Object(0)));
  CHECK(IsCorrupt(MetadataRecord().Tagged(Tag::kNull).Object(0)));
  CHECK(IsCorrupt(MetadataRecord().Object(0).Object(0)));
  CHECK(IsCorrupt(LogRecord(1).Number(0).Number(1).Object(1).Number(1).Number(2)));
  CHECK(IsCorrupt(LogRecord(1).Number(0).Number(1).Object(1).Integer("1").Number(2)));
  RecordBuilder second = LogRecord(1).Number(0).Number(1);
  second.Object(2).Latin1("a").Number(1).Tagged(Tag::kTrue).Number(2);
  CHECK(IsCorrupt(second));
}

TEST(JsonCorrupt, RefusesIntegersThatAreNoDigits) {
  for (const char* bad : {"", "-", "--1", "1-", "+1", " 1", "1.5", "1e5", "0x1", "12345678\n"}) {
    CHECK(IsCorrupt(LogRecord(1).Number(0).Number(1).Integer(bad)));
  }
}

TEST(JsonCorrupt, RefusesTimesOutOfRange) {
  const double kInfinity = std::numeric_limits<double>::infinity();
  const auto times = [](double wall, double elapsed, std::int32_t utc_offset) {
    return RecordBuilder(Kind::kLog, 1, utc_offset)
        .Times(wall, elapsed)
        .Number(0)
        .Number(1)
        .Number(2);
  };
  for (const double bad : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN(), 1e300,
                           -1e300, 9.3e18, -9.3e18}) {
    CHECK(IsCorrupt(times(bad, 0, 0)));
    CHECK(IsCorrupt(times(0, bad, 0)));
  }
  // Years 1 and 9999.
  CHECK(IsCorrupt(times(-62104060800000001.0 - 8, 0, 0)));
  CHECK(IsCorrupt(times(253370764800000000.0, 0, 0)));
  CHECK(IsCorrupt(times(kWall, 0, 86400)));
  CHECK(IsCorrupt(times(kWall, 0, -86400)));
  CHECK(IsCorrupt(times(kWall, 0, std::numeric_limits<std::int32_t>::max())));
  CHECK(IsCorrupt(times(kWall, 0, std::numeric_limits<std::int32_t>::min())));
}

// A random word: often a tag or a small number.
std::uint64_t RandomWord(std::mt19937_64* random) {
  switch ((*random)() % 4) {
    case 0:
      return TagWord(static_cast<Tag>((*random)() % (kTagCount + 1)),
                     static_cast<std::uint32_t>((*random)() % 8));
    case 1:
      return TagWord(static_cast<Tag>((*random)() % kTagCount),
                     static_cast<std::uint32_t>((*random)()));
    case 2:
      return WordOf(static_cast<double>((*random)() % 1000));
    default:
      return (*random)();
  }
}

// Formats a record that may hold anything, and checks the result.
bool Survives(const Record& record, Prepared* lines) {
  const Outcome outcome = lines->Add(record);
  const std::string_view added = lines->Added();
  const bool survives = CHECK(outcome == Outcome::kDone || outcome == Outcome::kCorrupt) &&
                        CHECK(outcome == Outcome::kDone || added.empty()) &&
                        CHECK(IsLineOrNothing(added));
  if (!survives) check::Fail(__FILE__, __LINE__, check::Quoted(added));
  lines->Forget();
  return survives;
}

TEST(JsonCorrupt, SurvivesRandomWords) {
  std::mt19937_64 random(1);
  Prepared lines;
  for (int i = check::Scaled(100000); i > 0; --i) {
    const auto kind = static_cast<Kind>(random() % 6);
    RecordBuilder builder(kind, static_cast<std::uint32_t>(random() % 3));
    if (random() % 4 != 0) builder.Times(kWall, kElapsed);
    for (std::uint64_t words = random() % 12; words > 0; --words) {
      builder.Word(RandomWord(&random));
    }
    if (!Survives(builder.Build(), &lines)) return;
  }
}

TEST(JsonCorrupt, SurvivesRandomBytes) {
  std::mt19937_64 random(2);
  Prepared lines;
  for (int i = check::Scaled(100000); i > 0; --i) {
    Record record(random() % 128);
    for (std::uint8_t& byte : record) byte = static_cast<std::uint8_t>(random());
    if (!Survives(record, &lines)) return;
  }
}

TEST(JsonCorrupt, SurvivesRandomDamageToGoodRecords) {
  std::mt19937_64 random(3);
  const std::vector<Record> valid = ValidRecords();
  Prepared lines;
  for (int i = check::Scaled(200000); i > 0; --i) {
    // Starts anew now and then: with ever more definitions, ever more invalid records would be
    // accepted.
    if (i % 1000 == 0) lines = Prepared();
    Record record = valid[random() % valid.size()];
    for (std::uint64_t hits = 1 + random() % 3; hits > 0; --hits) {
      const std::size_t at = random() % record.size();
      if (random() % 2 == 0) {
        record[at] = static_cast<std::uint8_t>(random());
      } else {
        const std::uint64_t word = RandomWord(&random);
        std::memcpy(record.data() + at / 8 * 8, &word, sizeof(word));
      }
    }
    if (!Survives(record, &lines)) return;
  }
}

}  // namespace
}  // namespace dllogger
