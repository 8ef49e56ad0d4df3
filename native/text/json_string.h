// Strings as the text that Python's json.dumps makes of them: ASCII, all else escaped. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "text/text.h"

namespace dllogger {

// Between two values, and behind the last one: whoever asks for room for a value asks for so much
// more.
constexpr std::size_t kPunctuation = 16;

// Writes a string of so many code units, Latin-1 or UTF-16, at `out`, which Text has not been told
// of yet, and returns the end, with room for punctuation; nullptr when there is no memory.
template <typename Unit>
char* PutJsonString(const std::uint8_t* units, std::size_t count, char* out, Text* text);

extern template char* PutJsonString<std::uint8_t>(const std::uint8_t*, std::size_t, char*, Text*);
extern template char* PutJsonString<std::uint16_t>(const std::uint8_t*, std::size_t, char*, Text*);

}  // namespace dllogger
