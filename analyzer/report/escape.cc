#include "report/escape.h"

#include "base/text.h"

namespace tenter::analysis {
namespace {

// Calls `replacement` for each character of ASCII; where it gives nothing the character stays.
template <class F>
std::string replaced(std::string_view text, F replacement) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const std::string_view instead = replacement(c);
    if (instead.empty()) out += c;
    else out += instead;
  }
  return out;
}

constexpr char hex_digits[] = "0123456789ABCDEF";

void append_percent(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 15];
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string escape_for_xml(std::string_view text) {
  // U+FFFE and U+FFFF are valid UTF-8, but no characters of XML.
  const std::string line = escape_for_terminal(text);
  std::string kept;
  for (std::string_view rest = line; !rest.empty();) {
    const CodePoint point = first_code_point(rest);
    if (point.value == 0xfffe || point.value == 0xffff) kept += point.value == 0xfffe ? "<U+FFFE>" : "<U+FFFF>";
    else kept += rest.substr(0, point.length);
    rest.remove_prefix(point.length);
  }
  return replaced(kept, [](char c) -> std::string_view {
    switch (c) {
      case '&': return "&amp;";
      case '<': return "&lt;";
      case '>': return "&gt;";
      case '"': return "&quot;";
      case '\'': return "&#39;";
      default: return {};
    }
  });
}

std::string escape_for_uri(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (is_letter_or_digit(c) || std::string_view("-._~/").find(c) != std::string_view::npos) out += c;
    else append_percent(out, c);
  }
  return out;
}

std::string escape_for_sarif_message(std::string_view text) {
  return replaced(escape_for_terminal(text), [](char c) -> std::string_view {
    switch (c) {
      case '\\': return "\\\\";
      case '[': return "\\[";
      case ']': return "\\]";
      case '{': return "{{";
      case '}': return "}}";
      default: return {};
    }
  });
}

std::string escape_for_github_message(std::string_view text) {
  return replaced(escape_for_terminal(text),
                  [](char c) { return c == '%' ? std::string_view("%25") : std::string_view(); });
}

std::string escape_for_github_property(std::string_view text) {
  return replaced(escape_for_terminal(text), [](char c) -> std::string_view {
    switch (c) {
      case '%': return "%25";
      case ':': return "%3A";
      case ',': return "%2C";
      default: return {};
    }
  });
}

std::string escape_for_markdown(std::string_view text) {
  std::string out;
  for (const char c : escape_for_terminal(text)) {
    // Every ASCII character that could be markup goes as its number, which no Markdown takes for any.
    const bool plain =
        is_letter_or_digit(c) || static_cast<unsigned char>(c) >= 0x80 || c == ' ' || c == '.' || c == ',';
    if (plain) out += c;
    else out += "&#" + std::to_string(static_cast<int>(c)) + ';';
  }
  return out;
}

std::string escape_for_dot(std::string_view text) {
  return replaced(escape_for_terminal(text), [](char c) -> std::string_view {
    switch (c) {
      case '"': return "\\\"";
      case '\\': return "\\\\";
      // Some renderers take entities of HTML in labels.
      case '&': return "&amp;";
      default: return {};
    }
  });
}

std::string escape_for_shiviz_host(std::string_view text) {
  std::string out(text.empty() ? "_" : text.substr(0, 64));
  for (char& c : out)
    if (!is_letter_or_digit(c)) c = '_';
  return out;
}

std::string escape_for_shiviz_event(std::string_view text) {
  std::string out;
  std::size_t equals = 0;
  for (const char c : escape_for_terminal(text)) {
    equals = c == '=' ? equals + 1 : 0;
    if (equals == 3) {
      out += ' ';
      equals = 1;
    }
    out += c;
  }
  return out;
}

}  // namespace tenter::analysis
