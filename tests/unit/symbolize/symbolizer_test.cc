#include "symbolize/symbolizer.h"

#include <gtest/gtest.h>

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
constexpr const char* answers = R"sh(while read -r kind path offset; do
  if [ "$kind" = CODE ]; then
    echo '{"Symbol":[{"FunctionName":"inner()","FileName":"a.cc","Line":7,"Column":3,"StartLine":5},{"FunctionName":"outer()","FileName":"a.cc","Line":9}]}'
  else
    echo '{"Data":{"Name":"total","Start":"0x4010","Size":"0x8"}}'
  fi
done
)sh";

TEST(Symbolizer, tells_inlined_frames_innermost_first) {
  const ScratchFolder folder;
  Symbolizer symbols({this_program()}, folder.script("symbolizer", answers));
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
  Symbolizer symbols({this_program()}, folder.script("symbolizer", answers));
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
  Symbolizer symbols({rebuilt}, program);
  const std::vector<Frame>& frames = symbols.frames(0x501235);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "");
  EXPECT_EQ(frames[0].module, rebuilt.path);
  EXPECT_EQ(frames[0].offset, 0x1234u);
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find("built anew since the recording"), std::string::npos) << symbols.notes()[0];

  MappedModule gone = this_program();
  gone.path = folder.path() + "/gone";
  Symbolizer without({gone}, program);
  EXPECT_EQ(without.frames(0x501235)[0].function, "");
  ASSERT_EQ(without.notes().size(), 1u);
  EXPECT_NE(without.notes()[0].find("not there"), std::string::npos) << without.notes()[0];
}

TEST(Symbolizer, says_that_a_program_has_no_lines) {
  const ScratchFolder folder;
  const std::string program = folder.script("symbolizer", R"sh(while read -r question; do
  echo '{"Symbol":[{"FunctionName":"add_one()","FileName":"app.cc","Line":0}]}'
done
)sh");
  MappedModule ours = this_program();
  ours.instrumented = true;
  Symbolizer symbols({ours}, program);
  EXPECT_EQ(symbols.frames(0x501235)[0].function, "add_one()");
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find("build it with -g"), std::string::npos) << symbols.notes()[0];
  // Of one that was not built with the wrapper nobody expects lines, and one line is enough.
  Symbolizer library({this_program()}, program);
  library.frames(0x501235);
  EXPECT_TRUE(library.notes().empty());
  Symbolizer with_lines({ours}, folder.script("other", answers));
  with_lines.frames(0x501235);
  EXPECT_TRUE(with_lines.notes().empty());
}

TEST(Symbolizer, says_when_there_is_none) {
  Symbolizer symbols({this_program()}, "");
  EXPECT_EQ(symbols.frames(0x501235)[0].function, "");
  ASSERT_EQ(symbols.notes().size(), 1u);
  EXPECT_NE(symbols.notes()[0].find("no llvm-symbolizer was found"), std::string::npos);
  Symbolizer unasked({this_program()}, "");
  EXPECT_TRUE(unasked.notes().empty()) << "nothing was missing";
}

TEST(Symbolizer, bears_nonsense_as_answer) {
  const ScratchFolder folder;
  for (const char* nonsense : {"", "{", "null", "[]", "7", "{\"Symbol\":7}", "{\"Symbol\":[7,null]}",
                               "{\"Symbol\":[{\"FunctionName\":7,\"Line\":-3}]}", "{\"Data\":{\"Name\":7}}",
                               "{\"Symbol\":[{\"Line\":99999999999999999999}]}"}) {
    Symbolizer symbols({this_program()}, folder.script("symbolizer", "while read -r line; do echo '" +
                                                                         std::string(nonsense) + "'; done\n"));
    EXPECT_FALSE(symbols.frames(0x501235).empty()) << nonsense;
    EXPECT_FALSE(symbols.data(0x504010)) << nonsense;
  }
}

TEST(Symbolizer, cuts_names_that_are_meant_to_hurt) {
  const ScratchFolder folder;
  Symbolizer symbols({this_program()}, folder.script("symbolizer",
                                                     "read -r line; printf '{\"Symbol\":[{\"FunctionName\":\"'; head "
                                                     "-c 100000 /dev/zero | tr '\\0' x; echo '\"}]}'\n"));
  EXPECT_LT(symbols.frames(0x501235)[0].function.size(), 5000u);
}

TEST(Symbolizer, asks_about_each_address_once) {
  const ScratchFolder folder;
  const std::string counted = folder.path() + "/asked";
  Symbolizer symbols({this_program()}, folder.script("symbolizer", "while read -r line; do echo \"$line\" >> " +
                                                                       counted + "; echo '{}'; done\n"));
  symbols.prepare({0x501235, 0x501235, 0x501300}, {0x504010});
  symbols.frames(0x501235);
  symbols.frames(0x501300);
  symbols.data(0x504010);
  std::ifstream lines(counted);
  std::string line;
  int asked = 0;
  while (std::getline(lines, line)) ++asked;
  EXPECT_EQ(asked, 3);
}

TEST(Symbolizer, takes_the_module_that_was_loaded_later) {
  MappedModule first = this_program(), second = first;
  first.path = "/first";
  second.path = "/second";
  Symbolizer symbols({first, second}, "");
  EXPECT_EQ(symbols.frames(0x501235)[0].module, "/second");
}

TEST(Symbolizer, does_not_hand_out_paths_that_would_be_read_as_more_than_one) {
  const ScratchFolder folder;
  MappedModule odd = this_program();
  odd.path = folder.path() + "/a\n\"b'";
  std::filesystem::copy_file(this_program().path, odd.path);
  Symbolizer symbols({odd}, folder.script("symbolizer", answers));
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
