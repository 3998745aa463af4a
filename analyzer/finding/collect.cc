#include "finding/collect.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "finding/fingerprint.h"
#include "finding/lineless_races.h"
#include "finding/rank.h"

namespace tenter::analysis {
namespace {

// Answers nothing and remembers what was asked: a first pass over the candidates with it tells which names the second
// pass needs, so that they are looked up in one batch.
class Wishes : public NameSource {
 public:
  explicit Wishes(const NameSource& real) : real_(real) {}
  void prepare(const std::vector<std::uint64_t>&, const std::vector<std::uint64_t>&) override {}
  const std::vector<Frame>& frames(std::uint64_t return_address) override {
    code_.insert(return_address);
    return nameless_;
  }
  std::optional<DataSymbol> data(std::uint64_t address) override {
    data_.insert(address);
    return std::nullopt;
  }
  bool in_module(std::uint64_t address) const override { return real_.in_module(address); }

  std::vector<std::uint64_t> code() const { return {code_.begin(), code_.end()}; }
  std::vector<std::uint64_t> wanted_data() const { return {data_.begin(), data_.end()}; }

 private:
  const NameSource& real_;
  std::vector<Frame> nameless_ = {Frame{}};
  std::set<std::uint64_t> code_, data_;
};

// The first findings are those of the races. One that another tells better becomes that one once more, behind all others,
// as of two of the same fingerprint the first one is shown.
void join_lineless(const std::vector<RaceCandidate>& races, std::vector<Finding>& findings, Describer& describe) {
  const std::vector<std::optional<std::size_t>> told = told_with_lines(races, describe);
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (!told[i]) continue;
    findings[i].fingerprint = findings[*told[i]].fingerprint;
    findings[i].locations = findings[*told[i]].locations;
  }
  std::vector<Finding> first, again;
  for (std::size_t i = 0; i < findings.size(); ++i)
    (i < told.size() && told[i] ? again : first).push_back(std::move(findings[i]));
  std::ranges::move(again, std::back_inserter(first));
  findings = std::move(first);
}

std::vector<Finding> describe_all(const Candidates& candidates, Describer& describe) {
  std::vector<Finding> findings;
  for (const RaceCandidate& race : candidates.races) findings.push_back(race_finding(race, describe));
  for (const LockCycleCandidate& cycle : candidates.lock_cycles)
    findings.push_back(lock_cycle_finding(cycle, describe));
  for (const DeadlockCandidate& deadlock : candidates.deadlocks)
    findings.push_back(deadlock_finding(deadlock, describe));
  for (const LeakCandidate& leak : candidates.leaks) findings.push_back(leak_finding(leak, describe));
  // Those so far are what timeline_requests() names, in its order.
  for (std::size_t i = 0; i < std::min(findings.size(), candidates.timelines.size()); ++i)
    if (candidates.timelines[i]) findings[i].timeline = timeline_of(*candidates.timelines[i], findings[i], describe);
  for (std::size_t i = 0; i < candidates.races.size(); ++i) {
    if (!findings[i].timeline) continue;
    tell_synchronization(*findings[i].timeline, findings[i]);
    findings[i].explanation += explain_handover(*candidates.timelines[i], describe);
  }
  join_lineless(candidates.races, findings, describe);
  for (const LeftBySelectCandidate& left : candidates.left_by_select)
    findings.push_back(left_by_select_finding(left, describe));
  for (const LostCancelCandidate& lost : candidates.lost_cancels)
    findings.push_back(lost_cancel_finding(lost, describe));
  for (const LeftHeldCandidate& left : candidates.left_held) findings.push_back(left_held_finding(left, describe));
  for (const HeldWaitingCandidate& held : candidates.held_waiting)
    findings.push_back(held_waiting_finding(held, describe));
  for (const MisuseCandidate& misuse : candidates.misuse) {
    // A newer recorder may know kinds that we do not.
    if (misuse.kind > trace::MisuseKind::wait_group_misuse) continue;
    // The program's own word that all sleep adds nothing to the wait graph's, which names the waits.
    if (misuse.kind == trace::MisuseKind::all_tasks_asleep && !candidates.deadlocks.empty()) continue;
    findings.push_back(misuse_finding(misuse, describe));
  }
  for (const ToldCandidate& told : candidates.told)
    if (has_kind(told)) findings.push_back(told_finding(told, describe));
  return findings;
}

}  // namespace

std::vector<Finding> collect_findings(const Candidates& candidates, const World& world, const StackTable& stacks,
                                      NameSource& names) {
  Wishes wishes(names);
  Describer wishing(world, stacks, wishes);
  describe_all(candidates, wishing);
  names.prepare(wishes.code(), wishes.wanted_data());
  Describer describe(world, stacks, names);
  std::vector<Finding> findings = describe_all(candidates, describe);
  for (Finding& finding : findings) finding.weak_fingerprint = weak_fingerprint(finding);
  return merge_duplicates(std::move(findings));
}

TimelineRef describe_run(const Timeline& run, const World& world, const StackTable& stacks, NameSource& names) {
  const Finding none;
  Wishes wishes(names);
  Describer wishing(world, stacks, wishes);
  timeline_of(run, none, wishing);
  names.prepare(wishes.code(), wishes.wanted_data());
  Describer describe(world, stacks, names);
  return timeline_of(run, none, describe);
}

}  // namespace tenter::analysis
