#include "check/possible_look.h"

#include "order/sequencer.h"
#include "order/world.h"

namespace tenter::analysis {

bool look_for_possible_races(const Recording& recording, StackTable& stacks, const PossibleRaces::Limits& limits) {
  Sequencer sequencer(recording, stacks);
  World world;
  PossibleRaces possible(limits);
  while (!possible.found()) {
    if (Stretch stretch = sequencer.accesses(); !stretch.accesses.empty()) {
      world.observe(stretch);
      possible.observe(stretch, world.lock_sets());
      continue;
    }
    Step* const step = sequencer.next();
    if (step == nullptr) break;
    world.observe(*step);
    possible.observe(*step, world.lock_sets());
  }
  return possible.any(world.lock_sets());
}

}  // namespace tenter::analysis
