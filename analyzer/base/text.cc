#include "base/text.h"

#include <array>
#include <charconv>

namespace tenter::analysis {
namespace {

constexpr char hex_digits[] = "0123456789ABCDEF";

void append_escaped_byte(std::string& out, unsigned char byte) {
  out += "\\x";
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 15];
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  unsigned length = 0;
  char32_t value = 0;
  char32_t smallest = 0;  // anything below has a shorter form, which alone is valid
  if (lead >= 0xc2 && lead < 0xe0) {
    length = 2, value = lead & 0x1fu, smallest = 0x80;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    length = 3, value = lead & 0x0fu, smallest = 0x800;
  } else if (lead >= 0xf0 && lead < 0xf5) {
    length = 4, value = lead & 0x07u, smallest = 0x10000;
  } else {
    return {lead, 1, false};
  }
  if (text.size() < length) return {lead, 1, false};
  for (unsigned i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) return {lead, 1, false};
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest || value > 0x10ffff || surrogate) return {lead, 1, false};
  return {value, length, true};
}

bool needs_escape(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  const bool directs =
      c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  const bool breaks_line = c == 0x2028 || c == 0x2029;
  return directs || breaks_line;
}

std::string escape_for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    const bool control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0);
    if (!point.valid || (control && point.length == 1)) {
      append_escaped_byte(out, static_cast<unsigned char>(text[0]));
    } else if (needs_escape(point.value)) {
      out += "<U+";
      for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[(point.value >> shift) & 15u];
      out += '>';
    } else {
      out += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return out;
}

std::string group_digits(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
  std::string out = group_digits(number);
  out += ' ';
  if (number == 1) return out += singular;
  if (!plural.empty()) return out += plural;
  out += singular;
  return out += 's';
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string hex_number(std::uint64_t number) {
  std::array<char, 18> buffer{'0', 'x'};
  const auto [end, error] = std::to_chars(buffer.data() + 2, buffer.data() + buffer.size(), number, 16);
  return std::string(buffer.data(), end);
}

std::string file_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace tenter::analysis
