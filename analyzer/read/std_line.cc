#include "read/std_line.h"

#include <emmintrin.h>

#include "base/text.h"
#include "read/eight_bytes.h"

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

// A bit for each of 32 bytes, the first one lowest: is it this letter?
std::uint64_t where_in_32(const char* begin, char letter) {
  const __m128i wanted = _mm_set1_epi8(letter);
  const auto in_16 = [&](const char* at) {
    __m128i bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted))));
  };
  return in_16(begin) | in_16(begin + 16) << 16;
}

// Of a number that has one.
std::size_t lowest_bit(std::uint64_t number) { return static_cast<std::size_t>(__builtin_ctzll(number)); }

}  // namespace

static_assert(StdVerb{0} == StdVerb::read && StdVerb{1} == StdVerb::write);

std::size_t read_usual_std_line(std::string_view text, StdLine& line) {
  if (text.size() < usual_line_reads) return 0;
  const char* const begin = text.data();
  std::uint64_t ends = where_in_32(begin, '\n'), bars = where_in_32(begin, '|');
  if (ends == 0) {
    ends = where_in_32(begin + 32, '\n') << 32;
    bars |= where_in_32(begin + 32, '|') << 32;
  }
  const std::uint64_t bars_after_first = bars & (bars - 1);
  if (ends == 0 || bars_after_first == 0) return 0;
  const std::size_t end = lowest_bit(ends), first = lowest_bit(bars), second = lowest_bit(bars_after_first);
  const std::size_t digits = end - second - 1;  // huge where the second bar is another line's
  if (first == 0 || digits - 1 >= 8 || begin[second - 1] != ')') return 0;
  const std::uint64_t values = (first_eight(text.substr(second + 1)) ^ eight_zeros) << 8 * (8 - digits);
  if (no_digits(values) != 0) return 0;

  // "r(", "w(", "acq(" or "rel("
  const std::uint64_t action = first_eight(text.substr(first + 1));
  std::size_t object;
  if ((action >> 8 & 0xff) == '(') {
    // One question of both letters: reads and writes follow each other as no processor foresees.
    const std::uint64_t after_r = (action & 0xff) - 'r';
    constexpr std::uint64_t both = 1 | 1 << ('w' - 'r');
    if (after_r > 'w' - 'r' || (both >> after_r & 1) == 0) return 0;
    line.verb = static_cast<StdVerb>(after_r != 0);
    object = first + 3;
  } else {
    const std::uint64_t letters = low_bytes(action, 4);
    constexpr std::uint64_t acquire = 'a' | 'c' << 8 | 'q' << 16 | '(' << 24;
    constexpr std::uint64_t release = 'r' | 'e' << 8 | 'l' << 16 | '(' << 24;
    if (letters != acquire && letters != release) return 0;
    line.verb = letters == acquire ? StdVerb::acquire : StdVerb::release;
    object = first + 5;
  }
  if (object + 1 >= second) return 0;
  line.thread = {begin, first};
  line.object = {begin + object, second - 1 - object};
  line.place = value_of_digits(values);
  return end + 1;
}

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
