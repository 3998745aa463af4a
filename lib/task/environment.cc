#include "task/environment.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace tenter::detail {

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.ends_with('k') || text.ends_with('K')) { unit = std::uint64_t{1} << 10; }
  if (text.ends_with('m') || text.ends_with('M')) { unit = std::uint64_t{1} << 20; }
  if (unit != 1) { text.remove_suffix(1); }
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) { return {}; }
  if (number > std::numeric_limits<std::uint64_t>::max() / unit) { return {}; }
  return number * unit;
}

std::optional<std::uint64_t> size_from_environment(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == 0) { return {}; }
  const std::optional<std::uint64_t> size = parse_size(text);
  if (!size) { refuse_setting(name, text, "a number that is not negative, as 4, 4096, 64k or 8m"); }
  return size;
}

void refuse_setting(const char* name, const char* text, const char* expected) {
  std::fflush(stdout);
  std::fprintf(stderr, "tenter: %s is `%s`, but must be %s\n", name, text, expected);
  std::_Exit(2);
}

}  // namespace tenter::detail
