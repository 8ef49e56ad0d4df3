// Numbers as the text of Python's repr. Pure functions; any thread.
#pragma once

#include <cstdint>

namespace dllogger {

// Limit on the characters that any function below writes.
constexpr std::uint32_t kMaxNumberText = 32;

// A Python float: the shortest digits that read back as the same double, in exponent form below
// 1e-4 and from 1e16 on. Infinities and NaN are written as json.dumps writes them. Returns the end
// of the text, as do the functions below.
char* FormatFloat(double value, char* out);

// A JavaScript number: a Python int when it is a safe integer other than -0, else a float.
char* FormatNumber(double value, char* out);

char* FormatInteger(std::int64_t value, char* out);

// The first second, in microseconds, at which neighbouring doubles are more than a microsecond
// apart. From there on repr may print fewer than six digits behind the point.
constexpr std::int64_t kCoarseSeconds = (std::int64_t{1} << 33) * 1000000;

// Microseconds as the repr of float seconds: "0.0", "5e-06", "1.5".
char* FormatSeconds(std::int64_t microseconds, char* out);

// The text behind the whole seconds, from the point on, of digits made by FractionDigits().
char* FormatFraction(std::uint64_t digits, char* out);

}  // namespace dllogger
