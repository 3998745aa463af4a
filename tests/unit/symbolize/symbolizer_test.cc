#include "symbolize/symbolizer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "scratch_folder.h"
#include "symbolize/elf_build_id.h"
#include "symbolize/place_names.h"

namespace tenter::analysis {
namespace {

// The test program itself stands for the recorded one.
MappedModule this_program() {
  const std::string path = std::filesystem::read_symlink("/proc/self/exe").string();
  return {path, build_id_of_file(path).value_or(""), 0x500000, 0x500000, 0x600000};
}

// Answers every question about code with two frames, and about data with 8 bytes at the address rounded down to 16.
// Of builds that are not there it knows nothing.
constexpr const char* answers = R"sh(while read -r kind path offset; do
  case "$path" in BUILDID:*) echo '{}'; continue ;; esac
  if [ "$kind" = CODE ]; then
    echo '{"Symbol":[{"FunctionName":"inner()","FileName":"a.cc","Line":7,"Column":3,"StartLine":5},{"FunctionName":"outer()","FileName":"a.cc","Line":9}]}'
  else
    echo '{"Data":{"Name":"total","Start":"0x4010","Size":"0x8"}}'
  fi
done
)sh";

TEST(Symbolizer, tells_inlined_frames_innermost_first) {
  const ScratchFolder folder;
  Symbolizer symbols({this_program()}, {.program = folder.script("symbolizer", answers)});
  const std::vector<Frame>& frames = symbols.frames(0x501235);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].function, "inner()");
  EXPECT_TRUE(frames[0].inlined);
  EXPECT_EQ(frames[0].line, 7u);
  EXPECT_EQ(frames[0].function_line, 5u);
  EXPECT_EQ(frames[0].offset, 0x1234u) << "the byte before the return address is inside of the call";
  EXPECT_EQ(frames[1].function, "outer()");
  EXPECT_FALSE(frames[1].inlined);
  EXPECT_TRUE(symbols.notes().empty());
}

TEST(Symbolizer, tells_a_variable_only_where_it_reaches) {
  const ScratchFolder folder;
  Symbolizer symbols({this_program()}, {.program = folder.script("symbolizer", answers)});
  const std::optional<DataSymbol> inside = symbols.data(0x504017);
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->name, "total");
  EXPECT_EQ(inside->address, 0x504010u);
  EXPECT_EQ(inside->size, 8u);
  EXPECT_FALSE(symbols.data(0x504018)) << "behind its last byte";
  EXPECT_FALSE(symbols.data(0x504000)) << "before its first";
  EXPECT_FALSE(symbols.data(0x700000)) << "in no module";
  EXPECT_TRUE(symbols.in_module(0x5fffff));
  EXPECT_FALSE(symbols.in_module(0x600000));
}

TEST(Symbolizer, trusts_only_the_file_that_was_recorded) {
  const ScratchFolder folder;
  const std::string program = folder.script("symbolizer", answers);
  MappedModule rebuilt = this_program();
  rebuilt.build_id = "0123456789";
  Symbolizer symbols({rebuilt}, {.program = program});
  const std::vector<Frame>& frames = symbols.frames(0x501235);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "");
  EXPECT_EQ(frames[0].module, rebuilt.path);
  EXPECT_EQ(frames[0].offset, 0x1234u);
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find("built anew since the recording"), std::string::npos) << symbols.notes()[0];

  MappedModule gone = this_program();
  gone.path = folder.path() + "/gone";
  Symbolizer without({gone}, {.program = program});
  EXPECT_EQ(without.frames(0x501235)[0].function, "");
  ASSERT_EQ(without.notes().size(), 1u);
  EXPECT_NE(without.notes()[0].find("not there"), std::string::npos) << without.notes()[0];
}

// A module over whose debug information the symbolizer thinks for ever costs its own names, and a bounded time.
TEST(Symbolizer, gives_up_on_a_module_that_takes_too_long) {
  const ScratchFolder folder;
  const std::string program = folder.script("symbolizer", R"sh(while read -r kind path offset; do
  case "$path" in
    *corrupt*) exec cat >/dev/null ;;
    *) echo '{"Symbol":[{"FunctionName":"sound()","FileName":"a.cc","Line":7}]}' ;;
  esac
done
)sh");
  const MappedModule sound = this_program();
  MappedModule corrupt = sound;
  corrupt.path = folder.path() + "/corrupt";
  std::filesystem::copy(sound.path, corrupt.path);
  corrupt.begin = corrupt.load_bias = 0x700000;
  corrupt.end = 0x800000;
  SymbolizerProcess::Limits limits;
  limits.answer_seconds = 1;
  Symbolizer symbols({corrupt, sound}, {.program = program, .limits = limits});
  std::vector<std::uint64_t> addresses = {0x501235};
  for (std::uint64_t address = 0x701000; address < 0x702000; ++address) addresses.push_back(address);
  symbols.prepare(addresses, {});
  EXPECT_EQ(symbols.frames(0x501235)[0].function, "sound()");
  EXPECT_EQ(symbols.frames(0x701800)[0].function, "");
  EXPECT_EQ(symbols.frames(0x701800)[0].offset, 0x17ffu);
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find(corrupt.path), std::string::npos) << symbols.notes()[0];
}

// Answers for a build-id and for no path, as where debug information was kept and the program was not.
TEST(Symbolizer, asks_for_debug_information_of_the_recorded_build) {
  const ScratchFolder folder;
  const std::string kept = folder.script("symbolizer", R"sh(while read -r kind where offset; do
  case "$where" in
    BUILDID:0123456789) echo '{"Symbol":[{"FunctionName":"kept()","FileName":"a.cc","Line":7}]}' ;;
    *) echo '{"Symbol":[{"FunctionName":"wrong()","FileName":"b.cc","Line":1}]}' ;;
  esac
done
)sh");
  MappedModule rebuilt = this_program();
  rebuilt.build_id = "0123456789";
  Symbolizer symbols({rebuilt}, {.program = kept});
  const std::vector<Frame>& frames = symbols.frames(0x501235);
  EXPECT_EQ(frames[0].function, "kept()");
  EXPECT_EQ(frames[0].module, rebuilt.path);
  EXPECT_TRUE(symbols.notes().empty()) << symbols.notes()[0];
}

TEST(Symbolizer, trusts_a_file_without_a_build_id_as_long_as_nobody_touched_it) {
  const ScratchFolder folder;
  const std::string program = folder.script("symbolizer", answers);
  // A header and nothing else: a program file without a build-id.
  const std::string path = folder.path() + "/app";
  std::ofstream(path) << std::string("\177ELF\2\1\1", 7) << std::string(47, '\0') << '\x38' << std::string(9, '\0');
  ASSERT_EQ(build_id_of_file(path), std::string());
  const MappedModule module{path, "", 0x500000, 0x500000, 0x600000};
  Symbolizer before({module}, {.program = program, .recorded_ns = UINT64_MAX});
  EXPECT_EQ(before.frames(0x501235)[0].function, "inner()");
  Symbolizer after({module}, {.program = program, .recorded_ns = 1'000'000'000});
  EXPECT_EQ(after.frames(0x501235)[0].function, "");
  ASSERT_EQ(after.notes().size(), 1u);
  EXPECT_NE(after.notes()[0].find("it has no build-id"), std::string::npos) << after.notes()[0];
  MappedModule had_none = this_program();
  had_none.build_id.clear();
  Symbolizer has_one({had_none}, {.program = program, .recorded_ns = UINT64_MAX});
  EXPECT_EQ(has_one.frames(0x501235)[0].function, "");
}

TEST(Symbolizer, says_that_a_program_has_no_lines) {
  const ScratchFolder folder;
  const std::string program = folder.script("symbolizer", R"sh(while read -r question; do
  echo '{"Symbol":[{"FunctionName":"add_one()","FileName":"app.cc","Line":0}]}'
done
)sh");
  MappedModule ours = this_program();
  ours.instrumented = true;
  Symbolizer symbols({ours}, {.program = program});
  EXPECT_EQ(symbols.frames(0x501235)[0].function, "add_one()");
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find("build it with -g"), std::string::npos) << symbols.notes()[0];
  // Of one that was not built with the wrapper nobody expects lines, and one line is enough.
  Symbolizer library({this_program()}, {.program = program});
  library.frames(0x501235);
  EXPECT_TRUE(library.notes().empty());
  Symbolizer with_lines({ours}, {.program = folder.script("other", answers)});
  with_lines.frames(0x501235);
  EXPECT_TRUE(with_lines.notes().empty());
}

TEST(Symbolizer, says_when_there_is_none) {
  Symbolizer symbols({this_program()}, {.program = ""});
  EXPECT_EQ(symbols.frames(0x501235)[0].function, "");
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find("no llvm-symbolizer was found"), std::string::npos);
  Symbolizer unasked({this_program()}, {.program = ""});
  EXPECT_TRUE(unasked.notes().empty()) << "nothing was missing";
}

TEST(Symbolizer, bears_nonsense_as_answer) {
  const ScratchFolder folder;
  for (const char* nonsense : {"", "{", "null", "[]", "7", "{\"Symbol\":7}", "{\"Symbol\":[7,null]}",
                               "{\"Symbol\":[{\"FunctionName\":7,\"Line\":-3}]}", "{\"Data\":{\"Name\":7}}",
                               "{\"Symbol\":[{\"Line\":99999999999999999999}]}"}) {
    Symbolizer symbols({this_program()},
                       {.program = folder.script(
                            "symbolizer", "while read -r line; do echo '" + std::string(nonsense) + "'; done\n")});
    EXPECT_FALSE(symbols.frames(0x501235).empty()) << nonsense;
    EXPECT_FALSE(symbols.data(0x504010)) << nonsense;
  }
}

TEST(Symbolizer, cuts_names_that_are_meant_to_hurt) {
  const ScratchFolder folder;
  Symbolizer symbols({this_program()},
                     {.program = folder.script("symbolizer",
                                               "read -r line; printf '{\"Symbol\":[{\"FunctionName\":\"'; head "
                                               "-c 100000 /dev/zero | tr '\\0' x; echo '\"}]}'\n")});
  EXPECT_LT(symbols.frames(0x501235)[0].function.size(), 5000u);
}

TEST(Symbolizer, asks_about_each_address_once) {
  const ScratchFolder folder;
  const std::string counted = folder.path() + "/asked";
  Symbolizer symbols({this_program()},
                     {.program = folder.script("symbolizer", "while read -r line; do echo \"$line\" >> " + counted +
                                                                 "; echo '{}'; done\n")});
  symbols.prepare({0x501235, 0x501235, 0x501300}, {0x504010});
  symbols.frames(0x501235);
  symbols.frames(0x501300);
  symbols.data(0x504010);
  std::ifstream lines(counted);
  std::string line;
  int asked = 0;
  while (std::getline(lines, line)) ++asked;
  EXPECT_EQ(asked, 4) << "the variable that has no name also where it may have been split off";
}

TEST(Symbolizer, takes_the_module_that_was_loaded_later) {
  MappedModule first = this_program(), second = first;
  first.path = "/first";
  second.path = "/second";
  Symbolizer symbols({first, second}, {.program = ""});
  EXPECT_EQ(symbols.frames(0x501235)[0].module, "/second");
}

TEST(Symbolizer, does_not_hand_out_paths_that_would_be_read_as_more_than_one) {
  const ScratchFolder folder;
  MappedModule odd = this_program();
  odd.path = folder.path() + "/a\n\"b'";
  std::filesystem::copy_file(this_program().path, odd.path);
  Symbolizer symbols({odd}, {.program = folder.script("symbolizer", answers)});
  EXPECT_EQ(symbols.frames(0x501235)[0].function, "");
}

TEST(PlaceNames, are_the_numbers_of_the_foreign_trace) {
  PlaceNames names;
  EXPECT_EQ(names.frames(21)[0].function, "place 21");
  EXPECT_FALSE(names.data(21));
  EXPECT_FALSE(names.in_module(21));
}

}  // namespace
}  // namespace tenter::analysis
