// oracle_test races|ranges|parts|crowds|filter|cycles [--seed=N] [--count=N] [--print]: do the engines say of random traces what their slow twins say?
#include <algorithm>
#include <iostream>
#include <map>
#include <string>

#include "arguments.h"
#include "closure.h"
#include "deadlock/lock_order.h"
#include "filtered.h"
#include "generator.h"
#include "predict/possible_races.h"
#include "race/every_pair.h"
#include "race/race_detector.h"

using namespace tenter::analysis;

namespace {

template <class T>
std::string words(const T& values) {
  std::string text;
  for (const auto& value : values) text += " " + std::to_string(value);
  return text;
}
std::string words(const std::set<std::pair<std::uint64_t, std::uint64_t>>& pairs) {
  std::string text;
  for (const auto& [a, b] : pairs) text += " " + std::to_string(a) + "-" + std::to_string(b);
  return text;
}

bool same(const Meeting& a, const Meeting& b) {
  return a.earlier.pc() == b.earlier.pc() && a.earlier.task == b.earlier.task && a.earlier.count == b.earlier.count &&
         a.later.pc() == b.later.pc() && a.granule == b.granule && a.overlap == b.overlap && a.begin == b.begin &&
         a.size == b.size && a.freed.address == b.freed.address && a.freed.size == b.freed.size;
}

// What searches of the parts of the memory find is what one search of the whole finds.
std::string compare_parts(const std::vector<Step>& steps, std::map<std::string, std::uint64_t>& seen) {
  constexpr std::uint32_t parts = 3;
  World world;
  HappensBefore order;
  RaceSearch whole(order), one(order, {0, parts}), two(order, {1, parts}), three(order, {2, parts});
  ++seen["traces"];
  seen["events"] += steps.size();
  for (Step step : steps) {
    world.observe(step);
    order.observe(step);
    std::vector<Meeting> all, joined;
    whole.observe(step, all);
    std::multimap<std::uint64_t, Meeting> by_page;  // of one page all are from one part, and stay in their order
    for (RaceSearch* part : {&one, &two, &three}) {
      std::vector<Meeting> found;
      part->observe(step, found);
      for (const Meeting& meeting : found) by_page.emplace(meeting.granule >> Shadow::page_bits, meeting);
    }
    for (const auto& [page, meeting] : by_page) joined.push_back(meeting);
    seen["meetings"] += all.size();
    if (!std::ranges::equal(all, joined, same))
      return "  the parts found " + std::to_string(joined.size()) + " meetings in a step, and the whole " +
             std::to_string(all.size()) + ", or others\n";
  }
  return {};
}

bool same_race(const RaceCandidate& a, const RaceCandidate& b) {
  const auto same_side = [](const Access& one, const Access& other) {
    return one.task == other.task && one.kind == other.kind && one.address == other.address && one.size == other.size &&
           one.where == other.where && one.held == other.held;
  };
  return same_side(a.left, b.left) && same_side(a.right, b.right) && a.block.address == b.block.address;
}

// What looks at accesses, one by one or in stretches.
struct Engines {
  World world;
  HappensBefore order;
  RaceDetector detector{world, order};
  PossibleRaces possible;

  void observe(Step step) {
    world.observe(step);
    order.observe(step);
    detector.observe(step);
    possible.observe(step, world.lock_sets());
  }
  void observe(Stretch stretch) {
    world.observe(stretch);
    order.observe(stretch);
    detector.observe(stretch);
    possible.observe(stretch, world.lock_sets());
  }
};

// The other look, where accesses raced.
struct EveryPairLook {
  explicit EveryPairLook(const GranuleSet& racy) : every_pair(order, racy) {}

  World world;
  HappensBefore order;
  RaceDetector detector{world, order};
  EveryPair every_pair;
  std::vector<Meeting> meetings;
  std::map<std::uint64_t, std::pair<Epoch, VectorClock>> known_at;  // by code address, which each step has its own
  std::set<std::uint64_t> frees;                                     // their code addresses

  void observe(Step step) {
    look(step);
    if (step.event.op == tenter::trace::Op::free) frees.insert(step.event.pc);
    known_at[step.event.pc] = {order.epoch(step.task), order.clock(step.task)};
  }
  void observe(Stretch stretch) { look(stretch); }

 private:
  template <class What>
  void look(What& what) {
    world.observe(what);
    order.observe(what);
    meetings.clear();
    every_pair.observe(what, meetings);
    detector.observe(what, meetings);
  }
};

// Whatever can be in a stretch is.
template <class Looking>
void observe_in_stretches(const std::vector<Step>& steps, Looking& engines, std::map<std::string, std::uint64_t>& seen) {
  std::vector<PlainAccess> accesses;
  const auto fits = [](const Step& step) {
    const Event& event = step.event;
    return event.op == tenter::trace::Op::access_range && event.value >= 1 && event.value <= 8 &&
           (event.flags & ~tenter::trace::AccessFlag::write) == 0;
  };
  for (std::size_t i = 0; i < steps.size();) {
    accesses.clear();
    const Step& first = steps[i];
    for (; i < steps.size() && fits(steps[i]) && steps[i].task == first.task && steps[i].thread == first.thread; ++i) {
      const Event& event = steps[i].event;
      accesses.push_back({event.object, event.pc, event.soon, event.callers, static_cast<std::uint8_t>(event.value),
                          is_write(event)});
    }
    if (accesses.empty()) {
      engines.observe(steps[i++]);
      continue;
    }
    ++seen["stretches"];
    seen["accesses in stretches"] += accesses.size();
    engines.observe(Stretch{first.task, first.thread, no_locks, accesses});
  }
}

std::set<std::pair<std::uint64_t, std::uint64_t>> places_of(const RaceDetector& detector) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> pairs;
  for (const RaceCandidate& race : detector.candidates())
    pairs.insert(std::minmax(race.left.where.pc, race.right.where.pc));
  return pairs;
}

std::string compare_races(const std::vector<Step>& steps, std::map<std::string, std::uint64_t>& seen) {
  Engines engines, in_stretches;
  for (const Step& step : steps) engines.observe(step);
  observe_in_stretches(steps, in_stretches, seen);
  const RaceDetector& detector = engines.detector;
  const oracle::Races expected = oracle::find_races(steps);
  std::set<std::uint64_t> bytes;
  const std::set<std::pair<std::uint64_t, std::uint64_t>> pairs = places_of(detector);
  for (const RaceCandidate& race : detector.candidates()) {
    const std::uint64_t end = std::min(race.left.address + race.left.size, race.right.address + race.right.size);
    for (std::uint64_t byte = std::max(race.left.address, race.right.address); byte < end; ++byte) bytes.insert(byte);
  }
  EveryPairLook again(detector.racy_granules()), again_in_stretches(detector.racy_granules());
  for (const Step& step : steps) again.observe(step);
  observe_in_stretches(steps, again_in_stretches, seen);
  std::set<std::pair<std::uint64_t, std::uint64_t>> all_pairs = places_of(again.detector);
  const bool same_in_stretches = all_pairs == places_of(again_in_stretches.detector);
  all_pairs.insert(pairs.begin(), pairs.end());
  // Those with a free are the first look's, and not all of them.
  std::set<std::uint64_t> beside_free = again.frees;
  for (const auto& [a, b] : expected.pairs) {
    if (again.frees.contains(a)) beside_free.insert(b);
    if (again.frees.contains(b)) beside_free.insert(a);
  }
  for (const auto& [a, b] : expected.pairs) {
    // Where atomics of several sizes overlap, clocks may order more than there is.
    const bool clocks_order =
        again.known_at[std::max(a, b)].second.contains(again.known_at[std::min(a, b)].first);
    if (!clocks_order && !beside_free.contains(a) && !beside_free.contains(b)) continue;
    if (all_pairs.insert({a, b}).second) ++seen["racy pairs that may be missed"];
  }
  ++seen["traces"];
  seen["events"] += steps.size();
  seen["racy traces"] += !expected.pairs.empty();
  seen["racy pairs"] += expected.pairs.size();
  seen["racy pairs reported"] += pairs.size();
  seen["racy events"] += expected.later_events;
  std::string trouble;
  if (!std::ranges::equal(detector.candidates(), in_stretches.detector.candidates(), same_race) ||
      detector.racy_events() != in_stretches.detector.racy_events() || engines.world.events() != in_stretches.world.events() ||
      engines.possible.any(engines.world.lock_sets()) != in_stretches.possible.any(in_stretches.world.lock_sets()))
    trouble += "  in stretches the same steps are something else\n";
  if (!std::includes(expected.pairs.begin(), expected.pairs.end(), pairs.begin(), pairs.end())) {
    trouble +=
        "  a pair was reported that is ordered: reported" + words(pairs) + ", races" + words(expected.pairs) + "\n";
  }
  if (all_pairs != expected.pairs || !same_in_stretches)
    trouble += "  of the pairs" + words(expected.pairs) + " two looks find" + words(all_pairs) + "\n";
  seen["racy pairs of two looks"] += all_pairs.size();
  if (!std::includes(bytes.begin(), bytes.end(), expected.bytes.begin(), expected.bytes.end())) {
    trouble += "  racy bytes were missed: found" + words(bytes) + ", racy" + words(expected.bytes) + "\n";
  }
  if (detector.racy_events() != expected.later_events) {
    trouble += "  racy events: " + std::to_string(detector.racy_events()) + " instead of " +
               std::to_string(expected.later_events) + "\n";
  }
  return trouble;
}

// Races on the same bytes with the recorder's access filter and without it.
std::string compare_filtered(const std::vector<Step>& steps, std::map<std::string, std::uint64_t>& seen) {
  const std::vector<Step> kept = oracle::filtered(steps);
  const oracle::Races all = oracle::find_races(steps);
  const oracle::Races left = oracle::find_races(kept);
  ++seen["traces"];
  seen["events"] += steps.size();
  seen["events left out"] += steps.size() - kept.size();
  seen["racy traces"] += !all.bytes.empty();
  if (left.bytes == all.bytes) return {};
  return "  racy bytes with the filter:" + words(left.bytes) + "\n  without it:" + words(all.bytes) + "\n";
}

std::string compare_cycles(const std::vector<Step>& steps, std::map<std::string, std::uint64_t>& seen) {
  World world;
  LockOrder engine(world), without_clocks(world, LockOrder::Clocks::none);
  for (Step step : steps) {
    world.observe(step);
    engine.observe(step);
    without_clocks.observe(step);
  }
  std::set<oracle::LockSet> expected;
  for (const oracle::LockSet& locks : oracle::find_lock_cycles(steps)) {
    oracle::LockSet addresses;
    for (const std::uint64_t lock : locks) addresses.insert(lock >> 20 << 20);
    expected.insert(addresses);
  }
  std::set<oracle::LockSet> found;
  for (const LockCycleCandidate& cycle : engine.candidates()) {
    oracle::LockSet locks;
    for (const LockArc& arc : cycle.arcs) locks.insert(arc.held);
    found.insert(locks);
  }
  ++seen["traces"];
  seen["events"] += steps.size();
  seen["cycles"] += expected.size();
  seen["traces with cycles"] += !expected.empty();
  seen["traces without any"] += !without_clocks.any_cycle();
  for (const oracle::LockSet& locks : expected) ++seen["cycles of " + std::to_string(locks.size())];
  std::string trouble;
  if (without_clocks.any_cycle() != engine.any_cycle() || (!found.empty() && !engine.any_cycle()))
    trouble = "  whether there is any cycle depends on clocks\n";
  if (found != expected) {
    trouble += "  found:\n";
    for (const oracle::LockSet& locks : found) trouble += "   " + words(locks) + "\n";
    trouble += "  there are:\n";
    for (const oracle::LockSet& locks : expected) trouble += "   " + words(locks) + "\n";
  }
  return trouble;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  oracle::Arguments arguments;
  const bool understood =
      std::all_of(argv + std::min(argc, 2), argv + argc, [&](const char* each) { return arguments.take(each); });
  if (!understood || (what != "races" && what != "ranges" && what != "parts" && what != "crowds" && what != "filter" && what != "cycles")) {
    std::cerr << "oracle_test races|ranges|parts|crowds|filter|cycles [--seed=N] [--count=N] [--print]\n";
    return 2;
  }
  const auto& [seed, count, print] = arguments;
  const auto flavor = what == "ranges"   ? oracle::Flavor::ranges
                      : what == "crowds" ? oracle::Flavor::crowds
                      : what == "cycles" ? oracle::Flavor::lock_cycles
                                         : oracle::Flavor::races;
  std::map<std::string, std::uint64_t> seen;
  int failures = 0;
  for (std::uint64_t i = 0; i < count && failures < 5; ++i) {
    TextTrace trace;
    const std::vector<std::string> lines = oracle::generate(seed + i, flavor, trace);
    if (print) {
      for (const std::string& line : lines) std::cout << line << '\n';
    }
    const std::vector<Step>& steps = trace.finish();
    const std::string trouble = what == "cycles"   ? compare_cycles(steps, seen)
                                : what == "filter" ? compare_filtered(steps, seen)
                                : what == "parts"  ? compare_parts(steps, seen)
                                                   : compare_races(steps, seen);
    if (trouble.empty()) continue;
    ++failures;
    std::cout << trouble << "  rerun: oracle_test " << what << " --seed=" << seed + i << " --count=1 --print\n";
  }
  for (const auto& [name, number] : seen) std::cout << number << ' ' << name << '\n';
  std::cout << "seeds " << seed << " to " << seed + count - 1 << '\n';
  return failures == 0 ? 0 : 1;
}
