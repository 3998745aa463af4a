// Who could still use a channel, and where the last handle went.
#include "order/handles.h"

#include <gtest/gtest.h>

#include "support/step_of.h"

namespace tenter::analysis {
namespace {

using trace::HandleFlag;
using trace::MemoryKind;
using trace::Op;

constexpr std::uint64_t channel = 0xc000;
constexpr std::uint64_t heap = 0x9000;  // a place that is nobody's stack
constexpr std::uint64_t stack_of_2 = 0x20000;
constexpr std::uint64_t stack_of_3 = 0x30000;
constexpr std::uint8_t send = HandleFlag::send;
constexpr std::uint8_t receive = HandleFlag::receive;
constexpr std::uint8_t both = HandleFlag::send | HandleFlag::receive;
constexpr std::uint8_t copied = HandleFlag::copied;
constexpr std::uint8_t moved = HandleFlag::moved;

class HandlesTest : public testing::Test {
 protected:
  HandlesTest() {
    stack(TaskId{2}, stack_of_2);
    stack(TaskId{3}, stack_of_3);
    step(Op::chan_make, channel, 0);
  }
  void step(Op op, std::uint64_t object, std::uint64_t value, std::uint8_t flags = 0, std::uint8_t arg = 0,
            std::uint64_t pc = 0) {
    handles_.observe(step_of(TaskId{1}, op, object, value, flags, arg, pc));
  }
  void stack(TaskId owner, std::uint64_t begin) {
    step(Op::alloc, begin, 0x1000, 0, static_cast<std::uint8_t>(MemoryKind::stack));
    step(Op::task_stack, begin, index(owner));
  }
  void birth(std::uint64_t at, int flags) { step(Op::handle_birth, channel, at, static_cast<std::uint8_t>(flags)); }
  void death(std::uint64_t at, int flags, std::uint64_t pc = 0) {
    step(Op::handle_death, channel, at, static_cast<std::uint8_t>(flags), 0, pc);
    goes_on();
  }
  void goes_on() { step(Op::wait_begin, 0, 0); }
  Reach senders() const { return handles_.who_could(channel, send); }
  Reach receivers() const { return handles_.who_could(channel, receive); }

  Handles handles_;
};

TEST_F(HandlesTest, WhatComesFromOutsideNeedsNoHandle) {
  birth(heap, HandleFlag::outside);
  EXPECT_TRUE(senders().outside);
  EXPECT_FALSE(receivers().outside);
  birth(heap + 8, receive);
  EXPECT_TRUE(senders().outside);
  death(heap, HandleFlag::outside);
  EXPECT_FALSE(senders().outside);
}

TEST_F(HandlesTest, NothingIsKnownOfAChannelWithoutHandles) {
  EXPECT_FALSE(senders().known);
  EXPECT_FALSE(handles_.who_could(0xdead, send).known);
}

TEST_F(HandlesTest, AHandleIsOnAStackOrElsewhere) {
  birth(stack_of_2 + 0x10, both);
  birth(stack_of_3, send | copied);
  ASSERT_TRUE(senders().known);
  EXPECT_EQ(senders().holders, (std::vector{TaskId{2}, TaskId{3}}));
  EXPECT_FALSE(senders().elsewhere);
  EXPECT_EQ(receivers().holders, std::vector{TaskId{2}});
  birth(heap, receive | copied);
  EXPECT_TRUE(receivers().elsewhere);
  EXPECT_FALSE(senders().elsewhere);
}

TEST_F(HandlesTest, AChannelOfAContextIsKnownByWhatCancelsIt) {
  EXPECT_FALSE(handles_.belongs_to_context(channel));
  birth(heap, HandleFlag::cancel);
  birth(stack_of_2, receive | copied);  // what done() returns
  EXPECT_TRUE(handles_.belongs_to_context(channel));
  EXPECT_TRUE(senders().elsewhere);
  death(heap, both, 0x77);
  EXPECT_TRUE(handles_.belongs_to_context(channel));
  ASSERT_TRUE(senders().known);
  EXPECT_FALSE(senders().elsewhere);
  EXPECT_TRUE(senders().holders.empty());
  ASSERT_FALSE(senders().ends.empty());
  EXPECT_EQ(senders().ends.front().where.pc, 0x77U);
  step(Op::chan_make, channel, 0);
  EXPECT_FALSE(handles_.belongs_to_context(channel));
}

TEST_F(HandlesTest, ATaskSaysWhatItHoldsWhileItWaits) {
  birth(heap, HandleFlag::cancel);
  step(Op::wait_begin, channel, 0);
  birth(heap, HandleFlag::held);
  EXPECT_EQ(senders().holders, std::vector{TaskId{1}});
  EXPECT_FALSE(senders().elsewhere);
  step(Op::wait_end, 0, 0);
  EXPECT_TRUE(senders().holders.empty());
  EXPECT_TRUE(senders().elsewhere);
  birth(heap + 8, HandleFlag::held);  // of what never began nothing is known
  EXPECT_TRUE(senders().holders.empty());
}

TEST_F(HandlesTest, AContextIsCancelledByWhoeverCancelsWhatItWasDerivedFrom) {
  constexpr std::uint64_t child = 0xd000;
  birth(heap, HandleFlag::cancel);
  step(Op::chan_make, child, 0);
  step(Op::handle_birth, child, channel, HandleFlag::cancel);
  step(Op::handle_birth, child, stack_of_2, HandleFlag::cancel);
  EXPECT_TRUE(handles_.who_could(child, send).elsewhere);
  EXPECT_EQ(handles_.who_could(child, send).holders, std::vector<TaskId>{TaskId{2}});
  step(Op::handle_death, child, stack_of_2, both, 0, 0x66);
  death(heap, both, 0x77);
  const Reach nobody = handles_.who_could(child, send);
  ASSERT_TRUE(nobody.known);
  EXPECT_FALSE(nobody.elsewhere);
  EXPECT_TRUE(nobody.holders.empty());
  ASSERT_EQ(nobody.ends.size(), 2u);
  EXPECT_EQ(nobody.ends[0].where.pc, 0x77U);  // of both the latest
}

TEST_F(HandlesTest, AStackEndsWhereItEnds) {
  birth(stack_of_2 - 1, both);
  birth(stack_of_2 + 0x1000, send | copied);
  EXPECT_TRUE(senders().elsewhere);
  EXPECT_TRUE(senders().holders.empty());
}

TEST_F(HandlesTest, WhereTheLastOneEnded) {
  birth(stack_of_2, both);
  birth(heap, send | copied);
  death(stack_of_2, both, 0x111);
  death(heap, send, 0x222);
  const Reach reach = senders();
  ASSERT_TRUE(reach.known);
  EXPECT_TRUE(reach.holders.empty());
  EXPECT_FALSE(reach.elsewhere);
  ASSERT_EQ(reach.ends.size(), 2u);
  EXPECT_EQ(reach.ends[0].where.pc, 0x222u);
  EXPECT_EQ(reach.ends[0].on_stack_of, no_task);
  EXPECT_EQ(reach.ends[1].on_stack_of, TaskId{2});
  ASSERT_EQ(receivers().ends.size(), 1u);
  EXPECT_EQ(receivers().ends[0].where.pc, 0x111u);
}

TEST_F(HandlesTest, AMoveIsNoEnd) {
  birth(stack_of_2, both);
  death(stack_of_2, both | moved, 0x111);
  birth(heap, both | moved);
  EXPECT_TRUE(senders().elsewhere);
  EXPECT_TRUE(senders().ends.empty());
}

// ---- what must not lead to a claim -----------------------------------------------------------------------------------------

TEST_F(HandlesTest, BytesThatWereCopiedElsewhereAndDieThere) {
  birth(heap, both);
  death(heap + 64, both);
  EXPECT_FALSE(senders().known);
}

TEST_F(HandlesTest, MemoryGivenBackWithoutDestroyingAndUsedAnew) {
  birth(heap, both);
  birth(heap, both | copied);
  death(heap, both);
  ASSERT_TRUE(senders().known);
  EXPECT_TRUE(senders().elsewhere);  // one of the two was not seen to end
}

TEST_F(HandlesTest, AChannelWhoseBeginningWasNotSeen) {
  birth(heap, receive);  // a timer's
  death(heap, receive);
  EXPECT_FALSE(receivers().known);
  EXPECT_FALSE(senders().known);
}

TEST_F(HandlesTest, AChannelWhoseFirstHandleIsACopy) {
  birth(heap, both | copied);
  death(heap, both);
  EXPECT_FALSE(receivers().known);
}

TEST_F(HandlesTest, ANewChannelAtTheSameAddressBeginsAnew) {
  birth(heap, both);
  death(heap + 64, both);
  step(Op::chan_make, channel, 0);
  EXPECT_FALSE(senders().known);
  birth(stack_of_2, both);
  EXPECT_EQ(senders().holders, std::vector{TaskId{2}});
  EXPECT_FALSE(senders().elsewhere);
}

TEST_F(HandlesTest, AStackThatWasMappedAnewIsNobodysUntilToldOtherwise) {
  birth(stack_of_2 + 0x800, both);
  step(Op::alloc, stack_of_2 + 0x400, 0x1000, 0, static_cast<std::uint8_t>(MemoryKind::stack));
  EXPECT_TRUE(senders().elsewhere);
  step(Op::task_stack, stack_of_2 + 0x400, 7);
  EXPECT_EQ(senders().holders, std::vector{TaskId{7}});
}

TEST_F(HandlesTest, AnyFlagsAndAddressesAreTaken) {
  step(Op::handle_death, 0, 0, 15);
  step(Op::handle_birth, ~0ull, ~0ull, 15);
  step(Op::task_stack, 0x123, ~0u);
  EXPECT_FALSE(handles_.who_could(0, send).known);
}

// As in the destructors of static objects, after which the task does nothing any more.
TEST_F(HandlesTest, AnEndCountsOnlyIfTheTaskGoesOn) {
  birth(heap, both);
  step(Op::handle_death, channel, heap, both);
  ASSERT_TRUE(senders().known);
  EXPECT_TRUE(senders().elsewhere);
  EXPECT_TRUE(senders().ends.empty());
  birth(heap, both | copied);  // another one at the same place
  goes_on();
  EXPECT_TRUE(senders().elsewhere);
  EXPECT_EQ(senders().ends.size(), 1u);
  death(heap, both);
  EXPECT_FALSE(senders().elsewhere);
  step(Op::handle_death, channel, heap, both);
  EXPECT_FALSE(senders().known);
}

TEST_F(HandlesTest, TheEndOfATaskConfirmsItsEndsButThatOfTheMainThreadDoesNot) {
  birth(heap, both);
  step(Op::handle_death, channel, heap, both);
  step(Op::task_end, 1, 0);
  EXPECT_FALSE(senders().elsewhere);
  step(Op::task_start, 1, 0);  // arg 0: the main thread
  birth(heap, both | copied);
  step(Op::handle_death, channel, heap, both);
  step(Op::task_end, 1, 0);
  EXPECT_TRUE(senders().elsewhere);
}

TEST_F(HandlesTest, AnEndOfTheChannelBeforeIsNotOneOfThisChannel) {
  birth(heap, both);
  Step other{};
  other.task = TaskId{9};
  other.event.op = Op::handle_death;
  other.event.object = channel;
  other.event.value = heap;
  other.event.flags = both;
  handles_.observe(other);
  step(Op::chan_make, channel, 0);
  birth(heap, both);
  other.event.op = Op::wait_begin;
  handles_.observe(other);
  ASSERT_TRUE(senders().known);
  EXPECT_TRUE(senders().elsewhere);
}

TEST_F(HandlesTest, OnlyTheLatestEndsAreKept) {
  birth(stack_of_2, both);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    birth(heap, send | copied);
    death(heap, send, i);
  }
  EXPECT_LE(senders().ends.size(), 16u);
  EXPECT_EQ(senders().ends[0].where.pc, 100u);
}

}  // namespace
}  // namespace tenter::analysis
