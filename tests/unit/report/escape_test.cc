#include "report/escape.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "hostile_texts.h"

namespace tenter::analysis {
namespace {

// One line of valid UTF-8 in which no character steers whatever shows it.
bool is_tame(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    if (!point.valid || needs_escape(point.value)) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

bool has_any(const std::string& text, std::string_view characters) {
  return text.find_first_of(characters) != std::string::npos;
}

// Every character of `special` stands only at the start of one of `forms`.
bool only_as(std::string_view text, char special, const std::vector<std::string>& forms) {
  for (auto at = text.find(special); at != std::string_view::npos; at = text.find(special, at)) {
    const auto form =
        std::ranges::find_if(forms, [&](const std::string& one) { return text.substr(at).starts_with(one); });
    if (form == forms.end()) return false;
    at += form->size();
  }
  return true;
}

template <class F>
void for_hostile_texts(F check) {
  for (const std::string& text : hostile_texts()) check(text);
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    const std::string text = random_hostile_text(random);
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(text);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Escape, for_xml_leaves_neither_markup_nor_illegal_characters) {
  for_hostile_texts([](const std::string& text) {
    const std::string safe = escape_for_xml(text);
    ASSERT_TRUE(is_tame(safe));
    ASSERT_FALSE(has_any(safe, "<>\"'"));
    ASSERT_TRUE(only_as(safe, '&', {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}));
    ASSERT_EQ(safe.find("\xef\xbf\xbe"), std::string::npos);
    ASSERT_EQ(safe.find("\xef\xbf\xbf"), std::string::npos);
  });
  EXPECT_EQ(escape_for_xml("std::vector<int>& a\x01"), "std::vector&lt;int&gt;&amp; a\\x01");
}

TEST(Escape, for_uri_gives_characters_of_paths_alone) {
  for_hostile_texts([](const std::string& text) {
    const std::string safe = escape_for_uri(text);
    ASSERT_EQ(safe.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%"),
              std::string::npos);
    // Nothing is lost: it reads back byte for byte.
    std::string read;
    for (std::size_t i = 0; i < safe.size(); ++i) {
      if (safe[i] != '%') {
        read += safe[i];
        continue;
      }
      const auto byte = parse_number(std::string_view(safe).substr(i + 1, 2), 16);
      ASSERT_TRUE(byte);
      read += static_cast<char>(*byte);
      i += 2;
    }
    ASSERT_EQ(read, text);
  });
  EXPECT_EQ(escape_for_uri("/src/my bank/c:a.cc"), "/src/my%20bank/c%3Aa.cc");
}

TEST(Escape, for_sarif_messages_leaves_no_link_and_no_placeholder) {
  for_hostile_texts([](const std::string& text) {
    const std::string safe = escape_for_sarif_message(text);
    ASSERT_TRUE(is_tame(safe));
    ASSERT_TRUE(only_as(safe, '{', {"{{"}));
    ASSERT_TRUE(only_as(safe, '}', {"}}"}));
    ASSERT_TRUE(only_as(safe, '\\', {"\\\\", "\\[", "\\]"}));
    for (const char bracket : {'[', ']'})
      for (auto at = safe.find(bracket); at != std::string::npos; at = safe.find(bracket, at + 1))
        ASSERT_TRUE(at > 0 && safe[at - 1] == '\\');
  });
  EXPECT_EQ(escape_for_sarif_message("a[0] {1}"), "a\\[0\\] {{1}}");
}

TEST(Escape, for_github_gives_one_line_that_ends_where_it_should) {
  for_hostile_texts([](const std::string& text) {
    ASSERT_TRUE(is_tame(escape_for_github_message(text)));
    ASSERT_TRUE(only_as(escape_for_github_message(text), '%', {"%25"}));
    const std::string property = escape_for_github_property(text);
    ASSERT_TRUE(is_tame(property));
    ASSERT_FALSE(has_any(property, ":,"));
    ASSERT_TRUE(only_as(property, '%', {"%25", "%3A", "%2C"}));
  });
  EXPECT_EQ(escape_for_github_message("50%\n::error::x"), "50%25\\x0A::error::x");
  EXPECT_EQ(escape_for_github_property("a,b:c.cc"), "a%2Cb%3Ac.cc");
}

TEST(Escape, for_markdown_leaves_no_markup) {
  for_hostile_texts([](const std::string& text) {
    const std::string safe = escape_for_markdown(text);
    ASSERT_TRUE(is_tame(safe));
    ASSERT_FALSE(has_any(safe, "<>|`*_[]()~@!\\\"'/:$^={}+-"));
    for (auto at = safe.find('&'); at != std::string::npos; at = safe.find('&', at + 1)) ASSERT_EQ(safe[at + 1], '#');
    for (auto at = safe.find('#'); at != std::string::npos; at = safe.find('#', at + 1)) ASSERT_EQ(safe[at - 1], '&');
  });
  EXPECT_EQ(escape_for_markdown("a|b"), "a&#124;b");
}

TEST(Escape, for_dot_never_ends_the_string) {
  for_hostile_texts([](const std::string& text) {
    const std::string safe = escape_for_dot(text);
    ASSERT_TRUE(is_tame(safe));
    ASSERT_TRUE(only_as(safe, '\\', {"\\\\", "\\\""}));
    for (auto at = safe.find('"'); at != std::string::npos; at = safe.find('"', at + 1)) ASSERT_EQ(safe[at - 1], '\\');
  });
  EXPECT_EQ(escape_for_dot("a \"b\" \\"), "a \\\"b\\\" \\\\");
}

TEST(Escape, for_shiviz_never_parts_an_execution_nor_ends_a_key) {
  for_hostile_texts([](const std::string& text) {
    const std::string host = escape_for_shiviz_host(text);
    ASSERT_FALSE(host.empty());
    ASSERT_EQ(host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
              std::string::npos);
    const std::string event = escape_for_shiviz_event(text);
    ASSERT_TRUE(is_tame(event));
    ASSERT_EQ(event.find("==="), std::string::npos);
  });
  EXPECT_EQ(escape_for_shiviz_event("=== x ======"), "== = x == == ==");
  EXPECT_EQ(escape_for_shiviz_event("operator=="), "operator==");
}

}  // namespace
}  // namespace tenter::analysis
