#include "record/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "record/text_buffer.h"

using namespace tenter::record;

namespace {

std::vector<std::string> complaints;

Options parsed(const char* text) {
  complaints.clear();
  Options options;
  parse_options(text, options, [](const char* sentence) { complaints.emplace_back(sentence); });
  return options;
}

TEST(Options, colons_and_spaces_separate) {
  const Options options = parsed("output=/tmp/a,b.%p.tent:memory=off verbosity=2::filter=0");
  EXPECT_STREQ(options.output, "/tmp/a,b.%p.tent");
  EXPECT_FALSE(options.memory);
  EXPECT_FALSE(options.filter);
  EXPECT_EQ(options.verbosity, 2);
  EXPECT_TRUE(complaints.empty());
}

TEST(Options, nothing_given_is_the_documented_default) {
  const Options options = parsed("");
  EXPECT_STREQ(options.output, "%n.%p.tent");
  EXPECT_TRUE(options.memory);
  EXPECT_TRUE(options.filter);
  EXPECT_FALSE(options.help);
}

TEST(Options, an_unknown_key_is_answered_with_the_nearest) {
  parsed("ouptut=x.tent");
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_NE(complaints[0].find("'ouptut'"), std::string::npos);
  EXPECT_NE(complaints[0].find("did you mean 'output'"), std::string::npos);
  parsed("verbose=1");
  EXPECT_NE(complaints.at(0).find("'verbosity'"), std::string::npos);
}

TEST(Options, a_value_that_makes_no_sense_changes_nothing) {
  const Options options = parsed("memory=maybe:verbosity=-1:output=");
  EXPECT_TRUE(options.memory);
  EXPECT_EQ(options.verbosity, 0);
  EXPECT_STREQ(options.output, "%n.%p.tent");
  EXPECT_EQ(complaints.size(), 3u);
}

TEST(Options, sizes_have_units) {
  const Options options = parsed("max_size=500M:max_memory=65536");
  EXPECT_EQ(options.max_size, 500u << 20);
  EXPECT_EQ(options.max_memory, 65536u);
  EXPECT_EQ(parsed("max_size=2g").max_size, std::uint64_t{2} << 30);
  EXPECT_TRUE(complaints.empty());
  for (const char* text : {"max_size=", "max_size=0", "max_size=1T", "max_size=-1", "max_size=1MB", "max_size=1.5G"}) {
    EXPECT_EQ(parsed(text).max_size, 0u) << text;
    EXPECT_EQ(complaints.size(), 1u) << text;
  }
}

TEST(Options, a_share_is_a_part_of_one_or_a_percentage) {
  EXPECT_EQ(parsed("").sample, whole);
  EXPECT_EQ(parsed("sample=1").sample, whole);
  EXPECT_EQ(parsed("sample=100%").sample, whole);
  EXPECT_NEAR(parsed("sample=0.25").sample, whole / 4, 1);
  EXPECT_NEAR(parsed("sample=.5").sample, whole / 2, 1);
  EXPECT_NEAR(parsed("sample=12.5%").sample, whole / 8, 1);
  EXPECT_TRUE(complaints.empty());
  for (const char* text :
       {"sample=0", "sample=1.1", "sample=101%", "sample=%", "sample=1/2", "sample=.", "sample=-1"}) {
    EXPECT_EQ(parsed(text).sample, whole) << text;
    EXPECT_EQ(complaints.size(), 1u) << text;
  }
}

TEST(Options, help_needs_no_value) {
  EXPECT_TRUE(parsed("help").help);
  EXPECT_TRUE(parsed("help=1").help);
  EXPECT_FALSE(parsed("help=0").help);
}

TEST(Options, any_text_is_survived) {
  parsed((std::string(5000, 'x') + "=" + std::string(5000, 'y')).c_str());
  EXPECT_EQ(complaints.size(), 1u);
  parsed("===:::=:a=:=b");
  parsed("\xff\xfe=\x01");
}

std::string expanded(const char* pattern, bool unique = false) {
  char out[64];
  return expand_output(pattern, {42, "prog", "box"}, unique, out, sizeof out) ? out : "(too long)";
}

TEST(Output, the_pattern_knows_process_program_and_host) {
  EXPECT_EQ(expanded("/logs/%h/%n.%p"), "/logs/box/prog.42");
  EXPECT_EQ(expanded("%n.%p.tent"), "prog.42.tent");
  EXPECT_EQ(expanded("100%%/%q/%"), "100%/%q/%");
  EXPECT_EQ(expanded("run.tent", /*unique=*/true), "run.tent.42");
  EXPECT_EQ(expanded("run.%p", /*unique=*/true), "run.42");
  EXPECT_EQ(expanded(std::string(100, 'a').c_str()), "(too long)");
}

TEST(TextBuffer, numbers_and_escapes) {
  char memory[64];
  TextBuffer text(memory, sizeof memory);
  text.add_decimal(0).add(" ").add_decimal(18446744073709551615u).add(" ").add_hex(0).add(" ").add_hex(0xdeadbeefu);
  text.add(" ").add_escaped("a\\b\nc", 5);
  EXPECT_STREQ(text.c_str(), "0 18446744073709551615 0 deadbeef a\\\\b\\nc");
  EXPECT_FALSE(text.overflowed());
}

TEST(TextBuffer, what_does_not_fit_is_left_out_and_noted) {
  char memory[4];
  TextBuffer text(memory, sizeof memory);
  text.add("abcdef");
  EXPECT_STREQ(text.c_str(), "abc");
  EXPECT_TRUE(text.overflowed());
}

}  // namespace
