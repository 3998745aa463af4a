#include "read/std_text.h"

#include <gtest/gtest.h>

#include <cstring>

#include "order/world.h"
#include "support/steps.h"

namespace tenter::analysis {
namespace {

using trace::Op;

std::unique_ptr<Recording> open(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  auto recording = open_recording_bytes("dir/trace.std", std::move(bytes));
  EXPECT_TRUE(recording) << (recording ? "" : recording.error().sentence);
  return recording ? std::move(*recording) : nullptr;
}

// The steps that stand in the text itself, as "task op object place".
std::vector<std::string> lines_of(const Recording& recording) {
  std::vector<std::string> lines;
  StackTable stacks;
  Sequencer sequencer(recording, stacks);
  World world;
  world.ask_names_of(recording);
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    const Event& event = step->event;
    const std::string who = world.task(step->task)->name;
    const std::string object = world.name_of(event.object);
    const std::string at = " " + std::to_string(event.pc);
    switch (event.op) {
      case Op::access_range: lines.push_back(who + (is_write(event) ? " w " : " r ") + object + at); break;
      case Op::lock_acquire: lines.push_back(who + " acq " + object + at); break;
      case Op::lock_release: lines.push_back(who + " rel " + object + at); break;
      case Op::task_create: lines.push_back(who + " fork " + std::to_string(event.object) + at); break;
      case Op::task_join:
        lines.push_back(who + " join " + world.task(TaskId{static_cast<std::uint32_t>(event.object)})->name + at);
        break;
      default: break;
    }
  }
  return lines;
}

TEST(StdText, KeepsTheOrderOfItsLines) {
  const auto recording = open(
      "T0|fork(T1)|21\n"
      "T0|w(x)|1\n"
      "T1|begin|2\r\n"
      "T1|req(l)|3\n"
      "T1|acq(l)|3\n"
      "T1|r(x)|4\n"
      "T0|w(x)|5\n"
      "T1|rel(l)|6\n"
      "T0|join(T1)|7");
  EXPECT_EQ(lines_of(*recording), (std::vector<std::string>{"T0 fork 2 21", "T0 w x 1", "T1 acq l 3", "T1 r x 4",
                                                            "T0 w x 5", "T1 rel l 6", "T0 join T1 7"}));
  EXPECT_TRUE(recording->info().complete);
  EXPECT_EQ(recording->info().program, "trace.std");
  EXPECT_TRUE(recording->info().modules.empty());
}

TEST(StdText, ThreadsStartEndAndOweNoJoinThatNobodyMakes) {
  const auto recording = open("T0|fork(T1)|1\nT0|fork(T2)|2\nT1|w(x)|3\nT2|w(y)|4\nT9|w(z)|5\nT0|join(T1)|6\n");
  StackTable stacks;
  Sequencer sequencer(*recording, stacks);
  World world;
  while (Step* step = sequencer.next()) world.observe(*step);
  ASSERT_EQ(world.tasks().size(), 5u);
  EXPECT_EQ(world.tasks()[1].kind, trace::TaskKind::main);
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_TRUE(world.tasks()[i].started);
    EXPECT_TRUE(world.tasks()[i].ended);
  }
  EXPECT_TRUE(world.tasks()[2].joined);
  EXPECT_FALSE(world.tasks()[2].detached);
  EXPECT_TRUE(world.tasks()[3].detached);
  EXPECT_TRUE(world.tasks()[4].detached);
  EXPECT_EQ(world.tasks()[3].creator, TaskId{1});
}

TEST(StdText, OverlappingCriticalSectionsAreSaid) {
  const auto recording = open("T0|acq(l1)|0\nT0|r(x)|1\nT1|acq(l1)|0\nT1|w(x)|1\nT0|rel(l1)|0\n");
  ASSERT_EQ(recording->info().damage.size(), 1u);
  EXPECT_EQ(
      recording->info().damage[0],
      "Critical sections of one lock overlap, a fault of the recorder that wrote this trace: 1 time, first in line 3, "
      "where T1 acquires l1, which T0 holds since line 1.");
  EXPECT_FALSE(recording->info().complete);
}

TEST(StdText, ListsTheLocksThatItContradicts) {
  const auto recording = open(
      "T0|acq(fine)|0\nT0|rel(fine)|1\n"
      "T0|acq(overlapping)|2\nT1|acq(overlapping)|3\nT1|rel(overlapping)|4\nT0|rel(overlapping)|5\n"
      "T0|rel(held_by_nobody)|6\n"
      "T0|acq(stolen)|7\nT1|rel(stolen)|8\n");
  StackTable stacks;
  Sequencer sequencer(*recording, stacks);
  World world;
  while (Step* step = sequencer.next()) world.observe(*step);
  std::vector<std::string> names;
  for (const std::uint64_t lock : recording->info().contradicted_locks) names.push_back(world.lock(lock)->name);
  EXPECT_EQ(names, (std::vector<std::string>{"overlapping", "stolen"}));
}

TEST(StdText, LocksAreRecursive) {
  const auto recording =
      open("T0|acq(l)|0\nT0|acq(l)|1\nT0|rel(l)|2\nT0|w(x)|3\nT0|rel(l)|4\nT0|w(x)|5\nT0|rel(l)|6\n");
  StackTable stacks;
  Sequencer sequencer(*recording, stacks);
  World world;
  std::vector<std::size_t> held;
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    if (step->event.op == Op::access_range) held.push_back(world.lock_sets().locks(step->held).size());
  }
  EXPECT_EQ(held, (std::vector<std::size_t>{1, 0}));
  ASSERT_EQ(recording->info().damage.size(), 1u);
  EXPECT_NE(recording->info().damage[0].find("line 7, where T0 releases l, which it does not hold"), std::string::npos);
}

TEST(StdText, ABadLineEndsTheTrace) {
  const auto recording = open("T0|w(x)|0\nT0|what(x)|1\nT0|w(x)|2\n");
  EXPECT_EQ(lines_of(*recording), std::vector<std::string>{"T0 w x 0"});
  ASSERT_EQ(recording->info().damage.size(), 1u);
  EXPECT_NE(recording->info().damage[0].find("Line 2 is no event of the form thread|op(object)|place: `T0|what(x)|1`"),
            std::string::npos);
}

// Steps come out one by one or in stretches, and at any of them a stretch may begin.
TEST(StdText, ItsStretchesAreItsSteps) {
  std::string text = "T0|fork(T1)|1\nT0|w(x)|2\nT0|w(y)|3\nT1|r(x)|4\nT1|acq(l)|5\nT0|req(l)|6\nT1|end()|7\n";
  for (int i = 0; i < 3000; ++i) text += "T0|r(V" + std::to_string(i) + ")|8\n";
  text +=
      "T0|acq(l)|9\nT0|rel(l)|9\nT2|w(z)|10\nT0|w(x)|11\nT0|w(a_name_that_makes_its_line_a_long_one_among_these)|12\n";
  const auto recording = open(text);
  const auto steps_of = [&](std::size_t between) {
    std::vector<std::string> steps;
    StackTable stacks;
    Sequencer sequencer(*recording, stacks);
    const auto add = [&](TaskId task, Op op, std::uint64_t object, std::uint64_t value, std::uint64_t pc, bool writes) {
      steps.push_back(std::to_string(index(task)) + ' ' + std::to_string(static_cast<unsigned>(op)) + ' ' +
                      std::to_string(object) + ' ' + std::to_string(value) + ' ' + std::to_string(pc) +
                      (writes ? " w" : ""));
    };
    for (std::size_t i = 1;; ++i) {
      Stretch stretch;
      Step* step = nullptr;
      if (i % between != 0) {
        step = sequencer.next();
        if (step == nullptr) return steps;
      } else if (!sequencer.next(stretch, step)) {
        return steps;
      }
      for (const PlainAccess& one : stretch.accesses)
        add(stretch.task, Op::access_range, one.address, one.size, one.pc, one.writes);
      if (step == nullptr) continue;
      const Event& event = step->event;
      add(step->task, event.op, event.object, event.value, event.pc, event.op == Op::access_range && is_write(event));
    }
  };
  const std::vector<std::string> one_by_one = steps_of(SIZE_MAX);
  EXPECT_GT(one_by_one.size(), 3010u);
  for (const std::size_t between : {1u, 2u, 3u, 7u}) EXPECT_EQ(steps_of(between), one_by_one);
}

TEST(StdText, OtherTextIsNoTrace) {
  for (const std::string_view text :
       {"hello\n", "T0|w(x)\n", "T0|w|1\n", "|w(x)|1\n", "T0|w(x)|one\n", "T0|w(x|1\n", "\n\n"}) {
    std::vector<std::byte> bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    EXPECT_FALSE(open_recording_bytes("x", bytes)) << text;
  }
}

TEST(StdText, NobodyGoesOnAfterTheEnd) {
  const auto recording = open("T0|fork(T1)|1\nT1|begin|2\nT1|w(x)|3\nT1|end|4\nT1|w(x)|5\nT0|join(T1)|6\nT0|end|7\n");
  ASSERT_EQ(recording->info().damage.size(), 1u);
  EXPECT_EQ(
      recording->info().damage[0],
      "Threads go on after their end, a fault of the recorder that wrote this trace: 1 time, first in line 5, where "
      "T1 does something, and its end was in line 4.");
}

TEST(StdText, NobodyJoinsItself) {
  const auto recording = open("T0|w(x)|1\nT0|join(T0)|2\n");
  ASSERT_EQ(recording->info().damage.size(), 1u);
  EXPECT_NE(recording->info().damage[0].find("line 2, where T0 joins T0, which is itself"), std::string::npos);
}

TEST(StdText, FaultsOfForkAndJoinAreSaid) {
  const auto recording = open("T0|w(x)|0\nT1|w(x)|1\nT0|fork(T1)|2\nT0|join(T1)|3\nT1|w(x)|4\n");
  ASSERT_EQ(recording->info().damage.size(), 2u);
  EXPECT_NE(recording->info().damage[0].find("T0 forks T1, which exists already"), std::string::npos);
  EXPECT_NE(recording->info().damage[1].find("T0 joins T1, which goes on afterwards"), std::string::npos);
}

TEST(StdText, TellsTheFirstJoinOfAThreadThatGoesOn) {
  const auto recording = open(
      "T0|fork(T1)|1\n"
      "T0|fork(T2)|2\n"
      "T0|join(T2)|3\n"
      "T0|join(T1)|4\n"
      "T0|join(T1)|5\n"
      "T1|w(x)|6\n"
      "T2|w(x)|7\n");
  ASSERT_EQ(recording->info().damage.size(), 1u);
  EXPECT_EQ(
      recording->info().damage[0],
      "Threads are joined that have not ended, a fault of the recorder that wrote this trace: 3 times, first in line 3, "
      "where T0 joins T2, which goes on afterwards.");
}

}  // namespace
}  // namespace tenter::analysis
