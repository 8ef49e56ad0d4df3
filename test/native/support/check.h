// The harness of the core's tests. Written here, so that the tests need only a compiler and CMake.
//
//   TEST(Subject, BehavesSo) { CHECK_EQ(Sum(1, 2), 3); }
//
// A failed check is printed and counted, and the test continues. Both macros are expressions, true
// if the check held. Any thread may make checks. The runner is main.cc.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace check {

#ifdef __has_feature
#define CHECK_HAS_FEATURE(feature) __has_feature(feature)
#else
#define CHECK_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_THREAD__) || CHECK_HAS_FEATURE(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#if defined(__SANITIZE_ADDRESS__) || CHECK_HAS_FEATURE(address_sanitizer)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif
constexpr bool kSanitizer = kThreadSanitizer || kAddressSanitizer;

// Whether all repetitions are wanted, which take minutes: `npm run test:long` sets the variable.
inline bool IsLong() {
  static const bool is_long = std::getenv("DLLOGGER_LONG") != nullptr;
  return is_long;
}

// How often to repeat something that the long tests repeat `count` times. Sanitizers slow
// everything down.
inline int Scaled(int count) {
  return IsLong() && !kSanitizer ? count : count / 10;
}

struct Case {
  const char* suite;
  const char* name;
  void (*run)();
};

std::vector<Case>& Cases();

struct Registration {
  explicit Registration(const Case& one) { Cases().push_back(one); }
};

// Counts a failed check of the running test and prints it.
void Fail(const char* file, int line, const std::string& what);

// Failed checks of the running test so far.
int Failures();

// Records that this machine cannot run the rest of the test, and why.
void Skip(const std::string& reason);

// A string as C++ would spell it, so that a difference in bytes can be seen.
std::string Quoted(std::string_view text);
// The text around the first difference, with its offset.
std::string Excerpt(std::string_view text, std::string_view other);

template <typename T>
std::string Show(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    return std::to_string(static_cast<std::int64_t>(value));
  } else {
    std::ostringstream out;
    out.precision(17);
    out << value;
    return out.str();
  }
}

template <typename T>
constexpr bool kIsText = std::is_convertible_v<T, std::string_view>;

template <typename A, typename B>
bool IsEqual(const A& a, const B& b) {
  // The types may differ in signedness; no test compares values that need the 64th bit.
  if constexpr (std::is_integral_v<A> && std::is_integral_v<B>) {
    return static_cast<std::int64_t>(a) == static_cast<std::int64_t>(b);
  } else if constexpr (kIsText<A> && kIsText<B>) {
    return std::string_view(a) == std::string_view(b);
  } else {
    return a == b;
  }
}

inline bool That(bool holds, const char* file, int line, const char* text) {
  if (!holds) Fail(file, line, text);
  return holds;
}

template <typename A, typename B>
bool Equal(const A& a, const B& b, const char* file, int line, const char* text) {
  if (IsEqual(a, b)) return true;
  std::string values;
  if constexpr (kIsText<A> && kIsText<B>) {
    values = "\n    " + Excerpt(a, b) + "\n    " + Excerpt(b, a);
  } else {
    values = "\n    " + Show(a) + "\n    " + Show(b);
  }
  Fail(file, line, text + values);
  return false;
}

}  // namespace check

#define TEST(suite, name)                                                                   \
  static void suite##_##name();                                                             \
  static const check::Registration suite##_##name##_case({#suite, #name, &suite##_##name}); \
  static void suite##_##name()

#define CHECK(condition) check::That(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(a, b) check::Equal((a), (b), __FILE__, __LINE__, #a " == " #b)

// Ends the test (or the function that it stands in) because this machine cannot run it.
#define SKIP(reason)     \
  do {                   \
    check::Skip(reason); \
    return;              \
  } while (false)
