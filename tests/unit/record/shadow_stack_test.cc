#include "record/shadow_stack.h"

#include <gtest/gtest.h>

using tenter::record::ShadowStack;

namespace {

constexpr std::uintptr_t stack_top = 0x7ffd'0000'0000;

// Stacks grow down: the function called nth has a stack pointer n frames below the top.
std::uintptr_t at_depth(std::uintptr_t depth) { return stack_top - depth * 64; }

TEST(ShadowStack, a_function_left_by_longjmp_is_gone_when_the_next_one_starts) {
  ShadowStack stack{};
  stack.push(1, at_depth(1));
  stack.push(2, at_depth(2));
  stack.push(3, at_depth(3));
  stack.push(4, at_depth(2));  // 2 and 3 were jumped out of
  ASSERT_EQ(stack.depth(), 2u);
  EXPECT_EQ(stack[0].call_site, 1u);
  EXPECT_EQ(stack[1].call_site, 4u);
  stack.release();
}

TEST(ShadowStack, a_signal_handlers_own_stack_far_away_unwinds_nothing) {
  ShadowStack stack{};
  stack.push(1, at_depth(1));
  stack.push(2, stack_top + (std::uintptr_t{1} << 32));
  EXPECT_EQ(stack.depth(), 2u);
  stack.pop();
  EXPECT_EQ(stack[0].call_site, 1u);
  stack.release();
}

TEST(ShadowStack, leaving_what_was_never_entered_does_nothing) {
  ShadowStack stack{};
  stack.pop();
  stack.push(1, at_depth(1));
  stack.pop();
  stack.pop();
  EXPECT_EQ(stack.depth(), 0u);
  stack.push(2, at_depth(1));
  EXPECT_EQ(stack.depth(), 1u);
  stack.release();
}

TEST(ShadowStack, knows_how_far_down_it_was_since_the_last_event) {
  ShadowStack stack{};
  stack.push(1, at_depth(1));
  stack.push(2, at_depth(2));
  stack.mark_written();
  EXPECT_FALSE(stack.changed());
  stack.push(3, at_depth(3));
  stack.pop();
  EXPECT_FALSE(stack.changed()) << "a call without events in it is not worth a word";
  stack.pop();
  stack.push(4, at_depth(2));
  EXPECT_TRUE(stack.changed());
  EXPECT_EQ(stack.low(), 1u);
  stack.release();
}

TEST(ShadowStack, growing_keeps_frames_and_marks) {
  ShadowStack stack{};
  for (std::uintptr_t i = 1; i <= 10; ++i) { stack.push(i, at_depth(i)); }
  stack.mark_written();
  for (std::uintptr_t i = 11; i <= 100'000; ++i) { stack.push(i, at_depth(i)); }
  EXPECT_EQ(stack.low(), 10u);
  for (std::uintptr_t i = 100'000; i != 0; --i) {
    ASSERT_EQ(stack[stack.depth() - 1].call_site, i);
    stack.pop();
  }
  EXPECT_EQ(stack.low(), 0u);
  stack.release();
}

TEST(ShadowStack, calls_left_by_number_stay_balanced) {
  ShadowStack stack{};
  EXPECT_EQ(stack.push_call(1, at_depth(1)), 1u);
  EXPECT_EQ(stack.push_call(2, at_depth(1)), 2u) << "two functions of a library in one frame";
  stack.push(3, at_depth(2));
  stack.push(4, at_depth(3));
  stack.pop_to(1);  // 3 and 4 were thrown out of
  EXPECT_EQ(stack.depth(), 1u);
  stack.pop_to(1);
  EXPECT_EQ(stack.depth(), 1u);
  stack.push(5, at_depth(1));  // 1 is gone: this is another call from the same place
  EXPECT_EQ(stack.depth(), 1u);
  EXPECT_EQ(stack[0].call_site, 5u);
  stack.release();
}

TEST(ShadowStack, a_call_that_finds_no_room_is_none) {
  ShadowStack stack{};
  for (std::uintptr_t i = 1; i <= ShadowStack::max_depth; ++i) { stack.push(i, at_depth(i)); }
  EXPECT_EQ(stack.push_call(1, at_depth(ShadowStack::max_depth + 1)), 0u);
  EXPECT_EQ(stack.overflow(), 0u);
  stack.push(1, at_depth(ShadowStack::max_depth + 1));
  EXPECT_EQ(stack.push_call(1, at_depth(ShadowStack::max_depth + 2)), 0u);
  EXPECT_EQ(stack.overflow(), 1u);
  stack.release();
}

TEST(ShadowStack, what_is_too_deep_is_counted_and_found_again_on_the_way_back) {
  ShadowStack stack{};
  constexpr std::uintptr_t extra = 1000;
  for (std::uintptr_t i = 1; i <= ShadowStack::max_depth + extra; ++i) { stack.push(i, at_depth(i)); }
  EXPECT_EQ(stack.depth(), ShadowStack::max_depth);
  EXPECT_EQ(stack.overflow(), extra);
  for (std::uintptr_t i = 0; i < extra + 5; ++i) { stack.pop(); }
  EXPECT_EQ(stack.overflow(), 0u);
  EXPECT_EQ(stack[stack.depth() - 1].call_site, ShadowStack::max_depth - 5);
  stack.release();
}

}  // namespace
