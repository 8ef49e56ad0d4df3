// Numbers as the text of Python's repr. Pure functions; any thread.
#pragma once

#include <cstdint>

namespace dllogger {

// No number below takes more characters, nor writes beyond so many.
constexpr std::uint32_t kMaxNumberText = 32;

// A Python float: shortest digits that read back as the same double, exponent form below 1e-4 and
// from 1e16. Infinities and NaN are json.dumps's words. Returns the end of the text.
char* FormatFloat(double value, char* out);

// A JavaScript number: a Python int when it is a safe integer other than -0, else a float.
char* FormatNumber(double value, char* out);

char* FormatInteger(std::int64_t value, char* out);

// The first second, in microseconds, at which doubles are further apart than microseconds, so that
// fewer than six digits behind the point may tell one.
constexpr std::int64_t kCoarseSeconds = (std::int64_t{1} << 33) * 1000000;

// Microseconds as the repr of float seconds: "0.0", "5e-06", "1.5".
char* FormatSeconds(std::int64_t microseconds, char* out);

// What follows their whole seconds, from the point on; by FractionDigits().
char* FormatFraction(std::uint64_t digits, char* out);

}  // namespace dllogger
