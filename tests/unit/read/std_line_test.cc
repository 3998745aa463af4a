#include "read/std_line.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tenter::analysis {
namespace {

// What comes after a line in a trace, so that the line may be read as a usual one.
const std::string follows = "\nT7|w(V7)|7\nT8|r((|)|8\n" + std::string(usual_line_reads, ')');

// The length of the line when it was read as a usual one, and then what was read is what parse_std_line() says.
std::size_t read_as_usual(const std::string& text) {
  const std::string block = text + follows;
  StdLine line;
  const std::size_t length = read_usual_std_line(block, line);
  if (length == 0) return 0;
  EXPECT_EQ(block.substr(0, length), text.substr(0, text.find('\n')) + "\n");
  const std::optional<StdLine> wanted = parse_std_line(std::string_view(block).substr(0, length - 1));
  EXPECT_TRUE(wanted) << text;
  if (!wanted) return length;
  EXPECT_EQ(line.thread, wanted->thread) << text;
  EXPECT_EQ(line.object, wanted->object) << text;
  EXPECT_EQ(line.place, wanted->place) << text;
  EXPECT_EQ(line.verb, wanted->verb) << text;
  return length;
}

TEST(StdLine, IsUsualWhereItIsAnAccessOrOfALock) {
  for (const std::string text :
       {"T0|r(V12)|3", "T0|w(V12)|3", "T0|acq(L1)|00", "T0|rel(L1)|12345678", "t|r(v)|1", "a b|w(x(1).y)|99",
        "T|w())|1", "a_thread_of_a_long_name|r(java.util.Vector.elementData[])|12"}) {
    EXPECT_EQ(read_as_usual(text), text.size() + 1) << text;
  }
}

TEST(StdLine, IsNotUsualWhereItIsLongOrOfAnotherKindOrNone) {
  for (const std::string text : {"T0|fork(T1)|3",
                                 "T0|r()|3",
                                 "T0|r(V1|3",
                                 "T0|r(V1)x|3",
                                 "T0|r(V1)|",
                                 "T0|r(V1)|123456789",
                                 "T0|r(V1)|3\r",
                                 "|r(V1)|3",
                                 "T0|s(V1)|3",
                                 "T0|v(V1)|3",
                                 "T0|req(L1)|3",
                                 "T0|r(V1)",
                                 "T0",
                                 "",
                                 "T0|r(V1)|3|",
                                 "T0|r(V1)|:",
                                 "T0|r(V1)|/",
                                 "T0||r(V1)|3",
                                 "T0|r(V1)|\xb3",
                                 "T0|acq()|1",
                                 "T0|r(a_name_that_makes_a_line_longer_than_those_that_are_usual)|1"}) {
    EXPECT_EQ(read_as_usual(text), 0u) << text;
  }
  StdLine line;
  EXPECT_EQ(read_usual_std_line("T0|r(V1)|3\nT0|r(V2)|3\n", line), 0u) << "too little can be read";
}

TEST(StdLine, IsReadAlikeInBothWays) {
  std::mt19937 random(1);
  const std::string letters = "0189rwacqel()|\n\r\0Tx/:\xb0\xff";
  std::size_t usual = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto any = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    const char* const verbs[] = {"r", "w", "acq", "rel", "fork", "end"};
    std::string text = "T" + std::string(any(4) == 0 ? any(20) : 1, '3') + "|" + verbs[any(6)] + "(" +
                       std::string(any(any(2) == 0 ? 50 : 9), 'V') + std::to_string(any(1000)) + ")|" +
                       std::to_string(random() >> any(32));
    for (std::size_t changes = any(3); changes > 0; --changes) text[any(text.size())] = letters[any(letters.size())];
    usual += read_as_usual(text) != 0;
  }
  EXPECT_GT(usual, 40'000u);
}

}  // namespace
}  // namespace tenter::analysis
