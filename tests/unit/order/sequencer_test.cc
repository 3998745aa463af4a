#include "order/sequencer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "support/steps.h"
#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

using trace::Op;

std::unique_ptr<Recording> open(TraceBuilder& trace) {
  auto recording = open_recording_bytes("test.tent", trace.bytes());
  EXPECT_TRUE(recording);
  return std::move(*recording);
}

TEST(Sequencer, AStreamWaitsForItsTurnOnALock) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.spawn();
  worker.lock(0x5000).write(0x6001).unlock(0x5000);
  main.lock(0x5000).write(0x6002).unlock(0x5000);
  worker.lock(0x5000).write(0x6003).unlock(0x5000);
  std::vector<std::uint64_t> order;
  for (const PlainStep& step : replay(*open(trace)).steps) {
    if (step.op == Op::access_range) order.push_back(step.object);
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{0x6001, 0x6002, 0x6003}));
}

TEST(Sequencer, AResumeIsTheStepOfTheTaskThatRunsFromThenOn) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  const std::uint32_t task = main.create_task();
  main.start_task(task).suspend().resume(0).write(0x6000);
  std::map<Op, TaskId> who;
  for (const PlainStep& step : replay(*open(trace)).steps) who[step.op] = step.task;
  EXPECT_EQ(who[Op::task_create], TaskId{main.own_task()});
  EXPECT_EQ(who[Op::task_start], TaskId{task});
  EXPECT_EQ(who[Op::task_suspend], TaskId{task});
  EXPECT_EQ(who[Op::task_resume], TaskId{main.own_task()}) << "the last resume is of the thread itself";
}

TEST(Sequencer, StreamsThatWaitForWhatIsMissingEndThere) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.spawn();
  trace.ticket(0x5000, 0);  // an event that nobody recorded
  worker.write(0x6001).lock(0x5000).write(0x6002);
  main.write(0x7001).lock(0x5000).write(0x7002);
  const Replay got = replay(*open(trace));
  EXPECT_EQ(got.stalled_streams, 2u);
  for (const PlainStep& step : got.steps) {
    EXPECT_NE(step.object, 0x6002u);
    EXPECT_NE(step.object, 0x7002u);
  }
}

TEST(Sequencer, CountsTheEventsOfNewerRecorders) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.spawn();
  worker.sync(static_cast<Op>(95), 0x5000);  // unknown, but on the lock's stripe
  main.lock(0x5000).write(0x6000);
  const Replay got = replay(*open(trace));
  EXPECT_EQ(got.stalled_streams, 0u);
  EXPECT_EQ(got.steps.back().object, 0x6000u);
  for (const PlainStep& step : got.steps) EXPECT_NE(step.op, static_cast<Op>(95));
}

TEST(Sequencer, AccessesComeInStretchesUntilSomethingElseHappens) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  main.write(0x6000).read(0x6008).write(0x6010).lock(0x5000).write(0x6018).unlock(0x5000);
  const std::unique_ptr<Recording> recording = open(trace);
  const Replay got = replay(*recording);
  EXPECT_EQ(got.in_stretches, 4u);
  StackTable stacks;
  Sequencer sequencer(*recording, stacks);
  Stretch stretch;
  Step* step = nullptr;
  ASSERT_TRUE(sequencer.next(stretch, step));
  EXPECT_TRUE(stretch.accesses.empty()) << "which stream comes first is not known yet";
  while (sequencer.next()->event.op != Op::lock_acquire) {}
  ASSERT_TRUE(sequencer.next(stretch, step));
  ASSERT_EQ(stretch.accesses.size(), 1u);
  EXPECT_EQ(stretch.accesses.front().address, 0x6018u);
  EXPECT_EQ(stretch.task, TaskId{main.own_task()});
  ASSERT_NE(step, nullptr) << "what stands behind the accesses comes along";
  EXPECT_EQ(step->event.op, Op::lock_release);
}

TEST(Sequencer, ARecordingWithoutStreamsHasNoSteps) {
  TraceBuilder trace;
  const Replay got = replay(*open(trace));
  EXPECT_TRUE(got.steps.empty());
  EXPECT_EQ(got.stalled_streams, 0u);
}

TEST(Sequencer, AThousandThreadsOnOneLockCostNoMoreThanTheirEvents) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  std::vector<ThreadBuilder*> workers;
  for (int i = 0; i < 1000; ++i) workers.push_back(&main.spawn());
  for (int round = 0; round < 20; ++round) {
    for (ThreadBuilder* worker : workers) worker->lock(0x5000).write(0x6000).unlock(0x5000);
  }
  const Replay got = replay(*open(trace));
  EXPECT_EQ(got.steps.size(), 1u + 1000u * 2 + 20u * 1000 * 3);
  EXPECT_EQ(got.stalled_streams, 0u);
}

// A program that did random things in a known order: whatever the chunks, what comes out keeps the order of every
// task and of every stripe, and is the same every time.
TEST(Sequencer, RebuildsRandomRuns) {
  const char* given = std::getenv("TENTER_TEST_SEED");
  const std::uint64_t first_seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const std::uint64_t seeds = given != nullptr ? 1 : 200;
  for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
    SCOPED_TRACE("rerun: TENTER_TEST_SEED=" + std::to_string(seed) +
                 " order_test --gtest_filter=Sequencer.RebuildsRandomRuns");
    std::mt19937_64 random(seed);
    TraceBuilder::Options options;
    options.words_per_chunk = 8 + random() % 60;
    options.codec = random() % 2 == 0 ? trace::Codec::none : trace::Codec::zstd;
    TraceBuilder trace(options);
    std::vector<ThreadBuilder*> threads = {&trace.main()};
    std::vector<std::uint32_t> parked;  // tasks that no thread runs
    // As it happened: who did what, in one order. The value of each access is unique.
    std::vector<std::pair<std::uint32_t, std::uint64_t>> accesses;
    std::map<std::uint64_t, std::vector<std::uint32_t>> turns;  // by lock: the tasks, in order
    std::uint64_t next_address = 0x10000;
    for (int i = 0; i < 400; ++i) {
      ThreadBuilder& thread = *threads[random() % threads.size()];
      switch (random() % 8) {
        case 0:
          if (threads.size() < 12) threads.push_back(&thread.spawn());
          break;
        case 1: {
          const std::uint64_t lock = 0x5000 + 64 * (random() % 4);
          turns[lock].push_back(thread.task());
          turns[lock].push_back(thread.task());
          thread.lock(lock).unlock(lock);
          break;
        }
        case 2: parked.push_back(thread.create_task()); break;
        case 3:
          if (!parked.empty() && thread.task() == thread.own_task()) {
            const std::size_t one = random() % parked.size();
            thread.resume(parked[one]);
            parked.erase(parked.begin() + static_cast<std::ptrdiff_t>(one));
          }
          break;
        case 4:
          if (thread.task() != thread.own_task()) {
            parked.push_back(thread.task());
            thread.suspend();
          }
          break;
        case 5: thread.enter(0x100 + random() % 8); break;
        default:
          next_address += 8;
          accesses.emplace_back(thread.task(), next_address);
          thread.at(0x400000 + random() % 100'000).write(next_address);
          break;
      }
    }
    const auto recording = open(trace);
    ASSERT_TRUE(recording->info().complete);
    const Replay got = replay(*recording);
    ASSERT_EQ(got.stalled_streams, 0u);

    std::map<std::uint32_t, std::vector<std::uint64_t>> expected_by_task, by_task;
    for (const auto& [task, address] : accesses) expected_by_task[task].push_back(address);
    std::map<std::uint64_t, std::vector<std::uint32_t>> got_turns;
    for (const PlainStep& step : got.steps) {
      if (step.op == Op::access_range) by_task[index(step.task)].push_back(step.object);
      if (step.op == Op::lock_acquire || step.op == Op::lock_release)
        got_turns[step.object].push_back(index(step.task));
    }
    ASSERT_EQ(by_task, expected_by_task) << "a task that moved between threads keeps its own order";
    ASSERT_EQ(got_turns, turns);
    ASSERT_EQ(replay(*recording).steps, got.steps) << "the same input gives the same steps";
  }
}

}  // namespace
}  // namespace tenter::analysis
