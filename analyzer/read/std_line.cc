#include "read/std_line.h"

#include "base/text.h"

namespace tenter::analysis {
namespace {

std::optional<StdVerb> verb_named(std::string_view name) {
  if (name == "r") return StdVerb::read;
  if (name == "w") return StdVerb::write;
  if (name == "acq") return StdVerb::acquire;
  if (name == "rel") return StdVerb::release;
  if (name == "fork") return StdVerb::fork;
  if (name == "join") return StdVerb::join;
  if (name == "end") return StdVerb::end;
  // A request is what an acquire is before it succeeds. A wait is written as a release and an acquire as well.
  for (const std::string_view passed_over : {"begin", "req", "dummy", "branch", "wait", "notify", "notifyAll"}) {
    if (name == passed_over) return StdVerb::nothing;
  }
  return std::nullopt;
}

// What is looked for is a few bytes away: memchr would take longer to be called.
std::size_t find_near(std::string_view text, char wanted, std::size_t from) {
  while (from < text.size() && text[from] != wanted) ++from;
  return from;
}

// Of a few digits, as nearly all are.
std::optional<std::uint64_t> place_of(std::string_view text) {
  constexpr std::size_t surely_fits = 19;
  if (text.empty() || text.size() > surely_fits) return parse_number(text);
  std::uint64_t place = 0;
  for (const char letter : text) {
    const unsigned digit = static_cast<unsigned char>(letter) - unsigned{'0'};
    if (digit > 9) return std::nullopt;
    place = place * 10 + digit;
  }
  return place;
}

}  // namespace

std::optional<StdLine> parse_std_line(std::string_view text) {
  const std::size_t first = find_near(text, '|', 0);
  if (first == 0 || first == text.size()) return std::nullopt;
  const std::size_t second = find_near(text, '|', first + 1);
  if (second == text.size()) return std::nullopt;
  StdLine line;
  line.thread = text.substr(0, first);
  std::string_view action = text.substr(first + 1, second - first - 1);
  const auto place = place_of(text.substr(second + 1));
  if (!place || *place > StdLine::max_place) return std::nullopt;
  line.place = *place;
  const std::size_t open = find_near(action, '(', 0);
  if (open != action.size()) {
    if (action.back() != ')') return std::nullopt;
    line.object = action.substr(open + 1, action.size() - open - 2);
    action = action.substr(0, open);
  }
  const auto verb = verb_named(action);
  if (!verb) return std::nullopt;
  if (*verb != StdVerb::nothing && *verb != StdVerb::end && line.object.empty()) return std::nullopt;
  line.verb = *verb;
  return line;
}

}  // namespace tenter::analysis
