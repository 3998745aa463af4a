// Text that comes from a recording (names, paths, arguments) is hostile until escaped, and numbers
// for people are grouped. Pure functions: any thread may call them.
//
//   err << escape_for_terminal(task.name) << " sent " << group_digits(65520) << " values\n";
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenter::analysis {

// One code point at the start of a text.
struct CodePoint {
  char32_t value = 0;
  unsigned length = 1;  // bytes taken; 1 where the bytes are not valid UTF-8
  bool valid = false;   // false: a byte that begins no shortest-form UTF-8 sequence (a surrogate, a stray byte)
};
// `text` must not be empty.
CodePoint first_code_point(std::string_view text);

// The text as one line that is safe on a terminal and in a log: control characters (C0, C1, DEL) and bytes that are
// not UTF-8 become \xNN; characters that change the direction or the line of what follows become <U+NNNN>.
// Everything else, the backslash included, stays as it is.
std::string escape_for_terminal(std::string_view text);

// Whether escape_for_terminal() would show this code point in another form.
bool needs_escape(char32_t code_point);

// 65520 -> "65,520"
std::string group_digits(std::uint64_t number);

// "1 stream", "2 streams"
std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural = {});

// The whole text as an unsigned number in `base` (10 or 16, without prefix); nothing else may be in it.
std::optional<std::uint64_t> parse_number(std::string_view text, int base = 10);

// "0x7f00" without leading zeros.
std::string hex_number(std::uint64_t number);

// The part of a path after its last slash.
std::string file_name(std::string_view path);

}  // namespace tenter::analysis
