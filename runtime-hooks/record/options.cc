#include "record/options.h"

#include <initializer_list>

#include "record/text_buffer.h"

namespace tenter::record {
namespace {

constexpr const char* keys[] = {"output", "memory",    "filter",        "max_size",     "max_memory",
                                "sample", "verbosity", "require_trace", "hang_timeout", "help"};
constexpr std::size_t max_key = 32;

bool same(const char* text, std::size_t length, const char* word) {
  std::size_t i = 0;
  for (; i < length && word[i] != '\0'; ++i) {
    if (text[i] != word[i]) { return false; }
  }
  return i == length && word[i] == '\0';
}

// How many characters have to be inserted, removed or replaced (Wagner and Fischer, 1974, one row at a time).
std::size_t edit_distance(const char* text, std::size_t length, const char* word) {
  const std::size_t word_length = length_of(word);
  std::size_t row[max_key + 1];
  for (std::size_t j = 0; j <= word_length; ++j) { row[j] = j; }
  for (std::size_t i = 1; i <= length; ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= word_length; ++j) {
      const std::size_t above = row[j];
      const std::size_t replaced = diagonal + (text[i - 1] == word[j - 1] ? 0 : 1);
      const std::size_t shorter = (above < row[j - 1] ? above : row[j - 1]) + 1;
      row[j] = replaced < shorter ? replaced : shorter;
      diagonal = above;
    }
  }
  return row[word_length];
}

const char* nearest_key(const char* text, std::size_t length) {
  const char* nearest = keys[0];
  std::size_t best = ~std::size_t{0};
  for (const char* key : keys) {
    const std::size_t distance = edit_distance(text, length, key);
    if (distance < best) {
      best = distance;
      nearest = key;
    }
  }
  return nearest;
}

bool parse_switch(const char* text, std::size_t length, bool& out) {
  for (const char* word : {"on", "1", "true", "yes"}) {
    if (same(text, length, word)) {
      out = true;
      return true;
    }
  }
  for (const char* word : {"off", "0", "false", "no"}) {
    if (same(text, length, word)) {
      out = false;
      return true;
    }
  }
  return false;
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }

bool parse_number(const char* text, std::size_t length, int& out) {
  if (length == 0 || length > 6) { return false; }
  int value = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (!is_digit(text[i])) { return false; }
    value = value * 10 + (text[i] - '0');
  }
  out = value;
  return true;
}

// 4096, 64K, 20M, 2G: bytes, and their multiples by 1024.
bool parse_size(const char* text, std::size_t length, std::uint64_t& out) {
  constexpr std::size_t digits_max = 12;
  std::size_t i = 0;
  std::uint64_t value = 0;
  for (; i < length && i < digits_max && is_digit(text[i]); ++i) {
    value = value * 10 + static_cast<std::uint64_t>(text[i] - '0');
  }
  if (i == 0 || value == 0 || i + 1 < length) { return false; }
  if (i < length) {
    switch (text[i] | 0x20) {  // either case
      case 'k': value <<= 10; break;
      case 'm': value <<= 20; break;
      case 'g': value <<= 30; break;
      default: return false;
    }
  }
  out = value;
  return true;
}

// 0.1 and 10% are a tenth.
bool parse_share(const char* text, std::size_t length, Share& out) {
  const bool percent = length != 0 && text[length - 1] == '%';
  if (percent) { --length; }
  constexpr std::size_t characters_max = 9;
  if (length == 0 || length > characters_max) { return false; }
  std::uint64_t value = 0, one = 1;
  bool behind_point = false, any_digit = false;
  for (std::size_t i = 0; i < length; ++i) {
    if (text[i] == '.' && !behind_point) {
      behind_point = true;
    } else if (is_digit(text[i])) {
      value = value * 10 + static_cast<std::uint64_t>(text[i] - '0');
      if (behind_point) { one *= 10; }
      any_digit = true;
    } else {
      return false;
    }
  }
  if (percent) { one *= 100; }
  if (!any_digit || value == 0 || value > one) { return false; }
  out = static_cast<Share>(static_cast<double>(value) / static_cast<double>(one) * static_cast<double>(whole));
  return true;
}

bool parse_path(const char* text, std::size_t length, char (&out)[Options::max_path]) {
  if (length == 0 || length >= sizeof out) { return false; }
  for (std::size_t i = 0; i < length; ++i) { out[i] = text[i]; }
  out[length] = '\0';
  return true;
}

struct Setting {
  const char* key;
  std::size_t key_length;
  const char* value;
  std::size_t value_length;
  bool has_value;
};

void apply(const Setting& setting, Options& options, void (*complain)(const char*)) {
  char memory[256];
  TextBuffer sentence(memory, sizeof memory);
  const std::size_t shown = setting.key_length < max_key ? setting.key_length : max_key;
  bool understood = false;
  if (same(setting.key, setting.key_length, "output")) {
    understood = parse_path(setting.value, setting.value_length, options.output);
  } else if (same(setting.key, setting.key_length, "memory")) {
    understood = parse_switch(setting.value, setting.value_length, options.memory);
  } else if (same(setting.key, setting.key_length, "filter")) {
    understood = parse_switch(setting.value, setting.value_length, options.filter);
  } else if (same(setting.key, setting.key_length, "max_size")) {
    understood = parse_size(setting.value, setting.value_length, options.max_size);
  } else if (same(setting.key, setting.key_length, "max_memory")) {
    understood = parse_size(setting.value, setting.value_length, options.max_memory);
  } else if (same(setting.key, setting.key_length, "sample")) {
    understood = parse_share(setting.value, setting.value_length, options.sample);
  } else if (same(setting.key, setting.key_length, "require_trace")) {
    understood = parse_switch(setting.value, setting.value_length, options.require_trace);
  } else if (same(setting.key, setting.key_length, "verbosity")) {
    understood = parse_number(setting.value, setting.value_length, options.verbosity);
  } else if (same(setting.key, setting.key_length, "hang_timeout")) {
    understood = parse_number(setting.value, setting.value_length, options.hang_timeout);
  } else if (same(setting.key, setting.key_length, "help")) {
    options.help = true;
    understood = !setting.has_value || parse_switch(setting.value, setting.value_length, options.help);
  } else {
    sentence.add("TENTER_OPTIONS has no key '").add(setting.key, shown).add("'; did you mean '");
    complain(sentence.add(nearest_key(setting.key, shown)).add("'? (help=1 lists them)").c_str());
    return;
  }
  if (!understood) {
    sentence.add("TENTER_OPTIONS: the value of '")
        .add(setting.key, shown)
        .add("' is not understood and left as it was");
    complain(sentence.add(" (help=1 lists what is possible)").c_str());
  }
}

bool is_separator(char character) {
  return character == ':' || character == ' ' || character == '\t' || character == '\n' || character == ',';
}

}  // namespace

void parse_options(const char* text, Options& options, void (*complain)(const char*)) {
  while (*text != '\0') {
    if (is_separator(*text)) {
      ++text;
      continue;
    }
    Setting setting{text, 0, "", 0, false};
    while (*text != '\0' && *text != '=' && !is_separator(*text)) { ++text; }
    setting.key_length = static_cast<std::size_t>(text - setting.key);
    if (*text == '=') {
      setting.has_value = true;
      setting.value = ++text;
      // A path may hold a comma.
      while (*text != '\0' && (*text == ',' || !is_separator(*text))) { ++text; }
      setting.value_length = static_cast<std::size_t>(text - setting.value);
    }
    apply(setting, options, complain);
  }
}

const char* options_help() {
  return "TENTER_OPTIONS holds key=value, separated by ':' or spaces:\n"
         "  output=PATH      where the recording goes; %p is the process id, %n the program's name, %h the host's\n"
         "                   (%n.%p.tent)\n"
         "  memory=on|off    off: synchronization only, no plain accesses (on)\n"
         "  filter=on|off    off: write accesses that this task already made in the same epoch, too (on)\n"
         "  max_size=SIZE    how large the recording may become, as 500M or 2G: from half of it on ever fewer places in\n"
         "                   memory are watched, and at its end recording stops (no limit)\n"
         "  max_memory=SIZE  how much memory the recorder may take: threads get smaller tables, so that more repetitions are\n"
         "                   written, and where there is none for another thread, recording stops (no limit)\n"
         "  sample=SHARE     watch this share of the places in memory, as 0.1 or 10%; others in each run (1)\n"
         "  verbosity=N      1: say on standard error what is recorded where (0)\n"
         "  require_trace=1  where the recording cannot be made, end the program at its start with status 5 (0)\n"
         "  hang_timeout=N   where threads have waited for each other for N seconds, say who waits for what; end the program\n"
         "                   with status 2 if they all do (0: never)\n"
         "  help=1           print this\n";
}

bool expand_output(const char* pattern, const Naming& naming, bool unique, char* out, std::size_t size) {
  TextBuffer path(out, size);
  bool has_process_id = false;
  for (; *pattern != '\0'; ++pattern) {
    if (*pattern != '%' || pattern[1] == '\0') {
      path.add(pattern, 1);
      continue;
    }
    ++pattern;
    if (*pattern == 'p') {
      path.add_decimal(static_cast<std::uint64_t>(naming.process_id));
      has_process_id = true;
    } else if (*pattern == 'n') {
      path.add(naming.program);
    } else if (*pattern == 'h') {
      path.add(naming.host);
    } else if (*pattern == '%') {
      path.add("%");
    } else {
      path.add("%").add(pattern, 1);
    }
  }
  if (unique && !has_process_id) { path.add(".").add_decimal(static_cast<std::uint64_t>(naming.process_id)); }
  path.c_str();
  return !path.overflowed();
}

}  // namespace tenter::record
