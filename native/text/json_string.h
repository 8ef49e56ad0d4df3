// Strings as Python's json.dumps writes them: ASCII, with all other characters escaped. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "text/text.h"

namespace dllogger {

// Extra room to ask for with each value: the punctuation that follows the value needs no check of
// its own.
constexpr std::size_t kPunctuation = 16;

// Writes a string of `count` code units, Latin-1 or UTF-16, at `out`, which lies at or behind the
// end of `text`. Returns the end of what was written, with kPunctuation characters of room; nullptr
// when memory is exhausted.
template <typename Unit>
char* PutJsonString(const std::uint8_t* units, std::size_t count, char* out, Text* text);

extern template char* PutJsonString<std::uint8_t>(const std::uint8_t*, std::size_t, char*, Text*);
extern template char* PutJsonString<std::uint16_t>(const std::uint8_t*, std::size_t, char*, Text*);

}  // namespace dllogger
