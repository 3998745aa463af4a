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
  limits.children = 3;
  SymbolizerProcess child(folder.script("dies", "exit 1\n"), limits);
  EXPECT_EQ(child.ask({"a", "b", "c", "d", "e"}), Lines(5));
  EXPECT_EQ(child.failures(), 3);
  SymbolizerProcess nobody(folder.path() + "/missing", limits);
  EXPECT_EQ(nobody.ask({"a"}), Lines(1));
}

TEST(SymbolizerProcess, does_not_wait_for_ever) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.answer_seconds = 1;
  limits.children = 1;
  SymbolizerProcess child(folder.script("silent", "exec cat >/dev/null\n"), limits);
  EXPECT_EQ(child.ask({"a", "b"}), Lines(2));
  EXPECT_EQ(child.failures(), 1);
}

TEST(SymbolizerProcess, does_not_swallow_an_endless_answer) {
  const ScratchFolder folder;
  SymbolizerProcess::Limits limits;
  limits.children = 1;
  SymbolizerProcess child(folder.script("babbles", "read -r line; exec tr '\\0' x </dev/zero\n"), limits);
  EXPECT_EQ(child.ask({"a"}), Lines(1));
}

TEST(SymbolizerProcess, keeps_the_child_from_the_network) {
  const ScratchFolder folder;
  ::setenv("DEBUGINFOD_URLS", "http://nowhere.invalid", 1);
  SymbolizerProcess child(folder.script("tells", "read -r line; echo \"urls=$DEBUGINFOD_URLS\"\n"));
  EXPECT_EQ(child.ask({"a"}), (Lines{"urls="}));
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
