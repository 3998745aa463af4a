#include "check/every_pair_look.h"

#include <set>
#include <utility>

#include "happens_before/happens_before.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "race/every_pair.h"
#include "race/race_detector.h"

namespace tenter::analysis {
namespace {

// Of two places that raced it does not matter which came first.
auto places_of(const RaceCandidate& race) {
  const auto place = [](const Access& side) { return std::pair(side.where.pc, index(side.where.callers)); };
  return std::minmax({place(race.left), place(race.right)});
}

}  // namespace

std::vector<RaceCandidate> look_for_every_pair(const Recording& recording, StackTable& stacks, const GranuleSet& racy,
                                               const std::vector<RaceCandidate>& known) {
  Sequencer sequencer(recording, stacks);
  World world;
  HappensBefore order;
  RaceDetector races(world, order);
  EveryPair every_pair(order, racy);
  std::vector<Meeting> meetings;
  for (;;) {
    meetings.clear();
    if (Stretch stretch = sequencer.accesses(); !stretch.accesses.empty()) {
      world.observe(stretch);
      order.observe(stretch);
      every_pair.observe(stretch, meetings);
      races.observe(stretch, meetings);
      continue;
    }
    Step* const step = sequencer.next();
    if (step == nullptr) break;
    world.observe(*step);
    order.observe(*step);
    every_pair.observe(*step, meetings);
    races.observe(*step, meetings);
  }
  std::set<std::pair<std::pair<std::uint64_t, std::uint32_t>, std::pair<std::uint64_t, std::uint32_t>>> told;
  for (const RaceCandidate& race : known) told.insert(places_of(race));
  std::vector<RaceCandidate> found = races.candidates();
  std::erase_if(found, [&](const RaceCandidate& race) { return told.contains(places_of(race)); });
  return found;
}

}  // namespace tenter::analysis
