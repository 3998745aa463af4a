// A schedule in words: who goes on, how far, and what is done there.
#include "finding/collect.h"
#include "finding/step_words.h"

namespace tenter::analysis {

WitnessRef witness_of(const Witness& witness, Describer& describe) {
  WitnessRef told{witness.analysis, witness.steps, witness.earlier_turns, {}};
  for (const Turn& turn : witness.turns) {
    TurnRef& one = told.schedule.emplace_back();
    one.task = index(turn.task);
    one.name = call_task(describe.task(turn.task));
    one.steps = turn.steps;
    one.does = step_words(turn.op, turn.flags, turn.object, describe);
    one.at = location_of(describe.stack(turn.where));
    // An offset in a library tells nobody anything.
    if (one.at.line == 0 && one.at.function.starts_with('+')) one.at = Location{};
  }
  return told;
}

}  // namespace tenter::analysis
