// Linked with all of lib_test: those tests say whether the switch works, this one that it is Boost.Context's.
#include <gtest/gtest.h>

extern "C" __attribute__((weak)) void tenter_first_on_stack();  // our own switch's first instructions

namespace {

TEST(BoostSwitch, IsTheOneInUse) { EXPECT_EQ(&tenter_first_on_stack, nullptr); }

}  // namespace
