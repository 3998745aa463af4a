#include "finding/suppressions.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "finding/rank.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_rules = 100'000;
constexpr std::size_t max_block_frames = 256;

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
      {"mutex",
       {"unlock-of-unlocked-mutex", "unlock-by-other-task", "double-lock", "lock-left-held",
        "destroy-of-locked-mutex"}},
      {"signal", {"signal-unsafe-call"}},
      {"called_from_lib", {"data-race", "use-after-free-race"}},
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

// Reads a file line by line; `block_` is the rule of the block that the lines are in.
class Suppressions::Parser {
 public:
  Parser(Suppressions& result, const std::string& today) : result_(result), today_(today) {}

  std::optional<Error> line(std::string_view line) {
    ++number_;
    if (line.empty() || line.front() == '#') return std::nullopt;
    if (block_) return in_block(line);
    if (line == "{") {
      block_.emplace();
      block_->line = number_;
      reason_.clear();
      return std::nullopt;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return bad("a rule is `kind:pattern`, but this line has no colon: " + escape_for_terminal(line));
    Rule rule;
    rule.pattern = trimmed(line.substr(colon + 1));
    if (rule.pattern.empty()) return bad("the pattern behind the colon is empty; write * to match everything");
    rule.as_written = line;
    rule.line = number_;
    if (std::optional<Error> error = understand_kind(trimmed(line.substr(0, colon)), rule)) return error;
    return add(std::move(rule));
  }

  std::optional<Error> end() const {
    if (!block_) return std::nullopt;
    return Error{result_.source_ + ':' + std::to_string(block_->line) + ": the block that begins here has no closing }",
                 ExitCode::usage};
  }

 private:
  Error bad(const std::string& why) const {
    return Error{result_.source_ + ':' + std::to_string(number_) + ": " + why, ExitCode::usage};
  }

  // "deadlock" is a kind of ours and a wider one of ThreadSanitizer's: the wider meaning keeps their files working.
  std::optional<Error> understand_kind(std::string_view kind, Rule& rule) const {
    if (const auto theirs = thread_sanitizer_kinds().find(kind); theirs != thread_sanitizer_kinds().end()) {
      rule.kinds = theirs->second;
      if (kind == "race_top") rule.where = Where::innermost;
      if (kind == "called_from_lib") rule.where = Where::innermost_module;
    } else if (std::find(known_kinds().begin(), known_kinds().end(), kind) != known_kinds().end()) {
      rule.kinds = {std::string(kind)};
    } else {
      std::string all;
      for (const std::string& known : known_kinds()) all += (all.empty() ? "" : ", ") + known;
      return bad("unknown kind `" + escape_for_terminal(kind) + "`; kinds are * and " + all);
    }
    return std::nullopt;
  }

  std::optional<Error> add(Rule rule) {
    if (result_.rules_.size() == max_rules) return bad("more than " + group_digits(max_rules) + " rules");
    result_.rules_.push_back(std::move(rule));
    return std::nullopt;
  }

  std::optional<Error> in_block(std::string_view line) {
    if (line == "}") return end_of_block();
    if (line == "...") {
      block_->frames.push_back({});
      return std::nullopt;
    }
    const auto colon = line.find(':');
    const std::string_view key = trimmed(line.substr(0, colon));
    const std::string_view value =
        colon == std::string_view::npos ? std::string_view() : trimmed(line.substr(colon + 1));
    if (colon == std::string_view::npos || value.empty())
      return bad("in a block stand `key: value` lines, `...` and a closing }, but this one reads: " +
                 escape_for_terminal(line));
    using Names = FramePattern::Names;
    if (key == "kind") return understand_kind(value, *block_);
    if (key == "fun" || key == "src" || key == "obj") {
      if (block_->frames.size() == max_block_frames)
        return bad("a block has at most " + std::to_string(max_block_frames) + " frames");
      block_->frames.push_back({key == "fun"   ? Names::function
                                : key == "src" ? Names::file
                                               : Names::module,
                                std::string(value)});
    } else if (key == "reason") {
      reason_ = value;
    } else if (key == "expires") {
      if (!is_day(value)) return bad("`expires` needs a day such as 2027-01-31, not " + escape_for_terminal(value));
      block_->expired = std::string(value) <= today_;
    } else {
      return bad("a block has no `" + escape_for_terminal(key) +
                 "`; there are kind, fun, src, obj, reason and expires");
    }
    return std::nullopt;
  }

  std::optional<Error> end_of_block() {
    const auto names_a_frame = [](const FramePattern& one) { return one.names != FramePattern::Names::any_frames; };
    if (std::ranges::none_of(block_->frames, names_a_frame))
      return bad("this block names no frame; give it a line such as `fun: ^Logger::write`");
    if (reason_.empty())
      return bad("this block says no reason; add `reason: why nobody needs to hear of it` for those who come later");
    block_->as_written = "{ " + reason_ + " }";
    block_->reason = reason_;
    std::optional<Error> error = add(std::move(*block_));
    block_.reset();
    return error;
  }

  static bool is_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const auto year = parse_number(text.substr(0, 4)), month = parse_number(text.substr(5, 2)),
               day = parse_number(text.substr(8));
    return year && month && day && *month >= 1 && *month <= 12 && *day >= 1 && *day <= 31;
  }

  Suppressions& result_;
  const std::string& today_;
  std::optional<Rule> block_;
  std::string reason_;
  unsigned number_ = 0;
};

Result<Suppressions> Suppressions::parse(std::string_view text, const std::string& source, const std::string& today) {
  Suppressions result;
  result.source_ = source;
  Parser parser(result, today);
  while (!text.empty()) {
    const auto newline = text.find('\n');
    if (std::optional<Error> error = parser.line(trimmed(text.substr(0, newline)))) return *error;
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
  }
  if (std::optional<Error> error = parser.end()) return *error;
  return result;
}

// As a glob matches a text, with frames for characters and `...` for the star.
bool Suppressions::matches_frames(const std::vector<FramePattern>& patterns, const std::vector<Frame>& stack) {
  using Names = FramePattern::Names;
  const auto fits = [](const FramePattern& one, const Frame& frame) {
    const std::string& name = one.names == Names::function ? frame.function
                              : one.names == Names::file   ? frame.file
                                                           : frame.module;
    return !name.empty() && matches_pattern(one.pattern, name);
  };
  std::size_t p = 0, f = 0, resume_pattern = 0, resume_frame = 0;
  bool may_resume = false;
  while (p < patterns.size()) {
    if (patterns[p].names == Names::any_frames) {
      resume_pattern = ++p;
      resume_frame = f;
      may_resume = true;
    } else if (f < stack.size() && fits(patterns[p], stack[f])) {
      ++p;
      ++f;
    } else if (may_resume && resume_frame < stack.size()) {
      p = resume_pattern;
      f = ++resume_frame;
    } else {
      return false;
    }
  }
  return true;
}

bool Suppressions::matches(const Rule& rule, const Finding& finding) {
  if (!rule.kinds.empty() && std::find(rule.kinds.begin(), rule.kinds.end(), finding.kind) == rule.kinds.end())
    return false;
  if (rule.expired) return false;
  const auto text = [&](const std::string& name) {
    return rule.frames.empty() && !name.empty() && matches_pattern(rule.pattern, name);
  };
  const auto stack = [&](const std::vector<Frame>& frames) {
    if (!rule.frames.empty()) return matches_frames(rule.frames, frames);
    if (rule.where == Where::innermost_module) return !frames.empty() && text(frames.front().module);
    if (rule.where == Where::innermost)
      return !frames.empty() &&
             (text(frames.front().function) || text(frames.front().file) || text(frames.front().module));
    return std::any_of(frames.begin(), frames.end(), [&](const Frame& frame) {
      return text(frame.function) || text(frame.file) || text(frame.module);
    });
  };
  const bool leak = finding.kind == "task-leak" || finding.kind == "thread-leak";
  for (const Side& side : finding.sides)
    if (stack(side.stack) || (leak && (stack(side.task.created_at) || text(side.task.name)))) return true;
  if (rule.where != Where::anywhere) return false;
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
        matched = true;
        if (rule.taken_fingerprints.insert(finding.fingerprint).second)
          rule.taken.push_back({finding.fingerprint, finding.kind, finding.severity, finding.message,
                                finding.locations.empty() ? Location{} : finding.locations.front()});
      }
    return matched;
  });
}

std::vector<SuppressionUse> Suppressions::uses(const std::set<std::string>& asked) const {
  std::vector<SuppressionUse> uses;
  for (const Rule& rule : rules_)
    if (asked.empty() || rule.kinds.empty() ||
        std::ranges::any_of(rule.kinds, [&](const std::string& kind) { return asked.contains(kind); }))
      uses.push_back({source_, rule.as_written, rule.reason, rule.line, rule.expired, rule.taken});
  return uses;
}

}  // namespace tenter::analysis
