#include "check/lock_order_look.h"

#include "order/sequencer.h"
#include "order/world.h"

namespace tenter::analysis {

LockCycles look_for_lock_cycles(const Recording& recording, StackTable& stacks) {
  Sequencer sequencer(recording, stacks);
  World world;
  LockOrder locks(world);
  Stretch stretch;
  Step* step = nullptr;
  while (sequencer.next(stretch, step)) {
    if (step == nullptr) continue;
    world.observe(*step);
    locks.observe(*step);
  }
  LockCycles cycles{locks.candidates()};
  cycles.exhausted = locks.exhausted();
  return cycles;
}

}  // namespace tenter::analysis
