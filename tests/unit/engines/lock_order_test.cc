// What a cycle of locks is told with must follow from the run alone.
#include "deadlock/lock_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "support/step_of.h"

namespace tenter::analysis {
namespace {

using trace::Op;

constexpr std::uint64_t first = 0x5000, second = 0x5100, gate = 0x5200, other_gate = 0x5300;

class Run {
 public:
  void lock(TaskId task, std::uint64_t lock, std::uint64_t pc) { step(task, Op::lock_acquire, lock, pc); }
  void unlock(TaskId task, std::initializer_list<std::uint64_t> locks) {
    for (const std::uint64_t lock : locks) step(task, Op::lock_release, lock, 0x900);
  }
  std::vector<LockCycleCandidate> cycles() const { return locks_.candidates(); }

 private:
  void step(TaskId task, Op op, std::uint64_t lock, std::uint64_t pc) {
    Step one = step_of(task, op, lock, 0, 0, 0, pc);
    world_.observe(one);
    locks_.observe(one);
  }
  World world_;
  LockOrder locks_{world_};
};

// Where the cycle's one task took the second lock, which it did twice, behind another gate each time.
std::uint64_t place_that_is_told() {
  Run run;
  constexpr TaskId one{2}, other{3};
  run.lock(one, gate, 0x100);
  run.lock(one, first, 0x110);
  run.lock(one, second, 0x120);
  run.unlock(one, {second, first, gate});
  run.lock(one, other_gate, 0x200);
  run.lock(one, first, 0x210);
  run.lock(one, second, 0x220);
  run.unlock(one, {second, first, other_gate});
  run.lock(other, second, 0x300);
  run.lock(other, first, 0x310);
  const std::vector<LockCycleCandidate> cycles = run.cycles();
  if (cycles.size() != 1 || cycles[0].arcs.size() != 2) return 0;
  const LockArc& arc = cycles[0].arcs[cycles[0].arcs[0].task == one ? 0 : 1];
  return arc.wanted_at.pc;
}

// The allocator has small pieces to give out that lie in no order.
void give_back_pieces(std::mt19937& random) {
  std::vector<void*> pieces;
  for (std::size_t size = 24; size < 256; size += 16)
    for (int i = 0; i < 20; ++i) pieces.push_back(std::malloc(size));
  std::shuffle(pieces.begin(), pieces.end(), random);
  for (void* const piece : pieces) std::free(piece);
}

TEST(LockOrder, a_cycle_is_told_with_the_same_places_wherever_in_memory_its_parts_come_to_lie) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    give_back_pieces(random);
    ASSERT_EQ(place_that_is_told(), 0x120U) << "round " << round;
  }
}

}  // namespace
}  // namespace tenter::analysis
