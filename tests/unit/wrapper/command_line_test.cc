#include "wrapper/command_line.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace tenter::wrapper {
namespace {

struct Expected {
  const char* line;
  bool compiles, links;
};

class WhatACommandDoes : public testing::TestWithParam<Expected> {};

TEST_P(WhatACommandDoes, IsReadFromItsArguments) {
  const CommandLine line = read_command_line(split_response_text(GetParam().line));
  EXPECT_EQ(line.compiles, GetParam().compiles) << GetParam().line;
  EXPECT_EQ(line.links, GetParam().links) << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    Commands, WhatACommandDoes,
    testing::Values(Expected{"x.cc -o x", true, true}, Expected{"x.cc", true, true},
                    Expected{"-c x.cc -o x.o", true, false}, Expected{"-S x.cc", true, false},
                    Expected{"-E x.cc", true, false}, Expected{"-MM x.cc", true, false},
                    Expected{"-MD -MF x.d -MT x.o -c x.cc", true, false}, Expected{"-MD -MF x.d x.cc", true, true},
                    Expected{"-fsyntax-only x.cc", true, false}, Expected{"x.o y.o -o x", false, true},
                    Expected{"-shared -fPIC x.o -o libx.so", false, true},
                    Expected{"x.o libz.so.1.2 -o x", false, true}, Expected{"-r x.o y.o -o z.o", false, false},
                    Expected{"-o source.cc x.o", false, true}, Expected{"-I include.cc x.o", false, true},
                    Expected{"-Iinclude x.cc -lm", true, true}, Expected{"-include config.h x.o", false, true},
                    Expected{"-x c++ - -o x", true, true}, Expected{"-xc++ unknown.ending -c", true, false},
                    Expected{"-x c++ x.o", true, true}, Expected{"-x c++-header all.h -o all.pch", true, false},
                    Expected{"all.hpp", true, false}, Expected{"-x c++ x.txt -x none y.o", true, true},
                    Expected{"-Xlinker -z -Xlinker defs x.o -o x", false, true},
                    Expected{"-Wl,-z,defs x.o", false, true}, Expected{"--version", false, false},
                    Expected{"-v", false, false}, Expected{"-print-search-dirs", false, false},
                    Expected{"-### x.cc", true, true}, Expected{"-dumpmachine", false, false},
                    Expected{"-Wl,--version", false, false}, Expected{"-x", false, false}, Expected{"", false, false}));

TEST(CommandLine, SeesTheLibrary) {
  EXPECT_TRUE(read_command_line({"x.cc", "-ltenter"}).wants_library);
  EXPECT_TRUE(read_command_line({"x.cc", "-l", "tenter"}).wants_library);
  EXPECT_FALSE(read_command_line({"x.cc", "-lm"}).wants_library);
}

TEST(CommandLine, SeesStaticLinking) {
  EXPECT_TRUE(read_command_line({"x.cc", "-static"}).fully_static);
  EXPECT_TRUE(read_command_line({"x.cc", "-static-pie"}).fully_static);
  EXPECT_FALSE(read_command_line({"x.cc", "-static-libgcc", "-static-libstdc++"}).fully_static);
}

TEST(CommandLine, TheLastWordOnSanitizersCounts) {
  using List = std::vector<std::string>;
  EXPECT_EQ(read_command_line({"-fsanitize=address,undefined", "x.cc"}).sanitizers, (List{"address", "undefined"}));
  EXPECT_EQ(read_command_line({"-fsanitize=address,undefined", "-fno-sanitize=address"}).sanitizers, List{"undefined"});
  EXPECT_EQ(read_command_line({"-fsanitize=address", "-fno-sanitize=all"}).sanitizers, List{});
  EXPECT_TRUE(read_command_line({"-fsanitize=undefined", "-fsanitize-trap=undefined"}).sanitizer_traps);
}

TEST(CommandLine, ResponseFilesAreReadAsGnuToolsReadThem) {
  EXPECT_EQ(split_response_text("-O2  'a b.cc'\n\"c\\\"d\" e\\ f ''"), (Arguments{"-O2", "a b.cc", "c\"d", "e f", ""}));
  EXPECT_EQ(split_response_text(" \n\t"), Arguments{});
}

TEST(CommandLine, ResponseFilesMayNest) {
  const std::string inner = testing::TempDir() + "tenter_inner.rsp", outer = testing::TempDir() + "tenter_outer.rsp";
  std::ofstream(inner) << "x.cc -ltenter\n";
  std::ofstream(outer) << "-O1 @" << inner << "\n";
  const CommandLine line = read_command_line({"@" + outer});
  EXPECT_TRUE(line.links);
  EXPECT_TRUE(line.wants_library);
  std::remove(inner.c_str());
  std::remove(outer.c_str());
}

TEST(CommandLine, AResponseFileThatNamesItselfEnds) {
  const std::string path = testing::TempDir() + "tenter_self.rsp";
  std::ofstream(path) << "x.cc @" << path << "\n";
  EXPECT_TRUE(read_command_line({"@" + path}).links);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace tenter::wrapper
