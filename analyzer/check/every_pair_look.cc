#include "check/every_pair_look.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "check/look_again.h"
#include "happens_before/happens_before.h"
#include "race/every_pair.h"
#include "race/race_detector.h"

namespace tenter::analysis {
namespace {

using Place = std::pair<std::uint64_t, std::uint32_t>;

// Of two places that raced it does not matter which came first.
std::pair<Place, Place> places_of(const RaceCandidate& race) {
  const auto place = [](const Access& side) { return Place(side.where.pc, index(side.where.callers)); };
  return std::minmax({place(race.left), place(race.right)});
}

}  // namespace

std::vector<RaceCandidate> look_for_every_pair(const Recording& recording, StackTable& stacks, const GranuleSet& racy,
                                               const std::vector<RaceCandidate>& known) {
  World world;
  HappensBefore order;
  RaceDetector races(world, order);
  EveryPair every_pair(order, racy);
  std::vector<Meeting> meetings;
  look_again(recording, stacks, world, [&](const auto& what) {
    order.observe(what);
    meetings.clear();
    every_pair.observe(what, meetings);
    races.observe(what, meetings);
    return true;
  });
  std::set<std::pair<Place, Place>> told;
  for (const RaceCandidate& race : known) told.insert(places_of(race));
  std::vector<RaceCandidate> found = races.candidates();
  std::erase_if(found, [&](const RaceCandidate& race) { return told.contains(places_of(race)); });
  return found;
}

}  // namespace tenter::analysis
