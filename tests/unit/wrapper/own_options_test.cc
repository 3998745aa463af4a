#include "wrapper/own_options.h"

#include <gtest/gtest.h>

#include <map>

namespace tenter::wrapper {
namespace {

Asked read(const Arguments& arguments, const std::map<std::string, std::string>& environment = {}) {
  return read_own_options(arguments, [&](const char* name) {
    const auto value = environment.find(name);
    return value == environment.end() ? nullptr : value->second.c_str();
  });
}

TEST(OwnOptions, LeaveTheCompilersArgumentsAsTheyAre) {
  const Asked asked = read({"-O2", "--tenter-mode=off", "x.cc", "--", "-ltenter", "--tenter-lint", ""});
  EXPECT_EQ(asked.rest, (Arguments{"-O2", "x.cc", "--", "-ltenter", ""}));
  EXPECT_EQ(asked.mode, "off");
  EXPECT_TRUE(asked.lint);
  EXPECT_EQ(asked.refusal, "");
}

TEST(OwnOptions, HaveUsualValues) {
  const Asked asked = read({"x.cc"});
  EXPECT_EQ(asked.mode, "record");
  EXPECT_EQ(asked.pass, "on");
  EXPECT_FALSE(asked.lint || asked.help || asked.manual);
}

TEST(OwnOptions, WinOverTheEnvironmentAndTheLastWins) {
  EXPECT_EQ(read({}, {{"TENTER_MODE", "tsan"}}).mode, "tsan");
  EXPECT_EQ(read({"--tenter-mode=off"}, {{"TENTER_MODE", "tsan"}}).mode, "off");
  EXPECT_EQ(read({"--tenter-mode=off", "--tenter-mode=record"}).mode, "record");
  EXPECT_EQ(read({}, {{"TENTER_PASS", "off"}}).pass, "off");
}

TEST(OwnOptions, RefuseWithWhatTheyCanBe) {
  EXPECT_EQ(read({"--tenter-mode=fast"}).refusal, "--tenter-mode is \"fast\"; it can be record or tsan or off.");
  EXPECT_EQ(read({"--tenter-mode=record|tsan"}).refusal,
            "--tenter-mode is \"record|tsan\"; it can be record or tsan or off.");
  EXPECT_EQ(read({"--tenter-mode="}).refusal, "--tenter-mode is \"\"; it can be record or tsan or off.");
  EXPECT_EQ(read({}, {{"TENTER_PASS", "0"}}).refusal, "TENTER_PASS is \"0\"; it can be on or off.");
  EXPECT_EQ(read({"--tenter-pass"}).refusal, "--tenter-pass needs a value; say --tenter-pass=on|off.");
  EXPECT_EQ(read({"--tenter-lint=on"}).refusal, "--tenter-lint=on takes no value; say --tenter-lint.");
  EXPECT_TRUE(
      read({"--tenter-speed=9"}).refusal.starts_with("--tenter-speed=9 is not known; there are --tenter-mode="));
}

}  // namespace
}  // namespace tenter::wrapper
