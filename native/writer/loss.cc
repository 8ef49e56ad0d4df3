#include "writer/loss.h"

#include <system_error>

namespace dllogger {
namespace {

std::string Describe(const Fault& fault) {
  if (fault.IsWaiting()) return "a write does not return";
  if (fault.IsDamaged()) return "it was damaged in memory";
  return std::generic_category().message(fault.error);
}

std::string Counted(std::uint64_t count, const char* singular, const char* plural) {
  return std::to_string(count) + " " + (count == 1 ? singular : plural);
}

}  // namespace

std::string Describe(const Loss& loss, const std::string& path) {
  const std::string log = "log \"" + path + "\"";
  std::string words;
  const auto add = [&](const std::string& clause) {
    words += (words.empty() ? "" : "; ") + clause;
  };
  if (loss.unsaved > 0) {
    add(Counted(loss.unsaved, "record is", "records are") + " not saved: cannot write " + log +
        ": " + Describe(loss.fault));
    if (loss.is_recoverable) {
      add("they are kept beside it until it is opened for appending, or recovered");
    }
  }
  if (loss.dropped > 0) {
    add(Counted(loss.dropped, "record was", "records were") + " dropped while " + log +
        " could not be written");
  }
  if (loss.damaged > 0) {
    add(Counted(loss.damaged, "record", "records") + " of " + log +
        " could not be read in memory, where others have written, and " +
        (loss.damaged == 1 ? "is" : "are") + " lost");
  }
  return words;
}

}  // namespace dllogger
