// Texts that have broken readers of reports, and more that are made up: names, paths and messages may be any of them.
#pragma once
#include <array>
#include <random>
#include <string>
#include <vector>

namespace tenter::analysis {

inline const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {"</script><img src=x onerror=alert(1)>",
                                                 "]]></failure>",
                                                 "\n::error::injected",
                                                 "%0A::set-output name=x::y",
                                                 "##[add-mask]x",
                                                 "::stop-commands::x",
                                                 "\x1b]52;c;eA==\x07\x1b[2J",
                                                 "\xe2\x80\xae"
                                                 "desrever\xe2\x81\xa6",
                                                 "\xff\xfe\xc3\x28\xed\xa0\x80\xf4\x90\x80\x80",
                                                 "\xef\xbf\xbe\xef\xbf\xbf",
                                                 "a \"quoted\" & 'apostrophe' <tag attr=\"1\">",
                                                 "[link](1) [other](http://x) {0} {{1}} \\",
                                                 "| cell | `code` *bold* _it_ # head @name ~gone~ <b>",
                                                 "\\N\\l\\\"; }\n digraph x {",
                                                 "=cmd()|'/c calc'!A1",
                                                 "../../etc/passwd",
                                                 std::string("nul\0inside", 10),
                                                 "\r\n\t\v\f",
                                                 std::string(5000, 'x'),
                                                 ""};
  return texts;
}

// Pieces of the above, cut anywhere, with random bytes between.
inline std::string random_hostile_text(std::mt19937& random) {
  std::string text;
  for (auto parts = random() % 5; parts-- > 0;) {
    const std::string& one = hostile_texts()[random() % hostile_texts().size()];
    const std::size_t begin = one.empty() ? 0 : random() % one.size();
    text += one.substr(begin, random() % 40);
    for (auto bytes = random() % 4; bytes-- > 0;) text += static_cast<char>(random() & 0xff);
  }
  return text;
}

}  // namespace tenter::analysis
