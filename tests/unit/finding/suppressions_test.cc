#include "finding/suppressions.h"

#include <gtest/gtest.h>

#include <set>

#include "finding/rank.h"

namespace tenter::analysis {
namespace {

const std::string today = "2026-11-22";

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
  Result<Suppressions> rules = Suppressions::parse(rule, "test.supp", today);
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

Finding race_through(const std::vector<std::string>& functions) {
  Finding finding = race_in(functions.front(), "a.cc");
  finding.sides[0].stack.clear();
  for (const std::string& function : functions) {
    Frame frame;
    frame.function = function;
    frame.file = "/src/" + function + ".cc";
    frame.module = "bank";
    finding.sides[0].stack.push_back(frame);
  }
  return finding;
}

std::string block(const std::string& lines) { return "{\n" + lines + "\n  reason: known\n}\n"; }

TEST(SuppressionBlocks, match_frames_in_sequence) {
  const Finding finding = race_through({"memcpy", "copy", "store", "serve", "main"});
  EXPECT_TRUE(suppressed_by(block("fun: memcpy\nfun: ^copy$"), finding));
  EXPECT_TRUE(suppressed_by(block("kind: race\nfun: memcpy\n...\nfun: serve"), finding));
  EXPECT_TRUE(suppressed_by(block("...\nsrc: /store.cc\nobj: ^bank$"), finding));
  EXPECT_TRUE(suppressed_by(block("fun: memcpy\n...\nfun: copy"), finding)) << "... may be no frame at all";
  EXPECT_TRUE(suppressed_by(block("...\nfun: main\n..."), finding));
  EXPECT_FALSE(suppressed_by(block("fun: copy\nfun: memcpy"), finding)) << "the other way round";
  EXPECT_FALSE(suppressed_by(block("fun: copy"), finding)) << "not the innermost";
  EXPECT_FALSE(suppressed_by(block("fun: memcpy\nfun: store"), finding)) << "a frame between";
  EXPECT_FALSE(suppressed_by(block("...\nfun: main\nfun: *"), finding)) << "nothing outside of main";
  EXPECT_FALSE(suppressed_by(block("kind: deadlock\nfun: memcpy"), finding)) << "another kind";
  // The sequence must not be pieced together from two stacks.
  Finding two = race_through({"memcpy"});
  two.sides.push_back(race_through({"copy"}).sides[0]);
  EXPECT_FALSE(suppressed_by(block("fun: memcpy\n...\nfun: copy"), two));
}

TEST(SuppressionBlocks, end_on_their_day) {
  const Finding finding = race_through({"f"});
  EXPECT_TRUE(suppressed_by(block("fun: f\nexpires: 2026-11-23"), finding));
  EXPECT_FALSE(suppressed_by(block("fun: f\nexpires: 2026-11-22"), finding));
  Result<Suppressions> rules = Suppressions::parse("race:g\n" + block("fun: f\nexpires: 2020-01-01"), "x.supp", today);
  ASSERT_TRUE(rules);
  const std::vector<SuppressionUse> uses = rules->uses();
  ASSERT_EQ(uses.size(), 2u);
  EXPECT_FALSE(uses[0].expired);
  EXPECT_TRUE(uses[1].expired);
  EXPECT_EQ(uses[1].line, 2u);
  EXPECT_EQ(uses[1].rule, "{ known }");
  EXPECT_EQ(uses[1].reason, "known");
  EXPECT_TRUE(uses[1].taken.empty());
}

TEST(SuppressionBlocks, refuse_a_line_with_its_number) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"{\nfun: f\n}\n", "x.supp:3: this block says no reason"},
      {"{\nreason: x\n...\n}\n", "x.supp:4: this block names no frame"},
      {"{\nfun: f\nreason: x\n", "x.supp:1: the block that begins here"},
      {"{\nfun\n}\n", "x.supp:2: in a block stand"},
      {"{\nfun:\n}\n", "x.supp:2: in a block stand"},
      {"{\ncolour: red\n}\n", "x.supp:2: a block has no `colour`"},
      {"{\nkind: nonsense\n}\n", "x.supp:2: unknown kind"},
      {"{\nexpires: soon\n}\n", "x.supp:2: `expires` needs a day"},
      {"{\nexpires: 2027-13-01\n}\n", "x.supp:2: `expires` needs a day"}};
  for (const auto& [text, sentence] : bad) {
    const Result<Suppressions> rules = Suppressions::parse(text, "x.supp", today);
    ASSERT_FALSE(rules) << text;
    EXPECT_TRUE(rules.error().sentence.starts_with(sentence)) << rules.error().sentence;
    EXPECT_EQ(rules.error().exit_code, ExitCode::usage);
  }
}

// Word for word what ThreadSanitizer's manual shows, with comments, blanks and carriage returns as editors leave them.
TEST(Suppressions, read_a_file_of_ThreadSanitizer_unchanged) {
  const std::string text =
      "# Suppressions of the server\r\n\r\n  race:^Logger::*write*$\r\nrace:src/legacy/\n\trace_top:spin_hint\n"
      "called_from_lib:libzmq.so\nthread:pool_start\nmutex:old_lock\nsignal:on_hup\ndeadlock:foo::Bar*\n#race:off\n";
  const Result<Suppressions> rules = Suppressions::parse(text, "tsan.supp", today);
  ASSERT_TRUE(rules) << rules.error().sentence;
  EXPECT_EQ(rules->uses().size(), 8u);
}

TEST(Suppressions, of_each_kind_of_ThreadSanitizer_take_out_theirs_and_nothing_else) {
  const std::vector<std::pair<std::string, std::set<std::string>>> theirs = {
      {"race", {"data-race", "use-after-free-race"}},
      {"race_top", {"data-race", "use-after-free-race"}},
      {"called_from_lib", {"data-race", "use-after-free-race"}},
      {"thread", {"thread-leak"}},
      {"mutex",
       {"unlock-of-unlocked-mutex", "unlock-by-other-task", "double-lock", "lock-left-held",
        "destroy-of-locked-mutex"}},
      {"signal", {"signal-unsafe-call"}},
      {"deadlock", {"deadlock", "lock-order-inversion", "double-lock"}}};
  for (const auto& [name, kinds] : theirs)
    for (const std::string& kind : known_kinds()) {
      Finding finding = race_in("f()", "a.cc");
      finding.kind = kind;
      EXPECT_EQ(suppressed_by(name + ":bank", finding), kinds.contains(kind)) << name << " and " << kind;
    }
}

TEST(Suppressions, race_top_looks_at_the_innermost_frame_alone) {
  const Finding finding = race_through({"Queue::push()", "work()"});
  EXPECT_TRUE(suppressed_by("race_top:Queue::push", finding));
  EXPECT_TRUE(suppressed_by("race:work", finding));
  EXPECT_FALSE(suppressed_by("race_top:work", finding));
  Finding of_object = finding;
  of_object.object = ObjectRef{"global", "statistics", "0x1", 8, {}};
  EXPECT_FALSE(suppressed_by("race_top:statistics", of_object));
}

TEST(Suppressions, called_from_lib_looks_at_the_library_that_called_alone) {
  Finding finding = race_through({"memcpy()", "work()"});
  finding.sides[0].stack[0].module = "/usr/lib/libzmq.so.5";
  EXPECT_TRUE(suppressed_by("called_from_lib:libzmq.so", finding));
  EXPECT_FALSE(suppressed_by("called_from_lib:bank", finding));
  EXPECT_FALSE(suppressed_by("called_from_lib:memcpy", finding)) << "a function is no library";
}

TEST(Suppressions, tell_which_rules_were_not_needed) {
  Result<Suppressions> rules = Suppressions::parse("# known\nrace:used\n\n  race:never  \n", "ci.supp", today);
  ASSERT_TRUE(rules);
  std::vector<Finding> findings = {race_in("used()", "a.cc"), race_in("other()", "b.cc")};
  EXPECT_EQ(rules->apply(findings), 1u);
  EXPECT_EQ(findings.size(), 1u);
  const std::vector<SuppressionUse> uses = rules->uses();
  ASSERT_EQ(uses.size(), 2u);
  ASSERT_EQ(uses[0].taken.size(), 1u);
  EXPECT_EQ(uses[0].taken[0].location.function, "used()");
  EXPECT_EQ(uses[1].file, "ci.supp");
  EXPECT_EQ(uses[1].line, 4u);
  EXPECT_EQ(uses[1].rule, "race:never");
  EXPECT_TRUE(uses[1].taken.empty());
  EXPECT_TRUE(rules->uses({"task-leak"}).empty()) << "nobody asked for races";
}

TEST(Suppressions, refuse_a_line_with_its_number) {
  for (const char* bad : {"race", "race:", "nonsense:main"}) {
    const Result<Suppressions> rules = Suppressions::parse(std::string("race:a\n") + bad, "x.supp", today);
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
