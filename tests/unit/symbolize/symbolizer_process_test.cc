// The child is a shell script here, so that it may die, babble or fall silent when the test wants it to.
#include "symbolize/symbolizer_process.h"

#include <gtest/gtest.h>

#include "scratch_folder.h"

namespace tenter::analysis {
namespace {

using Lines = std::vector<std::string>;

TEST(SymbolizerProcess, gives_one_answer_for_each_question) {
  const ScratchFolder folder;
  SymbolizerProcess child(folder.script("echo", "while read -r line; do echo \"answer to $line\"; done\n"));
  EXPECT_EQ(child.ask({"a", "b"}), (Lines{"answer to a", "answer to b"}));
  EXPECT_EQ(child.ask({"c"}), (Lines{"answer to c"}));
  EXPECT_EQ(child.ask({}), Lines{});
  EXPECT_EQ(child.failures(), 0);
}

TEST(SymbolizerProcess, takes_more_than_the_pipe_holds) {
  const ScratchFolder folder;
  SymbolizerProcess child(folder.script("echo", "while read -r line; do echo \"$line$line$line\"; done\n"));
  const Lines questions(5000, std::string(200, 'q'));
  const Lines answers = child.ask(questions);
  ASSERT_EQ(answers.size(), questions.size());
  EXPECT_EQ(answers.back().size(), 600u);
}

TEST(SymbolizerProcess, loses_only_the_answer_that_the_child_dies_of) {
  const ScratchFolder folder;
  SymbolizerProcess child(
      folder.script("dies", "while read -r line; do [ \"$line\" = poison ] && exit 1; echo \"$line\"; done\n"));
  EXPECT_EQ(child.ask({"a", "poison", "b"}), (Lines{"a", "", "b"}));
  EXPECT_EQ(child.failures(), 1);
}

TEST(SymbolizerProcess, gives_up_on_one_that_never_answers) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.children = limits.failures_each = 3;
  SymbolizerProcess child(folder.script("dies", "exit 1\n"), limits, {});
  EXPECT_EQ(child.ask({"a", "b", "c", "d", "e"}), Lines(5));
  EXPECT_EQ(child.failures(), 3);
  SymbolizerProcess nobody(folder.path() + "/missing", limits, {});
  EXPECT_EQ(nobody.ask({"a"}), Lines(1));
}

TEST(SymbolizerProcess, does_not_wait_for_ever) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.answer_seconds = 1;
  limits.children = 1;
  SymbolizerProcess child(folder.script("silent", "exec cat >/dev/null\n"), limits, {});
  EXPECT_EQ(child.ask({"a", "b"}), Lines(2));
  EXPECT_EQ(child.failures(), 1);
}

TEST(SymbolizerProcess, does_not_swallow_an_endless_answer) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.children = 1;
  SymbolizerProcess child(folder.script("babbles", "read -r line; exec tr '\\0' x </dev/zero\n"), limits, {});
  EXPECT_EQ(child.ask({"a"}), Lines(1));
}

TEST(SymbolizerProcess, does_not_wait_for_ever_for_one_that_says_a_little_now_and_then) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.total_seconds = 1;
  SymbolizerProcess child(folder.script("dribbles", "while printf .; do sleep 0.1; done\n"), limits, {});
  EXPECT_EQ(child.ask({"a", "b"}), Lines(2));
  EXPECT_EQ(child.ask({"c"}), Lines(1)) << "time is over for all that comes";
  EXPECT_EQ(child.failures(), 1);
}

TEST(SymbolizerProcess, takes_no_more_than_it_can_hold) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.total_answer_bytes = 1'000'000;
  SymbolizerProcess child(
      folder.script("talks", "while read -r line; do head -c 100000 /dev/zero | tr '\\0' x; echo; done\n"), limits, {});
  const Lines answers = child.ask(Lines(100, "q"));
  std::size_t bytes = 0;
  for (const std::string& answer : answers) bytes += answer.size();
  EXPECT_GT(bytes, 0u);
  EXPECT_LT(bytes, 3'000'000u);
}

TEST(SymbolizerProcess, goes_on_with_the_next_file_where_one_is_deadly) {
  const ScratchFolder folder;
  SymbolizerProcess child(
      folder.script("dies", "while read -r line; do [ \"$line\" = poison ] && exit 1; echo \"$line\"; done\n"));
  EXPECT_EQ(child.ask(Lines(50, "poison")), Lines(50));
  EXPECT_EQ(child.failures(), 2) << "the other questions about that file are not worth a child each";
  EXPECT_EQ(child.ask({"a"}), (Lines{"a"}));
}

TEST(SymbolizerProcess, has_a_bound_on_its_memory) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.address_space_bytes = std::size_t{1} << 30;
  SymbolizerProcess child(folder.script("tells", "read -r line; ulimit -v; exec cat\n"), limits, {});
  EXPECT_EQ(child.ask({"a"}), (Lines{"1048576"}));
  EXPECT_GE(SymbolizerProcess::half_of_memory(), std::size_t{2} << 30);
  EXPECT_LE(SymbolizerProcess::half_of_memory(), std::size_t{16} << 30);
}

TEST(SymbolizerProcess, keeps_the_child_from_the_network_unless_it_was_asked_for) {
  const ScratchFolder folder;
  ::setenv("DEBUGINFOD_URLS", "http://nowhere.invalid", 1);
  const std::string program = folder.script("tells", "read -r line; echo \"urls=$DEBUGINFOD_URLS $*\"\n");
  const std::string usual = "--output-style=JSON --inlines --demangle";
  SymbolizerProcess child(program);
  EXPECT_EQ(child.ask({"a"}), (Lines{"urls= " + usual}));
  SymbolizerProcess asked(program, {}, {{"/srv/debug"}, true});
  EXPECT_EQ(asked.ask({"a"}),
            (Lines{"urls=http://nowhere.invalid " + usual +
                   " --debuginfod --debug-file-directory=/srv/debug --debug-file-directory=/usr/lib/debug"}));
  ::unsetenv("DEBUGINFOD_URLS");
}

TEST(FindSymbolizer, takes_the_chosen_one_or_none) {
  const ScratchFolder folder;
  const std::string chosen = folder.script("mine", "exit 0\n");
  ::setenv("TENTER_SYMBOLIZER", chosen.c_str(), 1);
  EXPECT_EQ(find_symbolizer(), chosen);
  ::setenv("TENTER_SYMBOLIZER", "/nonexistent", 1);
  EXPECT_EQ(find_symbolizer(), "");
  ::unsetenv("TENTER_SYMBOLIZER");
}

TEST(FindSymbolizer, passes_over_relative_entries_of_the_path) {
  const ScratchFolder folder;
  const std::string usual = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  folder.script("llvm-symbolizer-19", "exit 0\n");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  ::setenv("PATH", ".::relative", 1);
  EXPECT_EQ(find_symbolizer(), "");
  ::setenv("PATH", (".:" + folder.path()).c_str(), 1);
  EXPECT_EQ(find_symbolizer(), folder.path() + "/llvm-symbolizer-19");
  ::setenv("PATH", usual.c_str(), 1);
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace tenter::analysis
