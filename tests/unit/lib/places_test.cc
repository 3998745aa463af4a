// Which lines of the program a report names: without optimization, too, when the call that waits is one of our headers', and
// with less, but nothing wrong, where there is no debug information or nobody who reads it.
#include "task/places.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "task/futex.h"
#include "task/lines.h"

namespace tenter {
namespace {

struct Output {
  int status = -1;
  std::string text;
};

Output run_program(const std::string& program, const std::string& how, const std::string& environment) {
  std::FILE* const pipe =
      popen(("env -u TENTER_SYMBOLIZER " + environment + " " + program + " " + how + " 2>&1").c_str(), "r");
  Output output;
  if (pipe == nullptr) { return output; }
  char buffer[4096];
  for (std::size_t size = 0; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) { output.text.append(buffer, size); }
  output.status = WEXITSTATUS(pclose(pipe));
  return output;
}

// "waits: adder" -> 16, as places_program.cc has it.
std::map<std::string, unsigned> lines_of_program() {
  std::ifstream source(PLACES_SOURCE);
  std::map<std::string, unsigned> lines;
  std::string line;
  for (unsigned number = 1; std::getline(source, line); ++number) {
    const std::size_t at = line.find("// ");
    if (at != std::string::npos && line.find(": ", at) != std::string::npos) { lines[line.substr(at + 3)] = number; }
  }
  return lines;
}

const char* const sleepers[] = {"main", "adder", "chooser", "locker", "member", "reader", "joiner"};

unsigned line_of(const std::map<std::string, unsigned>& lines, const std::string& what, const std::string& who) {
  const auto both = lines.find("both: " + who);
  return both != lines.end() ? both->second : lines.at(what + ": " + who);
}

std::string line_about(const Output& output, const std::string& who) {
  std::smatch found;
  std::regex_search(output.text, found, std::regex(".*" + who + ".*\n"));
  return found.str();
}

// "called at .../places_program.cc:16 ".
bool names(const std::string& text, const std::string& before, unsigned line) {
  return std::regex_search(text, std::regex(before + " [^ ]*places_program\\.cc:" + std::to_string(line) + "\\b"));
}

std::string path_of_tool(const std::string& name) {
  const std::string path = "/usr/bin/" + name;
  return access(path.c_str(), X_OK) == 0 ? path : std::string();
}

class PlacesOf : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Levels, PlacesOf, testing::Values(PLACES_PROGRAM_O0, PLACES_PROGRAM_O2));

TEST_P(PlacesOf, TheReportOfASleepingProgramNamesItsOwnLines) {
  const Output output = run_program(GetParam(), "asleep", "");
  ASSERT_EQ(output.status, 2) << output.text;
  const std::map<std::string, unsigned> lines = lines_of_program();
  for (const std::string who : sleepers) {
    const std::string line = line_about(output, "`" + who + "`");
    EXPECT_TRUE(names(line, "called at", line_of(lines, "waits", who))) << who << "\n" << output.text;
    EXPECT_TRUE(names(line, "created at", line_of(lines, "made", who))) << who << "\n" << output.text;
  }
  EXPECT_TRUE(names(line_about(output, "thread [0-9]"), "called at", lines.at("waits: thread"))) << output.text;
}

// It does not know all functions that clang has inlined. What it does not know is not made up.
TEST_P(PlacesOf, AddressToLineDoesToo) {
  const std::string tool = path_of_tool("addr2line");
  if (tool.empty()) { GTEST_SKIP() << "addr2line is not installed"; }
  const Output output = run_program(GetParam(), "asleep", "TENTER_SYMBOLIZER=" + tool);
  ASSERT_EQ(output.status, 2) << output.text;
  const std::map<std::string, unsigned> lines = lines_of_program();
  const auto names_at_most = [](const std::string& line, const std::string& before, unsigned number) {
    return names(line, before, number) || std::regex_search(line, std::regex(before + " [^ :]*\\+0x[0-9a-f]+ "));
  };
  for (const std::string who : sleepers) {
    const std::string line = line_about(output, "`" + who + "`");
    EXPECT_TRUE(names_at_most(line, "called at", line_of(lines, "waits", who))) << who << "\n" << output.text;
    EXPECT_TRUE(names_at_most(line, "created at", line_of(lines, "made", who))) << who << "\n" << output.text;
  }
  EXPECT_TRUE(names(line_about(output, "`adder`"), "called at", lines.at("waits: adder"))) << output.text;
}

TEST_P(PlacesOf, TheLeakReportNamesThem) {
  const Output output = run_program(GetParam(), "leaks", "");
  ASSERT_EQ(output.status, 0) << output.text;
  const std::map<std::string, unsigned> lines = lines_of_program();
  std::size_t known = 0;
  const nlohmann::json report = nlohmann::json::parse(output.text);
  for (const nlohmann::json& leak : report["leaks"]) {
    const std::string who = leak["tasks"][0]["name"];
    ++known;
    EXPECT_TRUE(std::string(leak["created_in"]["file"]).ends_with("places_program.cc")) << leak;
    EXPECT_EQ(leak["created_in"]["line"], line_of(lines, "made", who)) << leak;
    EXPECT_EQ(leak["waits_in"]["line"], line_of(lines, "waits", who == "helper" ? "main" : who)) << leak;
    EXPECT_EQ(leak["waits_in"].contains("function"), true) << leak;
  }
  EXPECT_EQ(known, std::size(sleepers)) << output.text;
}

TEST(Places, WithoutAToolTheAddressIsThere) {
  const Output output = run_program(PLACES_PROGRAM_O0, "asleep", "TENTER_SYMBOLIZER=none");
  ASSERT_EQ(output.status, 2) << output.text;
  EXPECT_TRUE(std::regex_search(line_about(output, "`adder`"),
                                std::regex("called at lib_places_program_o0\\+0x[0-9a-f]+ \\(add_up\\)")))
      << output.text;
  EXPECT_TRUE(
      std::regex_search(line_about(output, "`chooser`"), std::regex("called at [^ ]*\\+0x[0-9a-f]+ \\(choose\\)")))
      << output.text;
}

TEST(Places, WithoutDebugInformationTheAddressIsThere) {
  const Output output = run_program(PLACES_PROGRAM_BARE, "asleep", "");
  ASSERT_EQ(output.status, 2) << output.text;
  EXPECT_TRUE(std::regex_search(line_about(output, "`adder`"),
                                std::regex("called at lib_places_program_bare\\+0x[0-9a-f]+ \\(add_up\\)")))
      << output.text;
  EXPECT_EQ(output.text.find(".cc:"), std::string::npos) << output.text;
}

// ---- the tool, as it may misbehave -------------------------------------------------------------------------------------

class Tool : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "tenter_tool_" + std::to_string(getpid());
    setenv("TENTER_SYMBOLIZER", path_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("TENTER_SYMBOLIZER");
    std::remove(path_.c_str());
    EXPECT_EQ(waitpid(-1, nullptr, __WALL | WNOHANG), -1) << "a child was left behind";
    EXPECT_EQ(errno, ECHILD);
  }
  void write(const char* script) {
    std::ofstream(path_) << "#!/bin/sh\n" << script;
    chmod(path_.c_str(), 0700);
  }
  static std::vector<std::vector<detail::Line>> ask(std::int64_t patience_ns) {
    return detail::lines_at("/proc/self/exe", {0x10, 0x20}, detail::now_ns() + patience_ns);
  }
  std::string path_;
};
constexpr std::int64_t long_enough_ns = 60'000'000'000;

TEST_F(Tool, AnswersInlinedFunctionsInnermostFirst) {
  write("printf '0x10\\ninner\\n/src/a.h:3\\nouter\\n/src/a.cc:7 (discriminator 2)\\n0x20\\n??\\n??:0\\n'");
  const auto lines = ask(long_enough_ns);
  ASSERT_EQ(lines.size(), 2U);
  ASSERT_EQ(lines[0].size(), 2U);
  EXPECT_EQ(lines[0][0].function, "inner");
  EXPECT_EQ(lines[0][0].file, "/src/a.h");
  EXPECT_EQ(lines[0][0].line, 3U);
  EXPECT_EQ(lines[0][1].line, 7U);
  ASSERT_EQ(lines[1].size(), 1U);
  EXPECT_EQ(lines[1][0].function, "");
  EXPECT_EQ(lines[1][0].line, 0U);
}

TEST_F(Tool, ThatAnswersNothingAtAllIsGivenUp) {
  write("exec sleep 1000000");
  const auto lines = ask(50'000'000);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].empty());
}

TEST_F(Tool, ThatDiesHasSaidWhatItHasSaid) {
  write("printf '0x10\\nf\\n/src/a.cc:1\\n0x20\\ncut sh'; kill -9 $$");
  const auto lines = ask(long_enough_ns);
  ASSERT_EQ(lines[0].size(), 1U);
  EXPECT_EQ(lines[0][0].line, 1U);
  EXPECT_TRUE(lines[1].empty());
}

TEST_F(Tool, ThatTalksOfWhatNobodyAskedIsNotBelieved) {
  write("printf 'x\\n/a:1\\n0x1\\n\\n\\na\\nno colon\\n0x2\\n0x3\\nb\\n/c.cc:9999999999999\\n0x4\\nc\\n/d.cc:4\\n'");
  const auto lines = ask(long_enough_ns);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0][0].line, 0U);
}

TEST_F(Tool, ThatIsNoProgramIsNotAsked) {
  for (const char* const tool : {"none", "relative/tool", "/nowhere/tool"}) {
    setenv("TENTER_SYMBOLIZER", tool, 1);
    EXPECT_TRUE(ask(long_enough_ns)[0].empty()) << tool;
  }
}

// The program may wait for its own children meanwhile, and is not told of ours.
TEST_F(Tool, IsNoChildOfThePrograms) {
  static volatile sig_atomic_t told = 0;
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) { told = 1; };
  sigaction(SIGCHLD, &action, &before);
  write("printf '0x10\\nf\\n/src/a.cc:1\\n'");
  EXPECT_EQ(ask(long_enough_ns)[0].size(), 1U);
  sigaction(SIGCHLD, &before, nullptr);
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace tenter
