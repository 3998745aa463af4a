// What becomes of a task that needs more stack than it has, and of faults that only look alike.
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace {

using testing::ExitedWithCode;
using testing::KilledBySignal;

// A program compiled with -O0 or -O2.
class Overflow : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }

  [[noreturn]] static void become(const char* how, const char* handler = nullptr, const char* guards = "") {
    setenv("TENTER_STACK_GUARDS", guards, 1);
    setenv("TENTER_MAX_WORKERS", "1", 1);  // the main task goes on only after the other one was looked at
    execl(GetParam(), GetParam(), how, handler, nullptr);
    _exit(127);
  }
};
INSTANTIATE_TEST_SUITE_P(Programs, Overflow, testing::Values(OVERFLOW_PROGRAM_O0, OVERFLOW_PROGRAM_O2),
                         [](const auto& program) { return program.index == 0 ? "O0" : "O2"; });

constexpr const char* sentence =
    "tenter: task 2 `deep` overran its stack of [0-9]+ bytes, created at lib_overflow_program_o[02]\\+0x[0-9a-f]+.*; give "
    "it more with TaskOptions::stack_size, or all with RunOptions::stack_size or TENTER_STACK_SIZE\n";

TEST_P(Overflow, IsToldWhenTheGuardZoneIsTouched) {
  EXPECT_EXIT(become("recurse"), KilledBySignal(SIGSEGV), sentence);
  EXPECT_EXIT(become("slightly, then end"), KilledBySignal(SIGSEGV), sentence);
}

TEST_P(Overflow, IsToldWithoutGuardsWhenTheTaskIsSwitchedNext) {
  EXPECT_EXIT(become("slightly, then wait", nullptr, "0"), KilledBySignal(SIGABRT), sentence);
}

TEST_P(Overflow, IsToldWithoutGuardsWhenTheTaskEnds) {
  EXPECT_EXIT(become("slightly, then end", nullptr, "0"), KilledBySignal(SIGABRT), sentence);
}

// The main task has the one guard.
TEST_P(Overflow, IsToldWhereOnlySomeStacksHaveGuards) {
  EXPECT_EXIT(become("slightly, then end", nullptr, "1"), KilledBySignal(SIGABRT), sentence);
  EXPECT_EXIT(become("slightly, then end", nullptr, "2"), KilledBySignal(SIGSEGV), sentence);
}

TEST_P(Overflow, IsToldBeforeTheProgramsHandlerIsCalled) {
  EXPECT_EXIT(become("recurse", "handler"), ExitedWithCode(7), std::string(sentence) + "handled by the program");
}

TEST_P(Overflow, OtherFaultsKillAsEver) {
  EXPECT_EXIT(become("null"), KilledBySignal(SIGSEGV), "^$");
  EXPECT_EXIT(become("kill"), KilledBySignal(SIGSEGV), "^$");
}

TEST_P(Overflow, OtherFaultsGoToTheProgramsHandler) {
  EXPECT_EXIT(become("null", "handler"), ExitedWithCode(7), "^handled by the program\n$");
  EXPECT_EXIT(become("null", "handler with info"), ExitedWithCode(7), "^handled by the program\n$");
  EXPECT_EXIT(become("kill", "handler"), ExitedWithCode(7), "^handled by the program\n$");
}

TEST_P(Overflow, TasksThatKeepWithinTheirStacksAreLeftAlone) {
  EXPECT_EXIT(become("nothing"), ExitedWithCode(0), "^$");
  EXPECT_EXIT(become("nothing", nullptr, "0"), ExitedWithCode(0), "^$");
}

}  // namespace
