#include "record/json.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/check.h"
#include "support/failing_realloc.h"
#include "support/json_lines.h"
#include "support/record_builder.h"

namespace dllogger {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The line of a record of shape 1, which has the key "v".
std::string LineOf(const Record& record, NonFinite non_finite = NonFinite::kLiteral) {
  Lines lines(non_finite);
  CHECK_EQ(lines.Add(ShapeRecord(1, {"v"})), Outcome::kDone);
  CHECK_EQ(lines.View(), "");
  CHECK_EQ(lines.Add(record), Outcome::kDone);
  return std::string(lines.View());
}

// The beginning of a record of step 7, without its one value.
RecordBuilder Valued() {
  return LogRecord(1).Number(7);
}

// The text of that record's value.
std::string ValueOf(const RecordBuilder& builder, NonFinite non_finite = NonFinite::kLiteral) {
  const std::string line = LineOf(builder.Build(), non_finite);
  const std::string before = std::string(kLogStart) + "7, \"data\": {\"v\": ";
  constexpr std::string_view kAfter = "}}\n";
  if (!CHECK(line.size() >= before.size() + kAfter.size())) return line;
  CHECK_EQ(line.substr(0, before.size()), before);
  CHECK_EQ(line.substr(line.size() - kAfter.size()), kAfter);
  return line.substr(before.size(), line.size() - before.size() - kAfter.size());
}

// The text of json.dumps for one code unit, computed in another way than in json.cc.
std::string Escaped(unsigned unit) {
  const std::string_view kShort = "\"\"\\\\\nn\rr\tt\bb\ff";
  for (std::size_t i = 0; i < kShort.size(); i += 2) {
    if (unit == static_cast<unsigned char>(kShort[i])) return std::string("\\") + kShort[i + 1];
  }
  if (unit >= 32 && unit < 127) return std::string(1, static_cast<char>(unit));
  char text[8];
  std::snprintf(text, sizeof(text), "\\u%04x", unit);
  return text;
}

TEST(Json, LogLineIsExact) {
  Lines lines;
  CHECK_EQ(lines.Add(ShapeRecord(1, {"loss", "accuracy"})), Outcome::kDone);
  RecordBuilder record(Kind::kLog, 1, 3600);
  record.Times(kWall, kElapsed).Array(2).Number(0).Number(5).Number(8.5e-05).Number(1);
  CHECK_EQ(lines.Add(record), Outcome::kDone);
  CHECK_EQ(lines.View(),
           "DLLL {\"timestamp\": \"1795391251.672064\", \"datetime\": \"2026-11-23 "
           "00:47:31.672064+01:00\", \"elapsedtime\": \"4.366727\", \"type\": \"LOG\", \"step\": "
           "[0, 5], \"data\": {\"loss\": 8.5e-05, \"accuracy\": 1}}\n");
}

TEST(Json, MetadataLineIsExact) {
  RecordBuilder record(Kind::kMetadata, 0, -12600);
  record.Times(kWall, 0).Latin1("loss").Object(2);
  record.Latin1("unit").Latin1("nat").Latin1("format").Tagged(Tag::kNull);
  CHECK_EQ(LineOf(record.Build()),
           "DLLL {\"timestamp\": \"1795391251.672064\", \"elapsedtime\": \"0.0\", \"datetime\": "
           "\"2026-11-22 20:17:31.672064-03:30\", \"type\": \"METADATA\", \"metric\": \"loss\", "
           "\"metadata\": {\"unit\": \"nat\", \"format\": null}}\n");
}

TEST(Json, TimesLoseTrailingZeros) {
  RecordBuilder record(Kind::kLog, 1);
  record.Times(1570716916000000, 5).Number(1).Number(2);
  CHECK_EQ(LineOf(record.Build()),
           "DLLL {\"timestamp\": \"1570716916.0\", \"datetime\": \"2019-10-10 14:15:16+00:00\", "
           "\"elapsedtime\": \"5e-06\", \"type\": \"LOG\", \"step\": 1, \"data\": {\"v\": 2}}\n");
}

TEST(Json, PrintsEveryTag) {
  CHECK_EQ(ValueOf(Valued().Tagged(Tag::kNull)), "null");
  CHECK_EQ(ValueOf(Valued().Tagged(Tag::kFalse)), "false");
  CHECK_EQ(ValueOf(Valued().Tagged(Tag::kTrue)), "true");
  CHECK_EQ(ValueOf(Valued().Tagged(Tag::kNan)), "NaN");
  CHECK_EQ(ValueOf(Valued().Float(1)), "1.0");
  CHECK_EQ(ValueOf(Valued().Integer("123456789012345678901234567890")),
           "123456789012345678901234567890");
  CHECK_EQ(ValueOf(Valued().Integer("-9007199254740993")), "-9007199254740993");
  CHECK_EQ(ValueOf(Valued().Latin1("caf\xe9")), "\"caf\\u00e9\"");
  CHECK_EQ(ValueOf(Valued().Utf16(u"\u03b1/\u4e2d")), "\"\\u03b1/\\u4e2d\"");
  CHECK_EQ(ValueOf(Valued().Array(2).Number(1).Latin1("a")), "[1, \"a\"]");
  CHECK_EQ(ValueOf(Valued().Object(1).Latin1("a").Number(1)), "{\"a\": 1}");
  CHECK_EQ(ValueOf(Valued().Floats({1, 0.5})), "[1.0, 0.5]");
}

TEST(Json, PrintsNumbers) {
  CHECK_EQ(ValueOf(Valued().Number(17)), "17");
  CHECK_EQ(ValueOf(Valued().Number(-0.0)), "-0.0");
  CHECK_EQ(ValueOf(Valued().Number(0.1)), "0.1");
  CHECK_EQ(ValueOf(Valued().Number(1e-05)), "1e-05");
  CHECK_EQ(ValueOf(Valued().Number(9007199254740991)), "9007199254740991");
  CHECK_EQ(ValueOf(Valued().Number(9007199254740992)), "9007199254740992.0");
  CHECK_EQ(ValueOf(Valued().Number(kInfinity)), "Infinity");
  CHECK_EQ(ValueOf(Valued().Number(-kInfinity)), "-Infinity");
}

TEST(Json, FloatsStayFloatsWhenWhole) {
  CHECK_EQ(ValueOf(Valued().Float(-0.0)), "-0.0");
  CHECK_EQ(ValueOf(Valued().Float(1e16)), "1e+16");
  CHECK_EQ(ValueOf(Valued().Floats({})), "[]");
  CHECK_EQ(ValueOf(Valued().Floats({0, -0.0, 3, kInfinity, std::nan("")})),
           "[0.0, -0.0, 3.0, Infinity, NaN]");
  std::string expected = "[0.0";
  std::vector<double> values = {0};
  for (int i = 1; i < 3000; ++i) {
    values.push_back(i);
    expected += ", " + std::to_string(i) + ".0";
  }
  CHECK_EQ(ValueOf(Valued().Floats(values)), expected + "]");
}

TEST(Json, WordsThatAreNoTagsAreNumbers) {
  // Quiet and signalling NaNs of both signs, and the NaNs next to the tags.
  for (const std::uint64_t word :
       {0x7ff8000000000000u, 0x7ff0000000000001u, 0xfff8000000000000u, 0xffffffffffffffffu,
        0xfff9000000000000u, TagWord(static_cast<Tag>(kTagCount))}) {
    CHECK_EQ(ValueOf(Valued().Word(word)), "NaN");
  }
  // Raw doubles are not searched for tags.
  RecordBuilder floats = Valued();
  floats.Tagged(Tag::kFloats, 2).Word(TagWord(Tag::kTrue)).Number(2);
  CHECK_EQ(ValueOf(floats), "[NaN, 2.0]");
  CHECK_EQ(ValueOf(Valued().Tagged(Tag::kFloat).Word(TagWord(Tag::kArray, 5))), "NaN");
}

TEST(Json, NonFiniteIsNullOnDemand) {
  const auto null = [](const RecordBuilder& builder) { return ValueOf(builder, NonFinite::kNull); };
  CHECK_EQ(null(Valued().Tagged(Tag::kNan)), "null");
  CHECK_EQ(null(Valued().Number(kInfinity)), "null");
  CHECK_EQ(null(Valued().Number(-kInfinity)), "null");
  CHECK_EQ(null(Valued().Word(0x7ff8000000000000u)), "null");
  CHECK_EQ(null(Valued().Float(kInfinity)), "null");
  CHECK_EQ(null(Valued().Floats({1, kInfinity, std::nan("")})), "[1.0, null, null]");
  CHECK_EQ(null(Valued().Object(1).Latin1("a").Array(1).Tagged(Tag::kNan)), "{\"a\": [null]}");
  CHECK_EQ(null(Valued().Number(0.5)), "0.5");
  CHECK_EQ(null(Valued().Latin1("NaN")), "\"NaN\"");
  CHECK_EQ(LineOf(LogRecord(1).Tagged(Tag::kNan).Number(1).Build(), NonFinite::kNull),
           std::string(kLogStart) + "null, \"data\": {\"v\": 1}}\n");
}

TEST(Json, StepsAreAnyValue) {
  const auto line = [](const RecordBuilder& builder) {
    return LineOf(RecordBuilder(builder).Number(1).Build());
  };
  const std::string start(kLogStart);
  const std::string end = ", \"data\": {\"v\": 1}}\n";
  CHECK_EQ(line(LogRecord(1).Array(0)), start + "[]" + end);
  CHECK_EQ(line(LogRecord(1).Object(0)), start + "{}" + end);
  CHECK_EQ(line(LogRecord(1).Latin1("PARAMETER")), start + "\"PARAMETER\"" + end);
  CHECK_EQ(line(LogRecord(1).Array(3).Number(1).Tagged(Tag::kNull).Float(2)),
           start + "[1, null, 2.0]" + end);
}

TEST(Json, NestsContainers) {
  RecordBuilder record = Valued();
  record.Object(3);
  record.Latin1("a").Array(3).Array(0).Object(0).Array(1).Array(1).Object(0);
  record.Latin1("").Object(1).Latin1("b").Object(1).Latin1("c").Tagged(Tag::kTrue);
  record.Latin1("d").Floats({1});
  CHECK_EQ(ValueOf(record),
           "{\"a\": [[], {}, [[{}]]], \"\": {\"b\": {\"c\": true}}, \"d\": [1.0]}");
}

TEST(Json, FollowsContainersUpToTheLimit) {
  const auto nested = [](std::uint32_t depth) {
    RecordBuilder record = Valued();
    for (std::uint32_t i = 0; i < depth; ++i) {
      if (i % 2 == 0) {
        record.Array(1);
      } else {
        record.Object(1).Latin1("k");
      }
    }
    return record;
  };
  std::string expected = "0";
  for (std::uint32_t i = kMaxDepth; i-- > 0;) {
    expected = i % 2 == 0 ? "[" + expected + "]" : "{\"k\": " + expected + "}";
  }
  CHECK_EQ(ValueOf(nested(kMaxDepth).Number(0)), expected);
  CHECK(JsonChecker::Accepts(expected));
  Lines lines;
  CHECK_EQ(lines.Add(ShapeRecord(1, {"v"})), Outcome::kDone);
  CHECK_EQ(lines.Add(nested(kMaxDepth + 1).Number(0)), Outcome::kCorrupt);
  CHECK_EQ(lines.View(), "");
}

TEST(Json, EscapesEveryCodeUnit) {
  std::u16string all;
  std::string expected;
  for (unsigned unit = 0; unit < 65536; ++unit) {
    const auto character = static_cast<char16_t>(unit);
    const std::string escaped = Escaped(unit);
    // Surrogates are written one by one, alone or in pairs.
    CHECK_EQ(ValueOf(Valued().Utf16({&character, 1})), '"' + escaped + '"');
    if (unit < 256) {
      const auto latin1 = static_cast<char>(unit);
      CHECK_EQ(ValueOf(Valued().Latin1({&latin1, 1})), '"' + escaped + '"');
    }
    all += character;
    expected += escaped;
    if (check::Failures() != 0) return;
  }
  CHECK_EQ(ValueOf(Valued().Utf16(all)), '"' + expected + '"');
}

TEST(Json, EscapesSurrogatesWhateverStandsBesideThem) {
  CHECK_EQ(ValueOf(Valued().Utf16(u"\U0001F600")), "\"\\ud83d\\ude00\"");
  CHECK_EQ(ValueOf(Valued().Utf16({u"\xd83d", 1})), "\"\\ud83d\"");
  CHECK_EQ(ValueOf(Valued().Utf16({u"\xde00\xd83d", 2})), "\"\\ude00\\ud83d\"");
  CHECK_EQ(ValueOf(Valued().Utf16({u"a\xd83d\xd83d\xde00z", 5})), "\"a\\ud83d\\ud83d\\ude00z\"");
}

TEST(Json, StringsOfAnyLengthAreWhole) {
  for (const std::size_t around : {0u, 8u, 16u, 16384u, 32768u, 300000u}) {
    for (std::size_t length = around < 2 ? 0 : around - 2; length <= around + 2; ++length) {
      std::string latin1;
      std::u16string utf16;
      std::string expected[2];
      for (std::size_t i = 0; i < length; ++i) {
        const auto unit = static_cast<unsigned char>(i * 7 % 256);
        latin1 += static_cast<char>(unit);
        utf16 += static_cast<char16_t>(i * 701 % 65536);
        expected[0] += Escaped(unit);
        expected[1] += Escaped(utf16.back());
      }
      CHECK_EQ(ValueOf(Valued().Latin1(latin1)), '"' + expected[0] + '"');
      CHECK_EQ(ValueOf(Valued().Utf16(utf16)), '"' + expected[1] + '"');
    }
  }
}

TEST(Json, KeysComeFromTheShape) {
  Lines lines;
  CHECK_EQ(lines.Add(ShapeRecord(1, {})), Outcome::kDone);
  CHECK_EQ(lines.Add(ShapeRecord(2, {"b", "a", "", "\"\xe9\n"})), Outcome::kDone);
  CHECK_EQ(lines.Add(RecordBuilder(Kind::kShape, 3).Array(1).Utf16(u"\u03b1")), Outcome::kDone);
  CHECK_EQ(lines.View(), "");
  const std::string start(kLogStart);
  std::string expected;
  const auto add = [&](const RecordBuilder& record, const std::string& data) {
    CHECK_EQ(lines.Add(record), Outcome::kDone);
    expected += start + "0, \"data\": " + data + "}\n";
  };
  add(LogRecord(2).Number(0).Number(1).Number(2).Number(3).Number(4),
      "{\"b\": 1, \"a\": 2, \"\": 3, \"\\\"\\u00e9\\n\": 4}");
  add(LogRecord(1).Number(0), "{}");
  add(LogRecord(3).Number(0).Array(0), "{\"\\u03b1\": []}");
  CHECK_EQ(lines.View(), expected);

  // Under a key that is defined as an array of itself, numbers are floats; nothing else changes.
  CHECK_EQ(
      lines.Add(
          RecordBuilder(Kind::kShape, 4).Array(3).Latin1("a").Array(1).Latin1("f").Latin1("z")),
      Outcome::kDone);
  add(LogRecord(4).Number(0).Number(1).Number(1).Number(1), "{\"a\": 1, \"f\": 1.0, \"z\": 1}");
  add(LogRecord(4).Number(0).Number(1).Integer("2").Array(1).Number(3),
      "{\"a\": 1, \"f\": 2, \"z\": [3]}");
  add(LogRecord(4).Number(0).Number(1).Array(1).Number(2).Number(3),
      "{\"a\": 1, \"f\": [2], \"z\": 3}");
  for (const std::uint32_t count : {0u, 2u}) {
    CHECK_EQ(
        lines.Add(RecordBuilder(Kind::kShape, 5).Array(1).Array(count).Latin1("a").Latin1("b")),
        Outcome::kCorrupt);
  }
  CHECK_EQ(lines.View(), expected);

  // The next half of the ring counts its shapes from 1.
  lines.ForgetShapes();
  CHECK_EQ(lines.Add(LogRecord(1).Number(0)), Outcome::kCorrupt);
  CHECK_EQ(lines.Add(ShapeRecord(1, {"z"})), Outcome::kDone);
  add(LogRecord(1).Number(0).Number(9), "{\"z\": 9}");
  CHECK_EQ(lines.View(), expected);
}

TEST(Json, HoldsManyShapes) {
  constexpr std::uint32_t kCount = 5000;
  Lines lines;
  for (std::uint32_t id = 1; id <= kCount; ++id) {
    CHECK_EQ(lines.Add(ShapeRecord(id, {"key" + std::to_string(id)})), Outcome::kDone);
  }
  std::string expected;
  for (std::uint32_t id = kCount; id >= 1; --id) {
    CHECK_EQ(lines.Add(LogRecord(id).Number(0).Number(id)), Outcome::kDone);
    const std::string number = std::to_string(id);
    expected += std::string(kLogStart) + "0, \"data\": {\"key" + number + "\": " + number + "}}\n";
  }
  CHECK_EQ(lines.View(), expected);
}

TEST(Json, PadsPrintNothing) {
  Lines lines;
  CHECK_EQ(lines.Add(RecordBuilder(Kind::kPad)), Outcome::kDone);
  // A pad holds bytes of earlier records.
  CHECK_EQ(lines.Add(RecordBuilder(Kind::kPad, 99, 99).Word(~0ull).Word(1).Word(2)),
           Outcome::kDone);
  CHECK_EQ(lines.View(), "");
}

TEST(Json, ReadsARecordAtAnyAddress) {
  Record record = MetadataRecord().Utf16(u"\u03b1b").Object(1).Latin1("x").Floats({1, 2}).Build();
  const std::string expected =
      std::string(kMetadataStart) + "\"\\u03b1b\", \"metadata\": {\"x\": [1.0, 2.0]}}\n";
  for (std::size_t shift = 0; shift < 16; ++shift) {
    // More bytes are available than the record has.
    Record moved(shift, 0xff);
    moved.insert(moved.end(), record.begin(), record.end());
    moved.resize(moved.size() + 40, 0xff);
    Lines lines;
    CHECK_EQ(lines.Json().Append(moved.data() + shift, moved.size() - shift, &lines.Buffer()),
             Outcome::kDone);
    CHECK_EQ(lines.View(), expected);
  }
}

TEST(Json, ReportsThatMemoryRanOutAndFormatsOnTheNextCall) {
  if (!FailingRealloc::kIsSupported) SKIP("malloc cannot be made to fail here");
  const std::string key(5000, 'k');
  const Record records[] = {
      ShapeRecord(1, {"v", key}),
      LogRecord(1).Number(0).Number(1).Latin1(std::string(9000, '\n')).Build(),
      MetadataRecord().Latin1(key).Utf16(std::u16string(40000, 'x')).Build(),
      LogRecord(1).Number(0).Number(1).Floats({1, 2}).Build()};
  Lines expected;
  for (const Record& record : records) CHECK_EQ(expected.Add(record), Outcome::kDone);
  int failures = 0;
  for (int nth = 1;; ++nth) {
    Lines lines;
    const FailingRealloc failing(nth);
    for (const Record& record : records) {
      const std::string before(lines.View());
      Outcome outcome = lines.Add(record);
      if (outcome != Outcome::kDone) {
        ++failures;
        CHECK_EQ(outcome, Outcome::kNoMemory);
        CHECK_EQ(lines.View(), before);
        outcome = lines.Add(record);
      }
      CHECK_EQ(outcome, Outcome::kDone);
    }
    CHECK_EQ(lines.View(), expected.View());
    if (!failing.HasFailed()) break;
  }
  CHECK(failures > 3);
}

TEST(Json, ReportsThatMemoryForAShapeRanOutAndReadsItOnTheNextCall) {
  if (!FailingRealloc::kIsSupported) SKIP("new cannot be made to fail here");
  const Record shape = ShapeRecord(1, {"v", std::string(500, 'k')});
  const Record log = LogRecord(1).Number(0).Number(1).Number(2).Build();
  int failures = 0;
  for (int nth = 1;; ++nth) {
    Lines lines;
    bool has_failed = false;
    Outcome outcome = Outcome::kDone;
    {
      const FailingNew failing(nth);
      outcome = lines.Json().Append(shape.data(), shape.size(), &lines.Buffer());
      has_failed = failing.HasFailed();
    }
    if (!has_failed) break;
    ++failures;
    CHECK_EQ(outcome, Outcome::kNoMemory);
    CHECK_EQ(lines.View(), "");
    CHECK_EQ(lines.Add(shape), Outcome::kDone);
    CHECK_EQ(lines.Add(log), Outcome::kDone);
  }
  CHECK(failures > 2);
}

}  // namespace
}  // namespace dllogger
