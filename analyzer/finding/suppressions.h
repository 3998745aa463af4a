// Findings that the user does not want to hear of, in the notation of ThreadSanitizer:
//
//   # one rule a line
//   data-race:third_party/*       any frame whose function, file or module matches, or the object's name
//   race:^Logger::                ThreadSanitizer's names of kinds are understood, and so are ^ and $
//   *:libfoo.so
//
// A pattern matches anywhere in a name unless ^ or $ tie it to an end; * stands for any text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "finding/finding.h"

namespace tenter::analysis {

class Suppressions {
 public:
  // `source` names the text in errors: "race.supp:3: ...".
  static Result<Suppressions> parse(std::string_view text, const std::string& source);

  // Takes out the findings that a rule matches and returns how many those were.
  std::size_t apply(std::vector<Finding>& findings);

  // Rules that have matched nothing so far, as written, with their line.
  std::vector<std::string> unused() const;

 private:
  struct Rule {
    std::vector<std::string> kinds;  // empty: all
    std::string pattern;
    std::string as_written;
    unsigned line = 0;
    std::uint64_t matched = 0;
  };
  static bool matches(const Rule& rule, const Finding& finding);

  std::string source_;
  std::vector<Rule> rules_;
};

// `pattern` as above.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace tenter::analysis
