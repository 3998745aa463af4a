#include "finding/suppressions.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "finding/rank.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_rules = 100'000;

// Glob with * alone, in time proportional to the product of the lengths and without recursion.
bool glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

const std::map<std::string, std::vector<std::string>, std::less<>>& thread_sanitizer_kinds() {
  static const std::map<std::string, std::vector<std::string>, std::less<>> kinds = {
      {"race", {"data-race", "use-after-free-race"}},
      {"race_top", {"data-race", "use-after-free-race"}},
      {"deadlock", {"deadlock", "lock-order-inversion", "double-lock"}},
      {"thread", {"thread-leak"}},
      {"leak", {"task-leak", "thread-leak"}},
      {"mutex", {"unlock-of-unlocked-mutex", "unlock-by-other-task", "double-lock", "destroy-of-locked-mutex"}},
      {"signal", {"signal-unsafe-call"}},
      {"called_from_lib", {}},
      {"*", {}}};
  return kinds;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::string whole;
  if (pattern.starts_with('^')) pattern.remove_prefix(1);
  else whole += '*';
  if (pattern.ends_with('$')) whole += pattern.substr(0, pattern.size() - 1);
  else (whole += pattern) += '*';
  return glob(whole, text);
}

Result<Suppressions> Suppressions::parse(std::string_view text, const std::string& source) {
  Suppressions result;
  result.source_ = source;
  unsigned number = 0;
  while (!text.empty()) {
    const auto newline = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, newline));
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto bad = [&](const std::string& why) {
      return Error{source + ':' + std::to_string(number) + ": " + why, ExitCode::usage};
    };
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return bad("a rule is `kind:pattern`, but this line has no colon: " + escape_for_terminal(line));
    const std::string_view kind = trimmed(line.substr(0, colon)), pattern = trimmed(line.substr(colon + 1));
    if (pattern.empty()) return bad("the pattern behind the colon is empty; write * to match everything");
    Rule rule;
    rule.pattern = pattern;
    rule.as_written = line;
    rule.line = number;
    // "deadlock" is a kind of ours and a wider one of ThreadSanitizer's: the wider meaning keeps their files working.
    if (const auto theirs = thread_sanitizer_kinds().find(kind); theirs != thread_sanitizer_kinds().end()) {
      rule.kinds = theirs->second;
    } else if (std::find(known_kinds().begin(), known_kinds().end(), kind) != known_kinds().end()) {
      rule.kinds = {std::string(kind)};
    } else {
      return bad("unknown kind `" + escape_for_terminal(kind) + "`; kinds are * and " + [] {
        std::string all;
        for (const std::string& known : known_kinds()) all += (all.empty() ? "" : ", ") + known;
        return all;
      }());
    }
    if (result.rules_.size() == max_rules) return bad("more than " + group_digits(max_rules) + " rules");
    result.rules_.push_back(std::move(rule));
  }
  return result;
}

bool Suppressions::matches(const Rule& rule, const Finding& finding) {
  if (!rule.kinds.empty() && std::find(rule.kinds.begin(), rule.kinds.end(), finding.kind) == rule.kinds.end())
    return false;
  const auto text = [&](const std::string& name) { return !name.empty() && matches_pattern(rule.pattern, name); };
  const auto stack = [&](const std::vector<Frame>& frames) {
    return std::any_of(frames.begin(), frames.end(), [&](const Frame& frame) {
      return text(frame.function) || text(frame.file) || text(frame.module);
    });
  };
  const bool leak = finding.kind == "task-leak" || finding.kind == "thread-leak";
  for (const Side& side : finding.sides)
    if (stack(side.stack) || (leak && (stack(side.task.created_at) || text(side.task.name)))) return true;
  for (const WaitRef& wait : finding.cycle)
    if (stack(wait.stack) || stack(wait.held_at)) return true;
  for (const Location& location : finding.locations)
    if (text(location.function) || text(location.file)) return true;
  return finding.object && text(finding.object->name);
}

std::size_t Suppressions::apply(std::vector<Finding>& findings) {
  return std::erase_if(findings, [&](const Finding& finding) {
    bool matched = false;
    // All rules that match count as used, not only the first.
    for (Rule& rule : rules_)
      if (matches(rule, finding)) {
        ++rule.matched;
        matched = true;
      }
    return matched;
  });
}

std::vector<std::string> Suppressions::unused() const {
  std::vector<std::string> rules;
  for (const Rule& rule : rules_)
    if (rule.matched == 0) rules.push_back(source_ + ':' + std::to_string(rule.line) + ": " + rule.as_written);
  return rules;
}

}  // namespace tenter::analysis
