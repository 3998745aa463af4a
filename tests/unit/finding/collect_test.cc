// Findings made from candidates by hand: what they say, and what their fingerprints depend on.
#include "finding/collect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "finding/fingerprint.h"
#include "scene.h"

namespace tenter::analysis {
namespace {

constexpr TaskId main_thread{1};

struct RaceStory {
  std::string variable = "counter";
  bool swapped = false;           // the schedule turned the sides round
  std::uint64_t base = 0x400000;  // where the program was loaded
  std::uint32_t first_task = 2;   // ids of the threads
  std::uint32_t line_shift = 0;
  std::string folder = "/home/ann/bank/src/";
  bool columns = true;
};

Finding tell(const RaceStory& story) {
  Scene scene;
  scene.folder = story.folder;
  scene.line_shift = story.line_shift;
  scene.next_pc = story.base / 16;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const Site spawn = scene.site(scene.pc("main", "main.cc", 30, 20));
  const TaskId left = scene.thread(story.first_task, main_thread, spawn);
  const TaskId right = scene.thread(story.first_task + 1, main_thread, spawn);
  const std::uint64_t address = story.base + 0x40;
  scene.names.globals = {{story.variable, "bank", address, 8}};
  const Site write = scene.site(scene.pc("add_one()", "main.cc", 14, 12),
                                {scene.pc("main::$_0::operator()() const", "main.cc", 31, 31)});
  const Site read = scene.site(scene.pc("print_total()", "main.cc", 21, 19),
                               {scene.pc("main::$_1::operator()() const", "main.cc", 32, 32)});
  if (!story.columns)
    for (auto& [pc, frames] : scene.names.code)
      for (Frame& frame : frames) frame.column = 0;
  RaceCandidate race;
  race.left = {left, AccessKind::write, false, address, 8, write, no_locks};
  race.right = {right, AccessKind::read, false, address, 8, read, no_locks};
  if (story.swapped) std::swap(race.left, race.right);
  race.count = 3;
  Candidates candidates;
  candidates.races = {race};
  std::vector<Finding> findings = collect_findings(candidates, scene.world, scene.stacks, scene.names);
  EXPECT_EQ(findings.size(), 1u);
  return findings.at(0);
}

TEST(RaceFinding, says_everything) {
  const Finding finding = tell({});
  EXPECT_EQ(finding.kind, "data-race");
  EXPECT_EQ(finding.certainty, "observed");
  EXPECT_EQ(finding.severity, "error");
  EXPECT_EQ(finding.count, 3u);
  EXPECT_EQ(finding.message, "data race on `counter` (8 bytes, global): written in add_one(), read in print_total()");
  ASSERT_EQ(finding.sides.size(), 2u);
  EXPECT_EQ(finding.sides[0].role, "write");
  EXPECT_EQ(finding.sides[1].role, "read");
  ASSERT_EQ(finding.sides[0].stack.size(), 2u);
  EXPECT_EQ(finding.sides[0].stack[1].function, "main::$_0::operator()() const");
  EXPECT_EQ(finding.sides[0].task.created_at.at(0).line, 30u);
  ASSERT_EQ(finding.locations.size(), 2u);
  EXPECT_EQ(finding.locations[0].line, 14u);
  EXPECT_EQ(finding.locations[1].line, 21u);
  ASSERT_TRUE(finding.object);
  EXPECT_EQ(finding.object->kind, "global");
  EXPECT_EQ(finding.object->name, "counter");
  EXPECT_EQ(finding.object->size, 8u);
  EXPECT_NE(finding.explanation.find("Neither side holds a lock"), std::string::npos) << finding.explanation;
  EXPECT_NE(finding.explanation.find("main.cc:30"), std::string::npos) << finding.explanation;
}

TEST(RaceFinding, does_not_depend_on_which_side_came_first) {
  RaceStory turned;
  turned.swapped = true;
  const Finding a = tell({}), b = tell(turned);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.locations.at(0).line, b.locations.at(0).line);
}

TEST(Fingerprint, survives_everything_that_is_not_the_bug) {
  const std::string before = tell({}).fingerprint;
  EXPECT_EQ(before.size(), 32u);
  EXPECT_EQ(before.find_first_not_of("0123456789abcdef"), std::string::npos);
  RaceStory moved;
  moved.base = 0x480000;
  EXPECT_EQ(tell(moved).fingerprint, before) << "addresses";
  RaceStory shifted;
  shifted.line_shift = 1000;
  EXPECT_EQ(tell(shifted).fingerprint, before) << "lines";
  RaceStory renumbered;
  renumbered.first_task = 40;
  EXPECT_EQ(tell(renumbered).fingerprint, before) << "tasks";
  RaceStory elsewhere;
  elsewhere.folder = "/tmp/ci-4711/checkout/";
  EXPECT_EQ(tell(elsewhere).fingerprint, before) << "folder";
  RaceStory without_columns;
  without_columns.columns = false;
  EXPECT_EQ(tell(without_columns).fingerprint, before) << "columns";
}

TEST(Fingerprint, tells_variables_apart) {
  RaceStory other;
  other.variable = "total";
  EXPECT_NE(tell(other).fingerprint, tell({}).fingerprint);
}

TEST(Fingerprint, tells_two_fields_of_one_block_apart_but_not_two_moments) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId helper = scene.thread(2, main_thread, scene.site(scene.pc("main", "main.cc", 30, 20)));
  const Block block{0x7000, 64, trace::MemoryKind::heap, main_thread,
                    scene.site(scene.pc("make_bank()", "main.cc", 8, 7))};
  const Site total = scene.site(scene.pc("work(Bank*)", "main.cc", 12, 10)),
             fees = scene.site(scene.pc("work(Bank*)", "main.cc", 13, 10));
  const auto race = [&](std::uint64_t address, Site where) {
    RaceCandidate one;
    one.left = {main_thread, AccessKind::write, false, address, 8, where, no_locks};
    one.right = {helper, AccessKind::write, false, address, 8, where, no_locks};
    one.block = block;
    return one;
  };
  Candidates candidates;
  candidates.races = {race(0x7000, total), race(0x7008, fees), race(0x7000, total)};
  const std::vector<Finding> findings = collect_findings(candidates, scene.world, scene.stacks, scene.names);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].count + findings[1].count, 3u);
  EXPECT_EQ(findings[0].object->kind, "heap");
  EXPECT_EQ(findings[0].object->created_at.at(0).function, "make_bank()");
  EXPECT_EQ(findings[0].message,
            "data race on bytes 0 to 7 of a heap block of 64 bytes, allocated in make_bank(): written in work() by two "
            "tasks");
}

TEST(RaceFinding, a_free_makes_it_a_use_after_free) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId helper = scene.thread(2, main_thread, {});
  RaceCandidate race;
  race.left = {main_thread, AccessKind::free, false, 0x7000, 64, scene.site(scene.pc("drop()", "a.cc", 5, 4)),
               no_locks};
  race.right = {helper, AccessKind::read, false, 0x7008, 4, scene.site(scene.pc("use()", "a.cc", 9, 8)), no_locks};
  race.block = {0x7000, 64, trace::MemoryKind::heap, main_thread, scene.site(scene.pc("make()", "a.cc", 2, 1))};
  Candidates candidates;
  candidates.races = {race};
  const Finding finding = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(finding.kind, "use-after-free-race");
  EXPECT_EQ(finding.message,
            "use of freed memory is possible: a heap block of 64 bytes, allocated in make() is freed in drop() and "
            "read in use(), in no fixed order");
  EXPECT_EQ(finding.sides.at(0).role, "free");
}

TEST(RaceFinding, tells_which_locks_each_side_held) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId helper = scene.thread(2, main_thread, {});
  scene.names.globals = {{"guard", "bank", 0x400100, 40}, {"total", "bank", 0x400200, 8}};
  scene.step(helper, trace::Op::lock_acquire, 0x400100, 0, 0, scene.site(scene.pc("add()", "a.cc", 3, 2)));
  const LockSetId held = scene.held;
  RaceCandidate race;
  race.left = {main_thread, AccessKind::write, false, 0x400200, 8, scene.site(scene.pc("main", "a.cc", 15, 10)),
               no_locks};
  race.right = {helper, AccessKind::write, false, 0x400200, 8, scene.site(scene.pc("add()", "a.cc", 4, 2)), held};
  Candidates candidates;
  candidates.races = {race};
  const Finding finding = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(finding.sides.at(0).locks.at(0).name, "guard");
  EXPECT_NE(finding.explanation.find("holds `guard`"), std::string::npos) << finding.explanation;
  EXPECT_NE(finding.explanation.find("no lock is held by both"), std::string::npos) << finding.explanation;
}

// ---- cycles ------------------------------------------------------------------------------------------------------

std::vector<Finding> inversion(bool other_arc_first) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId helper = scene.thread(2, main_thread, {});
  scene.names.globals = {{"accounts", "bank", 0x400100, 40}, {"journal", "bank", 0x400200, 40}};
  const auto take = [&](TaskId task, std::uint64_t lock, Site where) {
    scene.step(task, trace::Op::lock_acquire, lock, 0, static_cast<std::uint8_t>(trace::LockKind::mutex), where);
  };
  LockArc a{main_thread,
            0x400100,
            0x400200,
            false,
            false,
            scene.site(scene.pc("pay()", "a.cc", 3, 1)),
            scene.site(scene.pc("pay()", "a.cc", 4, 1))};
  LockArc b{helper,
            0x400200,
            0x400100,
            false,
            false,
            scene.site(scene.pc("audit()", "a.cc", 13, 11)),
            scene.site(scene.pc("audit()", "a.cc", 14, 11))};
  take(main_thread, 0x400100, a.held_at);
  take(main_thread, 0x400200, a.wanted_at);
  Candidates candidates;
  candidates.lock_cycles = {other_arc_first ? LockCycleCandidate{{b, a}, 1} : LockCycleCandidate{{a, b}, 1}};
  return collect_findings(candidates, scene.world, scene.stacks, scene.names);
}

TEST(LockCycleFinding, names_both_orders) {
  const std::vector<Finding> findings = inversion(false);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_EQ(finding.kind, "lock-order-inversion");
  EXPECT_EQ(finding.certainty, "predicted");
  EXPECT_EQ(finding.severity, "warning");
  ASSERT_EQ(finding.cycle.size(), 2u);
  EXPECT_EQ(finding.cycle[0].holds, "mutex `accounts`");
  EXPECT_EQ(finding.cycle[0].wants, "mutex `journal`");
  EXPECT_EQ(finding.cycle[1].holds, "mutex `journal`");
  EXPECT_EQ(finding.cycle[1].held_at.at(0).line, 13u);
}

TEST(LockCycleFinding, is_the_same_wherever_the_cycle_is_entered) {
  const Finding a = inversion(false).at(0), b = inversion(true).at(0);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.explanation, b.explanation);
}

TEST(DeadlockFinding, of_one_task_with_its_lock_is_a_double_lock) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId helper = scene.thread(2, main_thread, {});
  const Site first = scene.site(scene.pc("outer()", "a.cc", 3, 1)),
             second = scene.site(scene.pc("inner()", "a.cc", 9, 8));
  scene.step(helper, trace::Op::lock_acquire, 0x5000, 0, 0, first);
  DeadlockCandidate stuck;
  stuck.tasks = {{helper, {trace::WaitKind::lock, 0x5000, second, {}}, {helper}}};
  stuck.cycle = true;
  Candidates candidates;
  candidates.deadlocks = {stuck};
  EXPECT_EQ(collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0).kind, "double-lock");
  candidates.deadlocks[0].whole_program = true;
  const Finding whole = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(whole.kind, "deadlock");
  ASSERT_EQ(whole.cycle.size(), 1u);
  EXPECT_EQ(whole.cycle[0].held_at.at(0).function, "outer()");
}

TEST(DeadlockFinding, of_many_sleepers_does_not_depend_on_their_number) {
  const auto sleepers = [](std::uint32_t number) {
    Scene scene;
    scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
    const Site where = scene.site(scene.pc("wait_for_it()", "a.cc", 3, 1));
    DeadlockCandidate asleep;
    asleep.whole_program = true;
    for (std::uint32_t i = 0; i < number; ++i)
      asleep.tasks.push_back(
          {scene.thread(2 + i, main_thread, {}), {trace::WaitKind::chan_recv, 0x6000, where, {}}, {}});
    Candidates candidates;
    candidates.deadlocks = {asleep};
    return collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  };
  const Finding few = sleepers(3), many = sleepers(1000);
  EXPECT_EQ(few.kind, "deadlock");
  EXPECT_EQ(few.fingerprint, many.fingerprint);
  EXPECT_EQ(few.cycle.size(), 3u);
  EXPECT_LE(many.cycle.size(), 64u);
}

TEST(LeakFinding, names_reason_and_proof) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId task{7};
  scene.step(main_thread, trace::Op::task_create, 7, 0, static_cast<std::uint8_t>(trace::TaskKind::task),
             scene.site(scene.pc("main", "a.cc", 20, 10)));
  scene.step(main_thread, trace::Op::name, 7, 0, 0, {}, "fetcher");
  LeakCandidate leak;
  leak.task = task;
  leak.reason = LeakReason::send_no_receiver;
  leak.proven = true;
  leak.waiting = {trace::WaitKind::chan_send, 0x6000, scene.site(scene.pc("fetch()", "a.cc", 5, 4)), {}};
  Candidates candidates;
  candidates.leaks = {leak, leak};
  const std::vector<Finding> findings = collect_findings(candidates, scene.world, scene.stacks, scene.names);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, "task-leak");
  EXPECT_EQ(findings[0].reason, "send-no-receiver");
  EXPECT_EQ(findings[0].proof, "proven");
  EXPECT_EQ(findings[0].severity, "error");
  EXPECT_EQ(findings[0].count, 2u);
  EXPECT_EQ(findings[0].message, "task `fetcher` is left behind: it waits to send, and nobody receives");
  ASSERT_TRUE(findings[0].blocked_on);
  EXPECT_EQ(findings[0].locations.at(0).line, 5u);
}

TEST(LostCancelFinding, names_where_the_function_went_and_who_waits) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  scene.step(main_thread, trace::Op::task_create, 7, 0, static_cast<std::uint8_t>(trace::TaskKind::task),
             scene.site(scene.pc("main", "a.cc", 20, 10)));
  LostCancelCandidate lost;
  lost.context = 0x6000;
  lost.last = HandleEnd{main_thread, scene.site(scene.pc("serve()", "a.cc", 12, 1)), no_task, 0};
  lost.task = TaskId{7};
  lost.waiting = {trace::WaitKind::chan_recv, 0x6000, scene.site(scene.pc("fetch()", "a.cc", 5, 4)), {}};
  Candidates candidates;
  candidates.lost_cancels = {lost};
  const std::vector<Finding> findings = collect_findings(candidates, scene.world, scene.stacks, scene.names);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].kind, "lost-cancel");
  EXPECT_EQ(findings[0].message, "the cancel function of a context was gone at a.cc:12, and nobody had called it");
  ASSERT_EQ(findings[0].locations.size(), 2u);
  EXPECT_EQ(findings[0].locations[0].line, 12u);
  EXPECT_EQ(findings[0].locations[1].line, 5u);
  EXPECT_EQ(findings[0].sides.at(0).role, "drop");
}

TEST(MisuseFinding, an_unlock_by_another_task_is_a_note) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId helper = scene.thread(2, main_thread, {});
  MisuseCandidate misuse;
  misuse.kind = trace::MisuseKind::unlock_of_unlocked_mutex;
  misuse.task = helper;
  misuse.object = 0x5000;
  misuse.where = scene.site(scene.pc("let_go()", "a.cc", 4, 3));
  Candidates candidates;
  candidates.misuse = {misuse};
  const Finding error = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(error.kind, "unlock-of-unlocked-mutex");
  EXPECT_EQ(error.severity, "error");
  candidates.misuse[0].other_task = main_thread;
  candidates.misuse[0].other = scene.site(scene.pc("take()", "a.cc", 9, 8));
  const Finding note = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(note.kind, "unlock-by-other-task");
  EXPECT_EQ(note.severity, "note");
  EXPECT_EQ(note.sides.at(1).role, "lock");
}

TEST(MisuseFinding, an_exception_goes_by_its_whole_text_and_by_where_its_task_was_created) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  const TaskId reader = scene.thread(2, main_thread, scene.site(scene.pc("start()", "a.cc", 7, 1)));
  const auto name = [&](std::uint64_t at, const char* text) {
    Step step;
    step.task = step.thread = main_thread;
    step.event.op = trace::Op::name;
    step.event.flags = static_cast<std::uint8_t>(trace::NameOf::object);
    step.event.object = at;
    step.event.text = text;
    scene.world.observe(step);
  };
  name(0x5000, "std::runtime_error: there is no");
  name(0x5001, " room: none");
  MisuseCandidate misuse;
  misuse.kind = trace::MisuseKind::uncaught_exception;
  misuse.task = reader;
  misuse.object = 0x5000;
  misuse.where = scene.site(scene.pc("die()", "library.cc", 4, 3));
  Candidates candidates;
  candidates.misuse = {misuse};
  const Finding told = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(told.message, "an exception left a task: std::runtime_error: there is no room: none");
  EXPECT_TRUE(told.locations.at(0).file.ends_with("/a.cc"));
  EXPECT_EQ(told.locations.at(0).line, 7U);
  name(0x5001, " time");
  const Finding other_text = collect_findings(candidates, scene.world, scene.stacks, scene.names).at(0);
  EXPECT_EQ(other_text.fingerprint, told.fingerprint);
  EXPECT_NE(other_text.message, told.message);
}

TEST(Collect, looks_all_names_up_in_one_batch) {
  Scene scene;
  scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  RaceCandidate race;
  race.left = {main_thread, AccessKind::write,
               false,       0x7000,
               8,           scene.site(scene.pc("a()", "a.cc", 1, 1), {scene.pc("b()", "a.cc", 2, 2)}),
               no_locks};
  race.right = {main_thread, AccessKind::write, false, 0x7000, 8, scene.site(scene.pc("c()", "a.cc", 3, 3)), no_locks};
  Candidates candidates;
  candidates.races = {race};
  collect_findings(candidates, scene.world, scene.stacks, scene.names);
  EXPECT_EQ(scene.names.prepared, 3u);
}

// Two threads count in a loop; the compiler has moved the second one's read out of it, and its line is lost.
struct LinelessRead {
  Scene scene;
  Access write, other_write, read;
  LinelessRead() {
    scene.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
    const Site spawn = scene.site(scene.pc("main", "main.cc", 30, 20));
    const TaskId left = scene.thread(2, main_thread, spawn);
    const TaskId right = scene.thread(3, main_thread, spawn);
    write = {left, AccessKind::write, false, 0x7000, 4, within("count()", 14, "start_one()"), no_locks};
    other_write = {right, AccessKind::write, false, 0x7000, 4, within("count_too()", 18, "start_two()"), no_locks};
    read = {right, AccessKind::read, false, 0x7000, 4, scene.site(scene.pc("start_two()", "main.cc", 0, 5)), no_locks};
  }
  Site within(const std::string& function, std::uint32_t line, const std::string& compiled) {
    const std::uint64_t pc = scene.pc(function, "main.cc", line, 1);
    Frame outer = scene.names.code[pc].front();
    scene.names.code[pc].front().inlined = true;
    outer.function = compiled;
    scene.names.code[pc].push_back(outer);
    return scene.site(pc);
  }
  std::vector<Finding> told(const std::vector<Access>& others) {
    Candidates candidates;
    for (const Access& other : others) {
      RaceCandidate race;
      race.left = other;
      race.right = write;
      candidates.races.push_back(race);
    }
    return collect_findings(candidates, scene.world, scene.stacks, scene.names);
  }
};

TEST(Collect, an_access_that_lost_its_line_is_told_with_one_of_the_same_code_that_has_it) {
  LinelessRead story;
  for (const auto& others : {std::vector{story.read, story.other_write}, std::vector{story.other_write, story.read}}) {
    const std::vector<Finding> findings = story.told(others);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].count, 2u);
    EXPECT_EQ(findings[0].sides[0].role, "write");
    EXPECT_EQ(findings[0].sides[1].role, "write");
    ASSERT_EQ(findings[0].locations.size(), 2u);
    EXPECT_EQ(findings[0].locations[0].line, 14u);
    EXPECT_EQ(findings[0].locations[1].line, 18u);
  }
}

TEST(Collect, an_access_that_lost_its_line_and_is_alone_is_told) {
  LinelessRead story;
  EXPECT_EQ(story.told({story.read}).size(), 1u);
  story.read.address += 4;  // of another variable
  EXPECT_EQ(story.told({story.read, story.other_write}).size(), 2u);
  story.read.address -= 4;
  story.read.where = story.scene.site(story.scene.pc("start_three()", "main.cc", 0, 5));  // of other code
  EXPECT_EQ(story.told({story.read, story.other_write}).size(), 2u);
}

TEST(RotatedToSmallest, gives_one_answer_for_every_entry) {
  std::vector<std::string> cycle = {"b", "a", "c", "a"};
  const std::vector<std::string> smallest = rotated_to_smallest(cycle);
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    std::rotate(cycle.begin(), cycle.begin() + 1, cycle.end());
    EXPECT_EQ(rotated_to_smallest(cycle), smallest);
  }
  EXPECT_EQ(smallest.front(), "a");
  EXPECT_TRUE(rotated_to_smallest({}).empty());
}

}  // namespace
}  // namespace tenter::analysis
