#include "base/text.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

TEST(EscapeForTerminal, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(escape_for_terminal("main.cc:14 C:\\dir"), "main.cc:14 C:\\dir");
  EXPECT_EQ(escape_for_terminal("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82"),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82");
}

TEST(EscapeForTerminal, ShowsControlCharacters) {
  EXPECT_EQ(escape_for_terminal("\x1b]52;c;aGk=\x07"), "\\x1B]52;c;aGk=\\x07");
  EXPECT_EQ(escape_for_terminal("a\nb\tc\rd\x7f"), "a\\x0Ab\\x09c\\x0Dd\\x7F");
  EXPECT_EQ(escape_for_terminal("\xc2\x9b"
                                "31m"),
            "<U+009B>31m");  // C1: a CSI without ESC
  EXPECT_EQ(escape_for_terminal(std::string_view("\0", 1)), "\\x00");
}

TEST(EscapeForTerminal, ShowsWhatChangesDirectionOrLine) {
  EXPECT_EQ(escape_for_terminal("a\xe2\x80\xae"
                                "b"),
            "a<U+202E>b");
  EXPECT_EQ(escape_for_terminal("\xe2\x81\xa6\xe2\x81\xa9"), "<U+2066><U+2069>");
  EXPECT_EQ(escape_for_terminal("\xe2\x80\xa8"), "<U+2028>");
}

TEST(EscapeForTerminal, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(escape_for_terminal("\xff\xfe"), "\\xFF\\xFE");
  EXPECT_EQ(escape_for_terminal("\xc0\x8a"), "\\xC0\\x8A");                    // a longer form of a line feed
  EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xED\\xA0\\x80");           // a surrogate
  EXPECT_EQ(escape_for_terminal("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(escape_for_terminal("ab\xe2\x82"), "ab\\xE2\\x82");                // cut short
}

TEST(GroupDigits, GroupsByThree) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(65520), "65,520");
  EXPECT_EQ(group_digits(18446744073709551615u), "18,446,744,073,709,551,615");
}

TEST(Counted, ChoosesTheNumber) {
  EXPECT_EQ(counted(1, "stream"), "1 stream");
  EXPECT_EQ(counted(2000, "stream"), "2,000 streams");
  EXPECT_EQ(counted(0, "chunk was", "chunks were"), "0 chunks were");
}

TEST(ParseNumber, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_number("42"), 42u);
  EXPECT_EQ(parse_number("7fff", 16), 0x7fffu);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1x", "18446744073709551616"})
    EXPECT_FALSE(parse_number(bad)) << bad;
}

TEST(HexNumber, HasNoLeadingZeros) {
  EXPECT_EQ(hex_number(0), "0x0");
  EXPECT_EQ(hex_number(0x7fffdeadbeef), "0x7fffdeadbeef");
  EXPECT_EQ(hex_number(~std::uint64_t{0}), "0xffffffffffffffff");
}

}  // namespace
}  // namespace tenter::analysis
