#include "order/world.h"

#include <gtest/gtest.h>

#include "read/decoder.h"
#include "support/steps.h"
#include "support/step_of.h"
#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

using trace::Op;

// The world after everything that the trace tells.
struct Told {
  StackTable stacks;
  World world;
  std::vector<std::pair<Op, std::size_t>> held;  // each step's op and how many locks its task held

  explicit Told(TraceBuilder& trace) {
    const auto recording = open_recording_bytes("test.tent", trace.bytes());
    Sequencer sequencer(**recording, stacks);
    while (Step* step = sequencer.next()) {
      world.observe(*step);
      held.emplace_back(step->event.op, world.lock_sets().locks(step->held).size());
    }
    EXPECT_EQ(sequencer.stalled_streams(), 0u);
  }
  const TaskInfo& task(std::uint32_t id) const { return *world.task(TaskId{id}); }
};

TEST(World, TasksAreCreatedStartedNamedJoinedAndEnd) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main().enter(0x100).at(0x200);
  ThreadBuilder& worker = main.spawn();
  worker.name(trace::NameOf::task, worker.own_task(), "worker").end();
  main.join(worker);
  ThreadBuilder& other = main.at(0x300).spawn();
  main.sync(Op::task_detach, other.own_task());
  const std::uint32_t never_ran = main.create_task();
  Told told(trace);

  EXPECT_EQ(told.task(1).kind, trace::TaskKind::main);
  EXPECT_EQ(told.task(1).created_at, Site{});
  EXPECT_FALSE(told.task(1).ended);
  const TaskInfo& first = told.task(worker.own_task());
  EXPECT_EQ(first.name, "worker");
  EXPECT_EQ(first.kind, trace::TaskKind::thread);
  EXPECT_EQ(first.creator, TaskId{1});
  EXPECT_EQ(first.created_at.pc, 0x200u);
  EXPECT_EQ(told.stacks.frames(first.created_at.callers), std::vector<std::uint64_t>{0x100});
  EXPECT_TRUE(first.started && first.ended && first.joined && !first.detached);
  EXPECT_TRUE(told.task(other.own_task()).detached);
  EXPECT_FALSE(told.task(never_ran).started);
  EXPECT_EQ(told.task(never_ran).kind, trace::TaskKind::task);
  EXPECT_EQ(told.world.task(TaskId{99}), nullptr);
  EXPECT_EQ(told.world.task(no_task), nullptr);
}

TEST(World, AnAcquireCountsAlreadyAndAReleaseStill) {
  TraceBuilder trace;
  trace.main().lock(0x5000).write(0x6000).lock(0x5040).unlock(0x5040).write(0x6000).unlock(0x5000).write(0x6000);
  const Told told(trace);
  const std::vector<std::pair<Op, std::size_t>> expected = {
      {Op::task_start, 0},   {Op::lock_acquire, 1}, {Op::access_range, 1}, {Op::lock_acquire, 2},
      {Op::lock_release, 2}, {Op::access_range, 1}, {Op::lock_release, 1}, {Op::access_range, 0}};
  EXPECT_EQ(told.held, expected);
}

TEST(World, RecursiveLocksAreHeldUntilTheLastRelease) {
  TraceBuilder trace;
  constexpr auto kind = trace::LockKind::recursive_mutex;
  trace.main()
      .lock(0x5000, 0, kind)
      .lock(0x5000, trace::LockFlag::again, kind)
      .unlock(0x5000, trace::LockFlag::again, kind);
  Told told(trace);
  ASSERT_EQ(told.task(1).held.size(), 1u);
  EXPECT_EQ(told.task(1).held[0].depth, 1u);
  EXPECT_EQ(told.world.lock(0x5000)->kind, kind);
  EXPECT_EQ(told.world.lock(0x5000)->holders, std::vector<TaskId>{TaskId{1}});
}

TEST(World, SharedAndExclusiveAreToldApart) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.spawn();
  main.lock(0x5000, trace::LockFlag::shared, trace::LockKind::rwlock);
  worker.lock(0x5000, trace::LockFlag::shared, trace::LockKind::rwlock);
  main.unlock(0x5000, trace::LockFlag::shared, trace::LockKind::rwlock);
  Told told(trace);
  EXPECT_TRUE(told.task(1).held.empty());
  EXPECT_EQ(told.task(1).held_set, no_locks);
  ASSERT_EQ(told.task(2).held.size(), 1u);
  EXPECT_TRUE(told.task(2).held[0].shared);
  EXPECT_EQ(told.world.lock(0x5000)->holders, std::vector<TaskId>{TaskId{2}});
}

TEST(World, ALockWithoutOwnerIsGivenBackByAnybody) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.spawn();
  main.lock(0x5000);
  worker.unlock(0x5000).unlock(0x5000).unlock(0x7777);
  const Told told(trace);
  EXPECT_TRUE(told.task(1).held.empty());
  EXPECT_EQ(told.task(1).held_set, no_locks);
  EXPECT_TRUE(told.task(2).held.empty());
  EXPECT_TRUE(told.world.lock(0x5000)->holders.empty());
}

TEST(World, ALockAtAnOldAddressIsAnotherLock) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  main.alloc(0x5000, 64).at(0x10).lock(0x5010).name(trace::NameOf::lock, 0x5010, "old").unlock(0x5010).free(0x5000);
  main.at(0x20).lock(0x5010);
  Told told(trace);
  EXPECT_EQ(told.world.lock(0x5010)->created_at.pc, 0x20u);
  EXPECT_EQ(told.world.lock(0x5010)->name, "");
  EXPECT_EQ(told.world.name_of(0x5010), "");
}

TEST(World, ADestroyedLockKeepsItsNameForTheReport) {
  TraceBuilder trace;
  trace.main()
      .sync(Op::lock_create, 0x5000)
      .name(trace::NameOf::lock, 0x5000, "m")
      .lock(0x5000)
      .unlock(0x5000)
      .sync(Op::lock_destroy, 0x5000);
  Told told(trace);
  ASSERT_NE(told.world.lock(0x5000), nullptr);
  EXPECT_TRUE(told.world.lock(0x5000)->destroyed);
  EXPECT_EQ(told.world.lock(0x5000)->name, "m");
}

TEST(World, WaitingTellsWhatForAndEnds) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  ThreadBuilder& selects = main.spawn();
  ThreadBuilder& received = main.spawn();
  main.at(0x30).wait_begin(trace::WaitKind::lock, 0x5000);
  selects.wait_begin(trace::WaitKind::select, 0)
      .plain(Op::select_case, 0x8000, trace::ChanFlag::send)
      .plain(Op::select_case, 0x8100);
  received.wait_begin(trace::WaitKind::chan_recv, 0x8000).sync(Op::chan_done, 0x8000);
  Told told(trace);
  ASSERT_TRUE(told.task(1).waiting);
  EXPECT_EQ(told.task(1).waiting->kind, trace::WaitKind::lock);
  EXPECT_EQ(told.task(1).waiting->object, 0x5000u);
  EXPECT_EQ(told.task(1).waiting->where.pc, 0x30u);
  const std::vector<SelectCase>& cases = told.task(selects.own_task()).waiting->cases;
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_TRUE(cases[0].send);
  EXPECT_FALSE(cases[1].send);
  EXPECT_EQ(cases[1].channel, 0x8100u);
  EXPECT_FALSE(told.task(received.own_task()).waiting);
}

TEST(World, ChannelsCountTheirValues) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main().at(0x40);
  main.sync_value(Op::chan_make, 0x8000, 3).name(trace::NameOf::channel, 0x8000, "jobs");
  main.sync_value(Op::chan_send, 0x8000, 0).sync_value(Op::chan_send, 0x8000, 0).sync_value(Op::chan_recv, 0x8000, 0);
  main.sync(Op::chan_close, 0x8000).sync_value(Op::chan_recv, 0x8000, 0, trace::ChanFlag::closed);
  Told told(trace);
  const ChannelInfo& channel = *told.world.channel(0x8000);
  EXPECT_EQ(channel.capacity, 3u);
  EXPECT_EQ(channel.name, "jobs");
  EXPECT_EQ(channel.created_at.pc, 0x40u);
  EXPECT_EQ(channel.sends, 2u);
  EXPECT_EQ(channel.receives, 1u);
  EXPECT_TRUE(channel.closed);
  EXPECT_EQ(told.world.channel(0x9000), nullptr);
}

TEST(World, BlocksLiveFromAllocToFree) {
  TraceBuilder trace;
  trace.main().at(0x50).alloc(0x6000, 100).alloc(0x7000, 8).free(0x7000).alloc(0x6800, 16);
  Told told(trace);
  ASSERT_NE(told.world.block_at(0x6063), nullptr);
  EXPECT_EQ(told.world.block_at(0x6063)->address, 0x6000u);
  EXPECT_EQ(told.world.block_at(0x6063)->allocated_at.pc, 0x50u);
  EXPECT_EQ(told.world.block_at(0x6064), nullptr);
  EXPECT_EQ(told.world.block_at(0x7000), nullptr);
  EXPECT_EQ(told.world.block_at(0x5fff), nullptr);
}

TEST(World, HeapBlocksLieInMappingsAndMappingsAreFreedInParts) {
  TraceBuilder trace;
  trace.main().alloc(0x10000, 0x10000, trace::MemoryKind::mapping).alloc(0x11000, 64).alloc(0x18000, 64);
  trace.main().free(0x14000, 0x8000, trace::MemoryKind::mapping);
  Told told(trace);
  EXPECT_EQ(told.world.block_at(0x11010)->kind, trace::MemoryKind::heap);
  EXPECT_EQ(told.world.block_at(0x12000)->kind, trace::MemoryKind::mapping);
  EXPECT_EQ(told.world.block_at(0x12000)->size, 0x4000u);
  EXPECT_EQ(told.world.block_at(0x18010), nullptr);
  EXPECT_EQ(told.world.block_at(0x1c000)->address, 0x1c000u);
}

TEST(World, ABlockThatOverlapsAnOlderOneReplacesThatPartOfIt) {
  TraceBuilder trace;
  trace.main().at(0x10).alloc(0x6000, 0x100).at(0x20).alloc(0x6040, 0x20);
  Told told(trace);
  EXPECT_EQ(told.world.block_at(0x6000)->size, 0x40u);
  EXPECT_EQ(told.world.block_at(0x6040)->allocated_at.pc, 0x20u);
  EXPECT_EQ(told.world.block_at(0x6060)->allocated_at.pc, 0x10u);
  EXPECT_EQ(told.world.block_at(0x6060)->size, 0xa0u);
}

TEST(World, TheStackOfAThreadEndsWithIt) {
  TraceBuilder trace;
  ThreadBuilder& worker = trace.main().spawn();
  worker.alloc(0x7f0000, 0x1000, trace::MemoryKind::stack).alloc(0x9000, 64).end();
  Told told(trace);
  EXPECT_EQ(told.world.block_at(0x7f0010), nullptr);
  EXPECT_NE(told.world.block_at(0x9000), nullptr);
}

TEST(World, TheStackOfATaskIsNotThatOfWhoMadeItOrOfTheThreadThatRunsIt) {
  constexpr TaskId thread{2}, creator{3}, owner{4}, other{5};
  constexpr std::uint64_t threads_stack = 0x70000, stack = 0x20000, size = 0x1000;
  constexpr auto kind = static_cast<std::uint8_t>(trace::MemoryKind::stack);
  World world;
  const auto tell = [&](Step step) {
    step.thread = thread;
    world.observe(step);
    return step;
  };
  tell(step_of(thread, Op::alloc, threads_stack, size, 0, kind));
  tell(step_of(thread, Op::alloc, stack, size, 0, kind, 0x100));  // a task is over that had it
  EXPECT_EQ(world.block_at(stack)->allocated_by, no_task);
  tell(step_of(creator, Op::alloc, stack, size, 0, kind, 0x200));
  tell(step_of(creator, Op::task_stack, stack, index(owner)));
  tell(step_of(creator, Op::task_end, index(creator)));
  EXPECT_EQ(world.block_at(stack)->allocated_by, owner);
  EXPECT_EQ(world.block_at(threads_stack)->allocated_by, thread);
  EXPECT_FALSE(tell(write_of(other, stack)).in_threads_own);
  EXPECT_TRUE(tell(write_of(other, threads_stack)).in_threads_own);
}

TEST(World, TakesStepsThatMakeNoSense) {
  World world;
  for (unsigned op = 0; op < 256; ++op) {
    for (const std::uint64_t object :
         {std::uint64_t{0}, std::uint64_t{5}, trace::payload_mask, ~std::uint64_t{0} >> 17}) {
      for (const std::uint32_t task : {0u, 3u, 0xffffffffu}) {
        Step step = step_of(TaskId{task}, static_cast<Op>(op), object, object, static_cast<std::uint8_t>(op % 16),
                            static_cast<std::uint8_t>(op));
        world.observe(step);
      }
    }
  }
  EXPECT_LE(world.tasks().size(), max_task_id + 1);
  EXPECT_EQ(world.events(), 256u * 4 * 3);
}

}  // namespace
}  // namespace tenter::analysis
