// Any text for a suppressions file: it is read or refused, and what it says can be asked of findings.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "finding/suppressions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Result<Suppressions> rules = Suppressions::parse(text, "fuzz.supp", "2026-11-22");
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
  const auto uses = rules->uses();
  const bool told = std::any_of(uses.begin(), uses.end(), [](const SuppressionUse& use) { return !use.taken.empty(); });
  if (told != (removed > 0)) std::abort();
  // Patterns with many stars must not take exponential time.
  static_cast<void>(matches_pattern(text.substr(0, size / 2), text.substr(size / 2)));
  return 0;
}
