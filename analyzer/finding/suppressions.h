// Findings that the user does not want to hear of, in the notation of ThreadSanitizer:
//
//   # one rule a line
//   data-race:third_party/*       any frame whose function, file or module matches, or the object's name
//   race:^Logger::                ThreadSanitizer's names of kinds are understood, and so are ^ and $
//   *:libfoo.so
//
// ThreadSanitizer's kinds mean what they mean there: race, thread, mutex, signal and deadlock, race_top for the innermost frame
// alone, called_from_lib for what a library's calls into libc did.
//
// A pattern matches anywhere in a name unless ^ or $ tie it to an end; * stands for any text.
//
// Where one name says too little, a block names the frames of one stack in sequence, innermost first, and why:
//
//   {
//     kind: data-race
//     fun: ^Logger::write
//     ...                               any number of frames, or none
//     src: third_party/*
//     reason: the logger's own counter, agreed on in review
//     expires: 2027-01-31               from that day on it matches nothing and is reported as expired
//   }
//
// `fun` is a frame by its function, `src` by its file, `obj` by its module. A stack may go on outside the last of them. A
// reason is needed; kind (all where it is missing) and expires are not.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "finding/finding.h"

namespace tenter::analysis {

// What one rule took out. Plain data for reports.
struct SuppressionUse {
  struct Taken {
    std::string fingerprint, kind, severity, message;
    Location location;
  };
  std::string file, rule, reason;  // rule: as written; reason: a block's
  std::uint64_t line = 0;
  bool expired = false;
  std::vector<Taken> taken;  // one for each fingerprint
};

class Suppressions {
 public:
  // `source` names the text in errors: "race.supp:3: ...". `today` (2026-11-22) is the day that expiry is held against.
  static Result<Suppressions> parse(std::string_view text, const std::string& source, const std::string& today);

  // Takes out the findings that a rule matches and returns how many those were.
  std::size_t apply(std::vector<Finding>& findings);

  // What each rule has taken out so far, in the order of the file. Left out are rules for none of the kinds `asked` for (none
  // named: all were), whose silence says nothing.
  std::vector<SuppressionUse> uses(const std::set<std::string>& asked = {}) const;

 private:
  // One frame of a block.
  struct FramePattern {
    enum class Names : std::uint8_t { function, file, module, any_frames } names = Names::any_frames;
    std::string pattern;
  };
  // Which frames a pattern may match, besides the object's name.
  enum class Where : std::uint8_t {
    anywhere,
    innermost,        // race_top: the frame that did it, and no object
    innermost_module  // called_from_lib: that frame's program or library
  };
  struct Rule {
    std::vector<std::string> kinds;  // empty: all
    Where where = Where::anywhere;
    std::string pattern;
    std::vector<FramePattern> frames;  // of a block; then there is no pattern
    std::string as_written;
    std::string reason;
    unsigned line = 0;
    bool expired = false;
    std::vector<SuppressionUse::Taken> taken;
    std::set<std::string> taken_fingerprints;
  };
  class Parser;
  static bool matches(const Rule& rule, const Finding& finding);
  static bool matches_frames(const std::vector<FramePattern>& patterns, const std::vector<Frame>& stack);
  std::string source_;
  std::vector<Rule> rules_;
};

// `pattern` as above.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace tenter::analysis
