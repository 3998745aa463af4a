#include "cli/prediction.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "order/sequencer.h"
#include "predict/prediction.h"
#include "witness/schedule_check.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_turns = 1000;
// Races that hb found need no schedule: when those made so far have so many steps, they get none.
constexpr std::uint64_t max_steps_for_known = 50'000'000;

// A step as the last look at the run finds it.
struct Seen {
  Step step;
  Block block;  // that the address lies in
};

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
using Schedule = std::vector<std::uint32_t>;  // steps

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

// From where to where in the schedule each turn goes; the two steps that race are in none.
std::vector<std::pair<std::size_t, std::size_t>> turns_of(const Schedule& schedule,
                                                          const std::vector<TaskId>& task_of_step) {
  std::vector<std::pair<std::size_t, std::size_t>> turns;
  for (std::size_t i = 0; i + 2 < schedule.size(); ++i) {
    if (i == 0 || task_of_step[schedule[i]] != task_of_step[schedule[i - 1]]) turns.emplace_back(i, i);
    turns.back().second = i + 1;
  }
  return turns;
}

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
  if (!options.syncp && !options.osr) return claims;
  Predictions syncp = predict_sync_preserving(table, locks, options.most_work);
  if (options.syncp) take("syncp", syncp);
  if (options.osr)
    take("osr", predict_lock_reversal(table, locks, options.window, std::move(syncp), options.most_work));
  return claims;
}

// The run as the engines want it.
struct Run {
  World world;
  TraceTable table;

  Run(const Recording& recording, StackTable& stacks, const PredictionOptions& options) : table(options.table) {
    Sequencer sequencer(recording, stacks);
    while (Step* const step = sequencer.next()) {
      if (table.full()) break;
      world.observe(*step);
      table.observe(*step, options.watched(step->event));
    }
    table.finish();
  }
};

// The last look at the run: what the judge has to know, and each step that a report will name.
class LastLook {
 public:
  explicit LastLook(const TraceTable& table) : table_(table), task_of_step_(table.steps()) {
    for (const TableEvent& event : table.events()) task_of_step_[event.step] = table.task_id(event.task);
  }

  // To be told of all schedules first.
  void expect(const Schedule& schedule) {
    const auto turns = turns_of(schedule, task_of_step_);
    for (std::size_t i = first_told(turns.size()); i < turns.size(); ++i) seen_[schedule[turns[i].second - 1]];
    seen_[schedule[schedule.size() - 2]];
    seen_[schedule.back()];
  }
  void run(const Recording& recording, StackTable& stacks) {
    World then;
    Sequencer sequencer(recording, stacks);
    for (std::uint32_t number = 0; number < table_.steps(); ++number) {
      Step* const step = sequencer.next();
      if (step == nullptr) break;
      const auto wanted = seen_.find(number);
      if (wanted != seen_.end())
        if (const Block* block = then.block_at(step->event.object)) wanted->second.block = *block;
      then.observe(*step);
      judge_.observe(*step);
      if (wanted != seen_.end()) wanted->second.step = *step;
    }
  }

  bool stands(const Schedule& schedule) const { return judge_.refute(schedule).empty(); }
  const Seen& at(std::uint32_t step) const { return seen_.at(step); }
  Witness witness(const Schedule& schedule, const std::string& analysis) const {
    Witness witness;
    witness.analysis = analysis;
    witness.steps = schedule.size() - 2;
    const auto turns = turns_of(schedule, task_of_step_);
    witness.earlier_turns = first_told(turns.size());
    for (std::size_t i = witness.earlier_turns; i < turns.size(); ++i) {
      const Step& last = at(schedule[turns[i].second - 1]).step;
      witness.turns.push_back({last.task, turns[i].second - turns[i].first, last.event.op, last.event.flags,
                               last.event.object, site_of(last.event)});
    }
    return witness;
  }

 private:
  static std::size_t first_told(std::size_t turns) { return turns > max_turns ? turns - max_turns : 0; }

  const TraceTable& table_;
  std::vector<TaskId> task_of_step_;
  std::unordered_map<std::uint32_t, Seen> seen_;
  ScheduleCheck judge_;
};

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

PredictionOutcome predict_races(const Recording& recording, StackTable& stacks, bool possible,
                                const PredictionOptions& options, std::vector<RaceCandidate>& races) {
  PredictionOutcome outcome;
  if (!options.any()) return outcome;
  if (!possible) {
    if (options.shb) outcome.engines.push_back({"shb", 0, {}});
    if (options.syncp) outcome.engines.push_back({"syncp", 0, {}});
    if (options.osr) outcome.engines.push_back({"osr", 0, {}});
    return outcome;
  }
  const Run run(recording, stacks, options);
  const TraceTable& table = run.table;
  if (table.full())
    outcome.notes.push_back("Other orders were looked for among the first " + group_digits(table.steps()) +
                            " events only; the analyses shb, syncp and osr keep a run in memory.");
  const Claims claims = search(table, run.world.lock_sets(), options, outcome);
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
    last_look.expect(schedule);
    steps += schedule.size();
    told.push_back(&claim);
  }
  last_look.run(recording, stacks);

  std::map<std::pair<Place, Place>, std::size_t> added;
  for (const Claim* claim : told) {
    const Schedule schedule = steps_of(table, claim->race);
    if (!last_look.stands(schedule)) {
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
    if (!race.witness) race.witness = last_look.witness(schedule, claim->analyses.front());
  }
  if (outcome.refused > 0)
    outcome.notes.push_back(counted(outcome.refused, "predicted race was", "predicted races were") +
                            " left out, because the schedule did not stand up to the check.");
  return outcome;
}

}  // namespace tenter::analysis
