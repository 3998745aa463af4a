#include "check/prediction.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "check/last_look.h"
#include "predict/prediction.h"

namespace tenter::analysis {
namespace {

// Races that hb found need no schedule: when those made so far have so many steps, they get none.
constexpr std::uint64_t max_steps_for_known = 50'000'000;

AccessKind kind_of(const Event& event) {
  switch (event.op) {
    case trace::Op::atomic_load: return AccessKind::atomic_read;
    case trace::Op::atomic_store:
    case trace::Op::atomic_rmw: return AccessKind::atomic_write;
    case trace::Op::free: return AccessKind::free;
    default: return is_write(event) ? AccessKind::write : AccessKind::read;
  }
}

Access access_of(const Seen& seen) {
  const Event& event = seen.step.event;
  Access access;
  access.task = seen.step.task;
  access.kind = kind_of(event);
  access.vptr = event.op == trace::Op::access_range && (event.flags & trace::AccessFlag::vptr) != 0;
  access.address = event.object;
  access.size = event.op == trace::Op::access_range ? event.value
                : event.op == trace::Op::free       ? (event.value != 0 ? event.value : seen.block.size)
                                                    : event.arg;
  access.where = site_of(event);
  access.held = seen.step.held;
  return access;
}

struct Claim {
  std::vector<std::string> analyses;  // the first is the one whose schedule it is
  PredictedRace race;
};

Schedule steps_of(const TraceTable& table, const PredictedRace& race) {
  Schedule schedule = schedule_of(table, race);
  for (std::uint32_t& event : schedule) event = table.events()[event].step;
  return schedule;
}

// Who claims what: engines that claim the same two steps claim it together.
class Claims {
 public:
  explicit Claims(const TraceTable& table) : table_(table) {}
  void add(const std::string& analysis, const Predictions& found) {
    for (const PredictedRace& race : found.races) {
      const std::pair steps(table_.events()[race.left].step, table_.events()[race.right].step);
      const auto [at, is_new] = at_.try_emplace(steps, all_.size());
      if (is_new) all_.push_back({{}, race});
      all_[at->second].analyses.push_back(analysis);
    }
  }
  const std::vector<Claim>& all() const { return all_; }

 private:
  const TraceTable& table_;
  std::vector<Claim> all_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> at_;
};

// Pairs of places, whichever of the two is named first.
using Place = std::pair<std::uint64_t, std::uint32_t>;
std::pair<Place, Place> both_places(const Site& a, const Site& b) {
  return std::minmax(Place{a.pc, index(a.callers)}, Place{b.pc, index(b.callers)});
}

class Places {
 public:
  explicit Places(const std::vector<RaceCandidate>& races) {
    for (std::size_t i = 0; i < races.size(); ++i) {
      exact_.try_emplace(both_places(races[i].left.where, races[i].right.where), i);
      by_code_.try_emplace(both_places({races[i].left.where.pc, empty_stack}, {races[i].right.where.pc, empty_stack}),
                           i);
    }
  }
  // The race that hb knows between these places, by their callers if it can be. SIZE_MAX: none.
  std::size_t find(Site a, Site b) const {
    if (const auto at = exact_.find(both_places(a, b)); at != exact_.end()) return at->second;
    a.callers = b.callers = empty_stack;
    const auto at = by_code_.find(both_places(a, b));
    return at != by_code_.end() ? at->second : SIZE_MAX;
  }

 private:
  std::map<std::pair<Place, Place>, std::size_t> exact_, by_code_;
};

// Who claims what, engine by engine.
Claims search(const TraceTable& table, const LockSets& locks, const PredictionOptions& options,
              PredictionOutcome& outcome) {
  Claims claims(table);
  const auto take = [&](const char* name, const Predictions& found) {
    outcome.engines.push_back({name, found.racy_events, found.later_places});
    claims.add(name, found);
    if (found.gave_up)
      outcome.notes.push_back(std::string("The search of ") + name +
                              " was given up before its end: this run has too many pairs of accesses to compare.");
  };
  if (options.shb) take("shb", predict_schedulable(table));
  if (!options.reorders()) return claims;
  Predictions syncp = predict_sync_preserving(table, locks, options.most_work);
  if (options.syncp) take("syncp", syncp);
  if (options.osr)
    take("osr", predict_lock_reversal(table, locks, options.window, std::move(syncp), options.most_work));
  return claims;
}

RaceCandidate predicted_race(const Seen& left, const Seen& right) {
  RaceCandidate race;
  race.left = access_of(left);
  race.right = access_of(right);
  race.block = left.block.size != 0 ? left.block : right.block;
  race.predicted = true;
  return race;
}

void add_finders(RaceCandidate& race, const std::vector<std::string>& analyses, const PredictionOptions& options) {
  const auto has = [&](const std::string& name) {
    return std::find(race.found_by.begin(), race.found_by.end(), name) != race.found_by.end();
  };
  for (const std::string& analysis : analyses) {
    if (analysis == "shb") race.predicted = false;
    if (!has(analysis)) race.found_by.push_back(analysis);
  }
  // Each finds all that the one before does, if not always between the same two steps.
  if (options.syncp && has("shb") && !has("syncp")) race.found_by.emplace_back("syncp");
  if (options.osr && has("syncp") && !has("osr")) race.found_by.emplace_back("osr");
}

}  // namespace

PredictionOutcome predict_races(const Recording& recording, StackTable& stacks, RunTable& run, bool possible,
                                const PredictionOptions& options, std::vector<RaceCandidate>& races) {
  PredictionOutcome outcome;
  if (!options.any()) return outcome;
  if (!possible) {
    if (options.shb) outcome.engines.push_back({"shb", 0, {}});
    if (options.syncp) outcome.engines.push_back({"syncp", 0, {}});
    if (options.osr) outcome.engines.push_back({"osr", 0, {}});
    return outcome;
  }
  const TraceTable& table = run.get().table;
  const Claims claims = search(table, run.get().world.lock_sets(), options, outcome);
  if (claims.all().empty()) return outcome;

  const Places places(races);
  const auto known_race = [&](const PredictedRace& race) {
    return places.find(table.events()[race.left].where, table.events()[race.right].where);
  };
  LastLook last_look(table);
  std::vector<const Claim*> told;
  std::uint64_t steps = 0;
  for (const Claim& claim : claims.all()) {
    if (steps > max_steps_for_known && known_race(claim.race) != SIZE_MAX) continue;
    const Schedule schedule = steps_of(table, claim.race);
    last_look.expect(schedule, 2);
    steps += schedule.size();
    told.push_back(&claim);
  }
  last_look.run(recording, stacks);

  std::map<std::pair<Place, Place>, std::size_t> added;
  for (const Claim* claim : told) {
    const Schedule schedule = steps_of(table, claim->race);
    if (!last_look.judge().refute(schedule).empty()) {
      ++outcome.refused;
      continue;
    }
    std::size_t at = known_race(claim->race);
    if (at == SIZE_MAX) {
      const Seen& left = last_look.at(schedule[schedule.size() - 2]);
      const Seen& right = last_look.at(schedule.back());
      const auto [known, is_new] =
          added.try_emplace(both_places(site_of(left.step.event), site_of(right.step.event)), races.size());
      at = known->second;
      if (is_new) races.push_back(predicted_race(left, right));
    }
    RaceCandidate& race = races[at];
    add_finders(race, claim->analyses, options);
    if (!race.witness) race.witness = last_look.witness(schedule, 2, claim->analyses.front());
  }
  if (outcome.refused > 0)
    outcome.notes.push_back(counted(outcome.refused, "predicted race was", "predicted races were") +
                            " left out, because the schedule did not stand up to the check.");
  return outcome;
}

}  // namespace tenter::analysis
