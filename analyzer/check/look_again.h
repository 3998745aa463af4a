// Another look at a whole run, by engines that take steps and stretches alike.
//
//   World world;
//   look_again(recording, stacks, world, [&](auto& what) {
//     possible.observe(what, world.lock_sets());
//     return !possible.found();   // go on?
//   });
#pragma once
#include "base/stack_table.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "read/recording.h"

namespace tenter::analysis {

// Calls f(what) for each Stretch and each other Step, when `world` has observed it, until f says that this is enough.
template <class F>
void look_again(const Recording& recording, StackTable& stacks, World& world, F f) {
  Sequencer sequencer(recording, stacks);
  Stretch stretch;
  Step* step = nullptr;
  while (sequencer.next(stretch, step)) {
    if (!stretch.accesses.empty()) {
      world.observe(stretch);
      if (!f(stretch)) return;
    }
    if (step == nullptr) continue;
    world.observe(*step);
    if (!f(*step)) return;
  }
}

}  // namespace tenter::analysis
