// prediction_test [--seed=N] [--count=N] [--print] [FILE...]: do the prediction engines and the judge of their schedules say of small
// random traces what trying all orders says? With FILEs, of these traces in the language of tests/traces.
//
//   sound      whatever shb, syncp and osr report, some order shows: the pair of every report, and for every racy event a pair
//   complete   syncp finds every later access of a race that a sync-preserving order shows
//   deadlocks  the same of spd: some order shows what it reports, and it misses none that a sync-preserving order shows
//   ruled out  where PossibleRaces says that nothing can race, no engine finds anything; nor where an Outlook without PossibleRaces
//              does, and where it says so of shb, shb finds nothing
//   judged     the judge accepts every schedule that comes with a report, and none that was damaged
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "arguments.h"
#include "happens_before/happens_before.h"
#include "order/world.h"
#include "predict/deadlocks.h"
#include "predict/outlook.h"
#include "predict/possible_races.h"
#include "predict/prediction.h"
#include "race/race_detector.h"
#include "reorderings.h"
#include "small_traces.h"
#include "witness/schedule_check.h"

using namespace tenter::analysis;

namespace {

constexpr std::size_t most_states = 60000;
using Counts = std::map<std::string, std::uint64_t>;

std::set<std::size_t> later_of(const oracle::StepPairs& pairs) {
  std::set<std::size_t> later;
  for (const auto& [a, b] : pairs) later.insert(b);
  return later;
}

std::string words(const std::set<std::size_t>& steps) {
  std::string text;
  for (const std::size_t step : steps) text += " " + std::to_string(step);
  return text;
}

class Comparison {
 public:
  Comparison(const std::vector<Step>& steps, std::uint64_t seed, Counts& seen)
      : steps_(steps), random_(seed), seen_(seen) {
    for (Step step : steps) {
      world_.observe(step);
      left_for_shb_ = left_for_shb_ || unordered_.orders_more_than_shb(step);
      order_.observe(step);
      unordered_.observe(step);
      table_.observe(step);
      possible_.observe(step, world_.lock_sets());
      outlook_.observe(step, world_.lock_sets());
      judge_.observe(step);
    }
    table_.finish();
  }

  std::string run() {
    const auto shown = oracle::shown_by_all_orders(steps_, oracle::Orders::all, most_states);
    if (!shown) {
      ++seen_["traces with too many orders"];
      return {};
    }
    const oracle::StepPairs& all = shown->races;
    ++seen_["traces"];
    seen_["steps"] += steps_.size();
    seen_["racy events"] += later_of(all).size();
    const Predictions shb = predict_schedulable(table_);
    const Predictions syncp = predict_sync_preserving(table_, world_.lock_sets());
    const Predictions osr = predict_lock_reversal(table_, world_.lock_sets(), 0, syncp);
    std::string trouble = sound("shb", shb, all) + sound("syncp", syncp, all) + sound("osr", osr, all);
    const bool left_for_shb = left_for_shb_ || unordered_.racy_events() != 0;
    if (!left_for_shb) {
      ++seen_["traces ruled out for shb"];
      if (shb.racy_events != 0) trouble += "  shb finds a race of which this run orders the two\n";
    }
    if (outlook_.answer(world_.lock_sets(), left_for_shb) == Outlook::Answer::nothing) {
      ++seen_["traces ruled out without PossibleRaces"];
      if (shb.racy_events + syncp.racy_events + osr.racy_events != 0)
        trouble += "  a race was held to be impossible, because no two tasks share a lock\n";
    }
    if (!possible_.any(world_.lock_sets())) {
      ++seen_["traces ruled out"];
      if (shb.racy_events + syncp.racy_events + osr.racy_events != 0) trouble += "  a race was held to be impossible\n";
    } else if (osr.racy_events == 0) {
      ++seen_["traces in which no engine finds anything, not ruled out"];
    }
    const auto preserving = oracle::shown_by_all_orders(steps_, oracle::Orders::sync_preserving, most_states);
    if (preserving && later_of(preserving->races) != racy_steps(syncp)) {
      trouble += "  syncp finds" + words(racy_steps(syncp)) + ", sync-preserving orders show" +
                 words(later_of(preserving->races)) + "\n";
    }
    return trouble + deadlocks(shown->deadlocks, preserving ? preserving->deadlocks : std::set<std::set<std::size_t>>());
  }

 private:
  // A pattern: which task wants which lock. One report stands for all its moments.
  using Pattern = std::set<std::pair<TaskId, std::uint64_t>>;
  Pattern pattern_of(const std::set<std::size_t>& waiting) const {
    Pattern pattern;
    for (const std::size_t step : waiting) pattern.insert({steps_[step].task, steps_[step].event.object});
    return pattern;
  }

  std::string deadlocks(const std::set<std::set<std::size_t>>& all, const std::set<std::set<std::size_t>>& preserving) {
    std::string trouble;
    std::set<Pattern> patterns;
    seen_["deadlocks"] += all.size();
    seen_["deadlocks in sync-preserving orders"] += preserving.size();
    for (const PredictedDeadlock& one : predict_deadlocks(table_).found) {
      std::set<std::size_t> waiting;
      for (const PredictedDeadlock::Arc& arc : one.arcs) waiting.insert(table_.events()[arc.wanted].step);
      const std::string name = "spd, steps" + words(waiting);
      ++seen_["deadlocks by spd"];
      if (!all.contains(waiting)) trouble += "  " + name + ": no order shows them waiting for each other\n";
      patterns.insert(pattern_of(waiting));
      std::vector<std::uint32_t> schedule;
      for (const std::uint32_t event : schedule_of(table_, one)) schedule.push_back(table_.events()[event].step);
      if (const std::string objection = judge_.refute_deadlock(schedule, one.arcs.size()); !objection.empty())
        trouble += "  " + name + ": the judge refuses the schedule: " + objection + "\n";
    }
    for (const std::set<std::size_t>& waiting : preserving)
      if (!patterns.contains(pattern_of(waiting)))
        trouble += "  spd does not find steps" + words(waiting) + ", which a sync-preserving order shows\n";
    return trouble;
  }

  std::set<std::size_t> racy_steps(const Predictions& found) const {
    std::set<std::size_t> steps;
    for (std::size_t i = 0; i < found.racy.size(); ++i) {
      if (found.racy[i]) steps.insert(table_.events()[i].step);
    }
    return steps;
  }

  std::string sound(const std::string& engine, const Predictions& found, const oracle::StepPairs& truth) {
    std::string trouble;
    const std::set<std::size_t> racy = racy_steps(found), truly = later_of(truth);
    seen_["racy events by " + engine] += racy.size();
    if (racy.size() != found.racy_events) trouble += "  " + engine + " counts its racy events wrongly\n";
    for (const std::size_t step : racy) {
      if (truly.count(step) == 0)
        trouble += "  " + engine + ": no order shows a race at step " + std::to_string(step) + "\n";
    }
    for (const PredictedRace& race : found.races) {
      const std::size_t left = table_.events()[race.left].step, right = table_.events()[race.right].step;
      const std::string pair = engine + ", steps " + std::to_string(left) + " and " + std::to_string(right);
      if (truth.count({left, right}) == 0) trouble += "  " + pair + ": no order shows them side by side\n";
      std::vector<std::uint32_t> schedule;
      for (const std::uint32_t event : schedule_of(table_, race)) schedule.push_back(table_.events()[event].step);
      if (const std::string objection = judge_.refute(schedule); !objection.empty())
        trouble += "  " + pair + ": the judge refuses the schedule: " + objection + "\n";
      ++seen_["schedules"];
      trouble += damage(pair, schedule, truth);
    }
    return trouble;
  }

  // A schedule that lost a step of the middle, or in which two steps changed places, may still be right; but then its
  // race must be one, and a step taken out of one task's middle must be missed.
  std::string damage(const std::string& pair, std::vector<std::uint32_t> schedule, const oracle::StepPairs& truth) {
    if (schedule.size() < 4) return {};
    const std::size_t at = random_() % (schedule.size() - 3);
    std::string trouble;
    std::vector<std::uint32_t> without = schedule;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(at));
    bool needed = false;
    for (std::size_t i = at; i < without.size(); ++i)
      needed = needed || steps_[without[i]].task == steps_[schedule[at]].task;
    ++seen_["damaged schedules"];
    if (needed && judge_.refute(without).empty()) trouble += "  " + pair + ": the judge does not miss a step\n";
    std::swap(schedule[at], schedule[at + 1]);
    if (steps_[schedule[at]].task == steps_[schedule[at + 1]].task && judge_.refute(schedule).empty())
      trouble += "  " + pair + ": the judge accepts a task that runs backwards\n";
    // Two accesses that are no race may not be sold as one.
    std::vector<std::uint32_t> cut(schedule.begin(), schedule.begin() + static_cast<std::ptrdiff_t>(at + 2));
    if (cut[at] > cut[at + 1]) std::swap(cut[at], cut[at + 1]);
    if (judge_.refute(cut).empty() && truth.count({cut[at], cut[at + 1]}) == 0)
      trouble += "  " + pair + ": the judge takes steps " + std::to_string(cut[at]) + " and " +
                 std::to_string(cut[at + 1]) + " for a race\n";
    return trouble;
  }

  const std::vector<Step>& steps_;
  std::mt19937_64 random_;
  Counts& seen_;
  World world_;
  HappensBefore order_;
  RaceDetector unordered_{world_, order_};
  bool left_for_shb_ = false;
  TraceTable table_;
  PossibleRaces possible_{{.sweep_words = 1, .new_tasks = 1}};
  Outlook outlook_{{}, 1};
  ScheduleCheck judge_;
};

}  // namespace

int main(int argc, char** argv) {
  oracle::Arguments arguments;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with("--")) files.emplace_back(argument);
    else if (!arguments.take(argument)) {
      std::cerr << "prediction_test [--seed=N] [--count=N] [--print] [FILE...]\n";
      return 2;
    }
  }
  auto& [seed, count, print] = arguments;
  if (!files.empty()) count = files.size();
  Counts seen;
  int failures = 0;
  for (std::uint64_t i = 0; i < count && failures < 5; ++i) {
    TextTrace trace;
    std::vector<std::string> lines;
    const std::string file = files.empty() ? std::string() : files[i];
    if (file.empty()) {
      lines = oracle::generate_small(seed + i, trace);
    } else {
      std::ifstream in(file);
      for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
        if (const std::string wrong = trace.line(line); !wrong.empty()) {
          std::cerr << file << ": " << line << ": " << wrong << '\n';
          return 2;
        }
      }
    }
    const std::vector<Step>& steps = trace.finish();
    if (print) {
      for (const std::string& line : lines) std::cout << line << '\n';
      for (std::size_t s = 0; s < steps.size(); ++s)
        std::cout << "step " << s << " is of line " << steps[s].event.pc << ", task " << index(steps[s].task) << '\n';
    }
    const std::string trouble = Comparison(steps, seed + i, seen).run();
    if (trouble.empty()) continue;
    ++failures;
    std::cout << trouble << "  rerun: prediction_test "
              << (file.empty() ? "--seed=" + std::to_string(seed + i) + " --count=1" : file) << " --print\n";
  }
  for (const auto& [name, number] : seen) std::cout << number << ' ' << name << '\n';
  std::cout << "seeds " << seed << " to " << seed + count - 1 << '\n';
  return failures == 0 ? 0 : 1;
}
