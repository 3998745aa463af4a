#include "finding/suppressions.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

Finding race_in(const std::string& function, const std::string& file, const std::string& module = "bank") {
  Finding finding;
  finding.kind = "data-race";
  Side side;
  Frame frame;
  frame.function = function;
  frame.file = file;
  frame.module = module;
  side.stack = {frame};
  finding.sides = {side};
  finding.locations = {{file, function, 3, 1}};
  return finding;
}

bool suppressed_by(const std::string& rule, const Finding& finding) {
  Result<Suppressions> rules = Suppressions::parse(rule, "test.supp");
  EXPECT_TRUE(rules) << rules.error().sentence;
  std::vector<Finding> findings = {finding};
  return rules->apply(findings) == 1;
}

TEST(Suppressions, match_functions_files_and_modules_anywhere) {
  const Finding finding = race_in("Logger::write(char const*)", "/src/third_party/log/log.cc", "/usr/lib/liblog.so.1");
  EXPECT_TRUE(suppressed_by("data-race:Logger::write", finding));
  EXPECT_TRUE(suppressed_by("race:third_party/*/log.cc", finding));
  EXPECT_TRUE(suppressed_by("*:liblog.so", finding));
  EXPECT_TRUE(suppressed_by("race:^Logger::", finding));
  EXPECT_FALSE(suppressed_by("race:^write", finding));
  EXPECT_FALSE(suppressed_by("race:log.c$", finding));
  EXPECT_FALSE(suppressed_by("deadlock:Logger", finding)) << "another kind";
}

TEST(Suppressions, match_the_name_of_the_object) {
  Finding finding = race_in("f()", "a.cc");
  finding.object = ObjectRef{"global", "statistics", "0x1", 8, {}};
  EXPECT_TRUE(suppressed_by("race:^statistics$", finding));
}

TEST(Suppressions, tell_which_rules_were_not_needed) {
  Result<Suppressions> rules = Suppressions::parse("# known\nrace:used\n\n  race:never  \n", "ci.supp");
  ASSERT_TRUE(rules);
  std::vector<Finding> findings = {race_in("used()", "a.cc"), race_in("other()", "b.cc")};
  EXPECT_EQ(rules->apply(findings), 1u);
  EXPECT_EQ(findings.size(), 1u);
  EXPECT_EQ(rules->unused(), std::vector<std::string>{"ci.supp:4: race:never"});
}

TEST(Suppressions, refuse_a_line_with_its_number) {
  for (const char* bad : {"race", "race:", "nonsense:main"}) {
    const Result<Suppressions> rules = Suppressions::parse(std::string("race:a\n") + bad, "x.supp");
    ASSERT_FALSE(rules) << bad;
    EXPECT_EQ(rules.error().exit_code, ExitCode::usage);
    EXPECT_TRUE(rules.error().sentence.starts_with("x.supp:2: ")) << rules.error().sentence;
  }
}

TEST(Pattern, takes_linear_time_on_many_stars) {
  const std::string text(5000, 'a'), pattern = "*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(matches_pattern(pattern, text));
  EXPECT_TRUE(matches_pattern("a*a", text));
  EXPECT_TRUE(matches_pattern("", "anything"));
}

}  // namespace
}  // namespace tenter::analysis
