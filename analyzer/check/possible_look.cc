#include "check/possible_look.h"

#include "check/look_again.h"

namespace tenter::analysis {

bool look_for_possible_races(const Recording& recording, StackTable& stacks, const PossibleRaces::Limits& limits) {
  World world;
  PossibleRaces possible(limits);
  look_again(recording, stacks, world, [&](const auto& what) {
    possible.observe(what, world.lock_sets());
    return !possible.found();
  });
  return possible.any(world.lock_sets());
}

}  // namespace tenter::analysis
