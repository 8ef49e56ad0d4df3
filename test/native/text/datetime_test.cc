#include "text/datetime.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <limits>
#include <random>
#include <string>

#include "support/check.h"
#include "text/number.h"

namespace dllogger {
namespace {

constexpr std::int64_t kSecond = 1000000;
constexpr std::int32_t kDay = 86400;
// The range that Choose() accepts: years 2 to 9998, so that no offset leaves Python's 1 to 9999.
constexpr std::int64_t kFirst = -62104060800;
constexpr std::int64_t kBehindLast = 253370764800;

bool IsValid(std::int64_t wall, std::int32_t utc_offset) {
  return WallTimeText().Choose(wall, utc_offset);
}

std::string Format(WallTimeText* text, std::int64_t wall, std::int32_t utc_offset) {
  char out[WallTimeText::kMaxText];
  if (!CHECK(text->Choose(wall, utc_offset))) return "";
  return std::string(out, text->PutDateTime(out));
}
std::string Format(std::int64_t wall, std::int32_t utc_offset) {
  WallTimeText text;
  return Format(&text, wall, utc_offset);
}

std::string Timestamp(WallTimeText* text, std::int64_t wall) {
  char out[WallTimeText::kMaxText];
  if (!CHECK(text->Choose(wall, 0))) return "";
  return std::string(out, text->PutTimestamp(out));
}

std::int64_t SecondOf(std::int64_t year, int month, int day) {
  std::tm date = {};
  date.tm_year = static_cast<int>(year - 1900);
  date.tm_mon = month - 1;
  date.tm_mday = day;
  return timegm(&date);
}

// The expected text, made by the C library.
std::string Expected(std::int64_t second, std::int32_t fraction, std::int32_t utc_offset) {
  const auto local = static_cast<std::time_t>(second + utc_offset);
  std::tm date = {};
  gmtime_r(&local, &date);
  char text[128];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d", date.tm_year + 1900,
                date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec);
  std::string expected = text;
  if (fraction != 0) {
    std::snprintf(text, sizeof(text), ".%06d", fraction);
    expected += text;
  }
  const std::int32_t magnitude = utc_offset < 0 ? -utc_offset : utc_offset;
  std::snprintf(text, sizeof(text), "%c%02d:%02d", utc_offset < 0 ? '-' : '+', magnitude / 3600,
                magnitude / 60 % 60);
  expected += text;
  if (magnitude % 60 != 0) {
    std::snprintf(text, sizeof(text), ":%02d", magnitude % 60);
    expected += text;
  }
  return expected;
}

bool Agrees(WallTimeText* text, std::int64_t second, std::int32_t fraction, std::int32_t offset) {
  return CHECK_EQ(Format(text, second * kSecond + fraction, offset),
                  Expected(second, fraction, offset));
}

TEST(DateTime, PrintsKnownMomentsAsPython) {
  CHECK_EQ(Format(1795391251672064, 3600), "2026-11-23 00:47:31.672064+01:00");
  CHECK_EQ(Format(1795391251672064, 0), "2026-11-22 23:47:31.672064+00:00");
  CHECK_EQ(Format(1570716916000000, 0), "2019-10-10 14:15:16+00:00");
  CHECK_EQ(Format(1570716916000001, 0), "2019-10-10 14:15:16.000001+00:00");
  CHECK_EQ(Format(1570716916100000, 0), "2019-10-10 14:15:16.100000+00:00");
  CHECK_EQ(Format(0, -12600), "1969-12-31 20:30:00-03:30");
  CHECK_EQ(Format(0, 20700), "1970-01-01 05:45:00+05:45");
  // Amsterdam until 1937, and Monrovia until 1972.
  CHECK_EQ(Format(0, 1172), "1970-01-01 00:19:32+00:19:32");
  CHECK_EQ(Format(0, -2670), "1969-12-31 23:15:30-00:44:30");
  CHECK_EQ(Format(0, -1), "1969-12-31 23:59:59-00:00:01");
}

TEST(DateTime, TimestampsAreSecondsAsPythonPrintsThem) {
  WallTimeText text;
  std::mt19937_64 random(3);
  const auto agrees = [&](std::int64_t wall) {
    char expected[kMaxNumberText];
    char* const end = FormatSeconds(wall, expected);
    return CHECK_EQ(Timestamp(&text, wall), std::string(expected, end));
  };
  CHECK_EQ(Timestamp(&text, 1795391251672064), "1795391251.672064");
  CHECK_EQ(Timestamp(&text, 1795391251000000), "1795391251.0");
  CHECK_EQ(Timestamp(&text, 1795391251100000), "1795391251.1");
  CHECK_EQ(Timestamp(&text, 1795391252000001), "1795391252.000001");
  CHECK_EQ(Timestamp(&text, 50), "5e-05");
  CHECK_EQ(Timestamp(&text, -kSecond), "-1.0");
  // Python: repr(8589934591999999 / 1e6), repr(8589934592000003 / 1e6), ...
  CHECK_EQ(Timestamp(&text, 8589934591999999), "8589934591.999999");
  CHECK_EQ(Timestamp(&text, 8589934592000000), "8589934592.0");
  CHECK_EQ(Timestamp(&text, 8589934592000003), "8589934592.000004");
  CHECK_EQ(Timestamp(&text, 253370764799999999), "253370764800.0");
  for (std::int64_t wall = -3 * kSecond; wall <= 3 * kSecond; wall += 997) {
    if (!agrees(wall)) return;
  }
  for (int i = check::Scaled(100000); i > 0; --i) {
    const auto range = static_cast<std::uint64_t>((kBehindLast - kFirst) * kSecond);
    if (!agrees(kFirst * kSecond + static_cast<std::int64_t>(random() % range))) return;
  }
}

TEST(DateTime, AMomentThatIsRefusedChangesNothing) {
  WallTimeText text;
  CHECK(text.Choose(1795391251672064, 3600));
  CHECK(!text.Choose(kBehindLast * kSecond, 0));
  CHECK(!text.Choose(1795391251672064, kDay));
  char out[WallTimeText::kMaxText];
  CHECK_EQ(std::string(out, text.PutDateTime(out)), "2026-11-23 00:47:31.672064+01:00");
}

TEST(DateTime, CountsBackwardsBefore1970) {
  CHECK_EQ(Format(-1, 0), "1969-12-31 23:59:59.999999+00:00");
  CHECK_EQ(Format(-kSecond, 0), "1969-12-31 23:59:59+00:00");
  CHECK_EQ(Format(-kSecond - 1, 0), "1969-12-31 23:59:58.999999+00:00");
  CHECK_EQ(Format(-kDay * kSecond, 0), "1969-12-31 00:00:00+00:00");
}

TEST(DateTime, KnowsLeapYears) {
  WallTimeText text;
  for (const std::int64_t year :
       {4, 100, 400, 1600, 1700, 1900, 1970, 1972, 2000, 2024, 2025, 2026, 2100, 2400, 9996}) {
    const std::int64_t march = SecondOf(year, 3, 1);
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    char expected[64];
    std::snprintf(expected, sizeof(expected), "%04d-02-%d 23:59:59+00:00", static_cast<int>(year),
                  is_leap ? 29 : 28);
    CHECK_EQ(Format(&text, (march - 1) * kSecond, 0), expected);
    std::snprintf(expected, sizeof(expected), "%04d-03-01 00:00:00+00:00", static_cast<int>(year));
    CHECK_EQ(Format(&text, march * kSecond, 0), expected);
    CHECK(Agrees(&text, SecondOf(year, 12, 31), 0, 0));
    CHECK(Agrees(&text, SecondOf(year + 1, 1, 1) - 1, 999999, 0));
  }
}

TEST(DateTime, EveryDayOfFourCenturiesMatchesTheCLibrary) {
  WallTimeText text;
  const std::int64_t first = SecondOf(1799, 12, 31) / kDay;
  const std::int64_t last = SecondOf(2201, 1, 1) / kDay;
  for (std::int64_t day = first; day <= last; ++day) {
    if (!Agrees(&text, day * kDay, 0, 0) || !Agrees(&text, day * kDay + kDay - 1, 0, 0)) return;
  }
}

TEST(DateTime, RandomMomentsMatchTheCLibrary) {
  std::mt19937_64 random(1);
  WallTimeText text;
  for (int i = check::Scaled(200000); i > 0; --i) {
    const auto range = static_cast<std::uint64_t>(kBehindLast - kFirst);
    const std::int64_t second = kFirst + static_cast<std::int64_t>(random() % range);
    const auto fraction = random() % 4 == 0 ? 0 : static_cast<std::int32_t>(random() % kSecond);
    auto offset = static_cast<std::int32_t>(random() % (2 * kDay - 1)) - (kDay - 1);
    if (random() % 2 == 0) offset = offset / 900 * 900;
    if (!Agrees(&text, second, fraction, offset)) return;
  }
}

TEST(DateTime, KeepsNothingOfTheMomentBefore) {
  std::mt19937_64 random(2);
  WallTimeText text;
  for (int i = check::Scaled(100000); i > 0; --i) {
    // Few seconds, offsets and fractions, so that every combination follows every other.
    const std::int64_t second = 1795391251 + static_cast<std::int64_t>(random() % 2);
    const std::int32_t fraction = random() % 2 == 0 ? 0 : 672064;
    constexpr std::int32_t kOffsets[] = {0, 3600, -3600, 1172};
    if (!Agrees(&text, second, fraction, kOffsets[random() % 4])) return;
  }
}

TEST(DateTime, ValidMomentsAreThoseThatPythonPrintsInAnyZone) {
  CHECK_EQ(kFirst, SecondOf(2, 1, 1));
  CHECK_EQ(kBehindLast, SecondOf(9999, 1, 1));
  CHECK(IsValid(kFirst * kSecond, 0));
  CHECK(!IsValid(kFirst * kSecond - 1, 0));
  CHECK(IsValid(kBehindLast * kSecond - 1, 0));
  CHECK(!IsValid(kBehindLast * kSecond, 0));
  CHECK(!IsValid(std::numeric_limits<std::int64_t>::max(), 0));
  CHECK(!IsValid(std::numeric_limits<std::int64_t>::min(), 0));
  WallTimeText text;
  for (const std::int32_t offset : {kDay - 1, 1 - kDay}) {
    CHECK(Agrees(&text, kFirst, 0, offset));
    CHECK(Agrees(&text, kBehindLast - 1, 999999, offset));
  }
}

TEST(DateTime, OffsetsOfADayOrMoreAreInvalid) {
  for (const std::int32_t offset : {kDay, kDay + 1, std::numeric_limits<std::int32_t>::max()}) {
    CHECK(!IsValid(0, offset));
    CHECK(!IsValid(0, -offset));
  }
}

// The magnitude of this offset is no int32.
TEST(DateTime, TheLeastOffsetIsInvalid) {
  CHECK(!IsValid(0, std::numeric_limits<std::int32_t>::min()));
}

}  // namespace
}  // namespace dllogger
