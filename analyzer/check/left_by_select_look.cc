#include "check/left_by_select_look.h"

#include "channel/unordered_unlock.h"
#include "channel/wait_group_use.h"
#include "order/sequencer.h"

namespace tenter::analysis {

std::vector<LeftBySelectCandidate> look_for_left_by_select(const Recording& recording, StackTable& stacks) {
  Sequencer sequencer(recording, stacks);
  World world;
  ValueOrder values;
  RashUses rash(values.order());
  WaitGroupUse wait_groups(values.order(), rash);
  UnorderedUnlock unlocks(values.order(), rash);
  LeftBySelect left(world, &values.order(), &rash);
  while (Step* step = sequencer.next()) {
    if (step->event.op == trace::Op::access_range) continue;
    world.observe(*step);
    left.observe(*step);
    wait_groups.observe(*step);
    unlocks.observe(*step);
    values.observe(*step);
  }
  return left.candidates();
}

}  // namespace tenter::analysis
