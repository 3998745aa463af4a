// Any text for a suppressions file: it is read or refused, and what it says can be asked of findings.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "finding/suppressions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Result<Suppressions> rules = Suppressions::parse(text, "fuzz.supp");
  if (!rules) {
    if (rules.error().sentence.empty()) std::abort();
    return 0;
  }
  Finding finding;
  finding.kind = "data-race";
  Location location;
  location.file = "src/server.cc";
  location.line = 14;
  location.function = "Server::add_one(int)";
  finding.locations.push_back(location);
  std::vector<Finding> findings(3, finding);
  findings[1].kind = "task-leak";
  const std::size_t removed = rules->apply(findings);
  if (removed + findings.size() != 3) std::abort();
  static_cast<void>(rules->unused());
  // Patterns with many stars must not take exponential time.
  static_cast<void>(matches_pattern(text.substr(0, size / 2), text.substr(size / 2)));
  return 0;
}
