// Laws of fingerprints, held against random races: what is told twice, with another machine, compiler, schedule or edit in
// between, is the same finding; what has another variable or another place is another one.
//
//   RC_PARAMS="seed=7 max_success=10000" build/bin/finding_laws_test     looks longer; a failure prints its seed
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "finding/collect.h"
#include "finding/fingerprint.h"
#include "scene.h"

namespace tenter::analysis {
namespace {

constexpr TaskId main_thread{1};
enum class Memory { whole_global, part_of_global, heap, stack };

// A frame as the programmer knows it.
struct Place {
  std::string function, file;
  std::uint32_t line_in_function = 0;
  bool operator==(const Place&) const = default;
};

// The bug: who touches what, from where. Everything that a fingerprint may depend on.
struct Bug {
  Memory memory = Memory::whole_global;
  std::string variable;
  Place allocated;
  std::array<std::vector<Place>, 2> sides;  // innermost first
};

// Everything that is not the bug.
struct Circumstances {
  std::uint64_t base = 0x400000;
  std::uint32_t first_task = 2, line_shift = 0, shift_each = 0;
  std::string folder;
  bool swapped = false, columns = true, by_gcc = false, inlined = false, glue = false;
  std::uint64_t times = 1;
};

// What compilers make of a function's name.
std::string spelled(const std::string& name, const Circumstances& how, std::uint32_t number) {
  if (name == "lambda")
    return how.by_gcc ? "main::{lambda(int)#" + std::to_string(number + 1) + "}::operator()(int) const"
                      : "main::$_" + std::to_string(number) + "::operator()(int) const";
  if (name == "pack") return how.by_gcc ? "void pack<int, long int>(int, long int)" : "void pack<int, long>(int, long)";
  return how.by_gcc ? name + "(int) [clone .constprop.0]" : name + "(int)";
}

// Of what g++ has inlined and no other file sees, it tells the last name alone.
std::string bare(const std::string& name) {
  if (name == "lambda") return "operator()";
  if (name == "pack") return "pack<int, long int>";
  return name.substr(name.rfind(':') + 1);
}

class Telling {
 public:
  Telling(const Bug& bug, const Circumstances& how) : bug_(bug), how_(how) {
    scene_.folder = how.folder;
    scene_.next_pc = how.base / 16;
  }

  Finding finding() {
    scene_.step(main_thread, trace::Op::task_start, 1, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
    const Site spawn = site_of({{"main", "main.cc", 3}});
    const std::array<TaskId, 2> tasks = {scene_.thread(how_.first_task, main_thread, spawn),
                                         scene_.thread(how_.first_task + 7, main_thread, spawn)};
    RaceCandidate race;
    std::uint64_t address = how_.base + 0x40;
    if (bug_.memory == Memory::whole_global || bug_.memory == Memory::part_of_global) {
      scene_.names.globals = {{bug_.variable, "bank", address, bug_.memory == Memory::whole_global ? 8u : 64u}};
    } else {
      address = 0x7f0000000000 + how_.base;
      race.block = {address, 64, bug_.memory == Memory::heap ? trace::MemoryKind::heap : trace::MemoryKind::stack,
                    main_thread, site_of({bug_.allocated})};
    }
    race.left = {tasks[0], AccessKind::write, false, address, 8, site_of(bug_.sides[0]), no_locks};
    race.right = {tasks[1], AccessKind::read, false, address, 8, site_of(bug_.sides[1]), no_locks};
    if (how_.swapped) std::swap(race.left, race.right);
    race.count = how_.times;
    Candidates candidates;
    candidates.races = {race};
    return collect_findings(candidates, scene_.world, scene_.stacks, scene_.names).at(0);
  }

 private:
  Frame frame_of(const Place& place) {
    // Each function starts somewhere else when others are put in front of it, and so do all of a file's.
    const std::uint32_t start =
        10 + how_.line_shift + how_.shift_each * static_cast<std::uint32_t>(place.function.size());
    Frame frame;
    frame.function = spelled(place.function, how_, how_.shift_each);
    frame.file = how_.folder + place.file;
    frame.function_line = start;
    frame.line = start + place.line_in_function;
    frame.column = how_.columns ? 5 : 0;
    frame.module = how_.folder + "bank";
    return frame;
  }

  Site site_of(const std::vector<Place>& stack) {
    std::vector<Frame> frames;
    for (const Place& place : stack) frames.push_back(frame_of(place));
    if (how_.glue) {
      Frame runtime;
      runtime.function = "__tsan_write8";
      runtime.module = "/opt/lib/libtenter_record.so";
      frames.insert(frames.begin(), runtime);
    }
    // At -O2 a whole stack may be one address, at -O0 each frame has its own.
    std::vector<std::uint64_t> addresses;
    if (how_.inlined) {
      for (std::size_t i = 0; i + 1 < frames.size(); ++i) frames[i].inlined = true;
      if (how_.by_gcc)
        for (std::size_t i = 0; i + 1 < stack.size(); ++i)
          frames[i + frames.size() - stack.size()].function = bare(stack[i].function);
      scene_.names.code[scene_.next_pc] = frames;
      addresses.push_back(scene_.next_pc++);
    } else {
      for (const Frame& frame : frames) {
        scene_.names.code[scene_.next_pc] = {frame};
        addresses.push_back(scene_.next_pc++);
      }
    }
    return scene_.site(addresses.front(), {addresses.rbegin(), addresses.rend() - 1});
  }

  const Bug& bug_;
  const Circumstances& how_;
  Scene scene_;
};

Finding told(const Bug& bug, const Circumstances& how = {}) { return Telling(bug, how).finding(); }

Place some_place() {
  return {*rc::gen::element<std::string>("add", "take", "lambda", "pack", "Bank::pay", "audit"),
          *rc::gen::element<std::string>("main.cc", "bank.cc", "store/bank.h"), *rc::gen::inRange<std::uint32_t>(0, 9)};
}

std::vector<Place> some_stack() {
  std::vector<Place> stack(*rc::gen::inRange<std::size_t>(1, 6));
  for (Place& place : stack) place = some_place();
  return stack;
}

Bug some_bug() {
  return {*rc::gen::element(Memory::whole_global, Memory::part_of_global, Memory::heap, Memory::stack),
          *rc::gen::element<std::string>("total", "fees", "Bank::open"),
          some_place(),
          {some_stack(), some_stack()}};
}

Circumstances some_circumstances() {
  return {0x400000 + *rc::gen::inRange<std::uint64_t>(0, 0xf000) * 16,
          *rc::gen::inRange<std::uint32_t>(2, 5000),
          *rc::gen::inRange<std::uint32_t>(0, 100000),
          *rc::gen::inRange<std::uint32_t>(0, 50),
          *rc::gen::element<std::string>("/home/ann/bank/", "/tmp/ci-4711/", "", "C++ files/", "../"),
          *rc::gen::arbitrary<bool>(),
          *rc::gen::arbitrary<bool>(),
          *rc::gen::arbitrary<bool>(),
          *rc::gen::arbitrary<bool>(),
          *rc::gen::arbitrary<bool>(),
          *rc::gen::inRange<std::uint64_t>(1, 1000)};
}

RC_GTEST_PROP(FingerprintLaws, circumstances_change_nothing, ()) {
  const Bug bug = some_bug();
  const Finding once = told(bug, some_circumstances()), again = told(bug, some_circumstances());
  RC_ASSERT(once.fingerprint == again.fingerprint);
  RC_ASSERT(once.weak_fingerprint == again.weak_fingerprint);
  RC_ASSERT(once.fingerprint.size() == 32u);
  RC_ASSERT(once.weak_fingerprint.size() == 32u);
  RC_ASSERT(once.fingerprint != once.weak_fingerprint);
}

RC_GTEST_PROP(FingerprintLaws, another_variable_is_another_finding, ()) {
  Bug bug = some_bug();
  bug.memory = *rc::gen::element(Memory::whole_global, Memory::part_of_global);
  Bug other = bug;
  other.variable += "2";
  const Finding one = told(bug, some_circumstances()), two = told(other, some_circumstances());
  RC_ASSERT(one.fingerprint != two.fingerprint);
  RC_ASSERT(one.weak_fingerprint != two.weak_fingerprint);
}

// Where no name tells variables apart, the line within the function does.
RC_GTEST_PROP(FingerprintLaws, another_line_is_another_variable_where_it_has_no_name, ()) {
  Bug bug = some_bug();
  bug.memory = *rc::gen::element(Memory::part_of_global, Memory::heap, Memory::stack);
  Bug other = bug;
  for (std::vector<Place>& stack : other.sides) stack.front().line_in_function += 1;
  const Finding one = told(bug, some_circumstances()), two = told(other, some_circumstances());
  RC_ASSERT(one.fingerprint != two.fingerprint);
  RC_ASSERT(one.weak_fingerprint == two.weak_fingerprint);
  // With a name of its own it is one variable, wherever in the function it is touched.
  bug.memory = other.memory = Memory::whole_global;
  RC_ASSERT(told(bug).fingerprint == told(other).fingerprint);
}

RC_GTEST_PROP(FingerprintLaws, another_block_is_another_finding, ()) {
  Bug bug = some_bug();
  bug.memory = Memory::heap;
  Bug other = bug;
  other.allocated.function += "_too";
  RC_ASSERT(told(bug, some_circumstances()).fingerprint != told(other, some_circumstances()).fingerprint);
}

RC_GTEST_PROP(FingerprintLaws, another_function_is_another_finding, ()) {
  const Bug bug = some_bug();
  Bug other = bug;
  std::vector<Place>& stack = other.sides[*rc::gen::inRange<std::size_t>(0, 2)];
  const std::size_t which = *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(stack.size(), 3));
  stack[which].function = "elsewhere";
  const Finding one = told(bug, some_circumstances()), two = told(other, some_circumstances());
  RC_ASSERT(one.fingerprint != two.fingerprint);
  // The weak form looks at the innermost functions, and not at those that call them.
  if (which > 0) RC_ASSERT(one.weak_fingerprint == two.weak_fingerprint);
}

RC_GTEST_PROP(FingerprintLaws, the_weak_form_survives_renamed_files, ()) {
  const Bug bug = some_bug();
  Bug other = bug;
  for (std::vector<Place>& stack : other.sides)
    for (Place& place : stack) place.file = "renamed_" + place.file.substr(place.file.rfind('/') + 1);
  const Finding one = told(bug, some_circumstances()), two = told(other, some_circumstances());
  RC_ASSERT(one.fingerprint != two.fingerprint);
  RC_ASSERT(one.weak_fingerprint == two.weak_fingerprint);
}

// Wherever a cycle is entered it is the same one, and with another member it is another one.
RC_GTEST_PROP(FingerprintLaws, a_cycle_has_no_beginning, ()) {
  std::vector<std::string> cycle(*rc::gen::inRange<std::size_t>(1, 8));
  for (std::string& part : cycle) part = *rc::gen::element<std::string>("a", "b", "c", "d");
  std::vector<std::string> turned = cycle;
  std::rotate(turned.begin(), turned.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(turned)), turned.end());
  const auto print = [](const std::vector<std::string>& parts) {
    return fingerprint("lock-order-inversion", "", rotated_to_smallest(parts));
  };
  RC_ASSERT(print(cycle) == print(turned));
  turned.back() += "'";
  RC_ASSERT(print(cycle) != print(turned));
}

}  // namespace
}  // namespace tenter::analysis
