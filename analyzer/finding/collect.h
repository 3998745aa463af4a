// From candidates to Findings: names, words, fingerprints. What is a bug was decided by the engines.
#pragma once
#include <cstddef>
#include <vector>

#include "base/stack_table.h"
#include "finding/candidates.h"
#include "finding/describe.h"
#include "finding/finding.h"

namespace tenter::analysis {

// All findings of one recording, duplicates merged, in the order of reports (rank.h). Every address is looked up in
// one batch. The result depends on the arguments alone.
std::vector<Finding> collect_findings(const Candidates& candidates, const World& world, const StackTable& stacks,
                                      NameSource& names);

// What to look for in the run once more, so that findings can show what happened around them: races, cycles of locks,
// deadlocks and leaks, in this order.
std::vector<TimelineRequest> timeline_requests(const Candidates& candidates);
// Its marks belong to the sides of `finding` that their tasks are.
TimelineRef timeline_of(const Timeline& timeline, const Finding& finding, Describer& describe);
// What each side of a race did last before it and next after it, as its timeline tells.
void tell_synchronization(const TimelineRef& timeline, Finding& race);
// Of two accesses that nothing orders, the atomic that looks as if it did; empty where there is none.
std::string explain_handover(const Timeline& timeline, Describer& describe);

// A whole run's, which is about no finding. Every address is looked up in one batch.
TimelineRef describe_run(const Timeline& run, const World& world, const StackTable& stacks, NameSource& names);

// How many source lines these sites are on; how many hold the later access of a racing pair.
std::size_t count_places(const std::vector<Site>& sites, Describer& describe);
std::size_t count_racy_places(const std::vector<RaceCandidate>& races, Describer& describe);

// One file a family of kinds; each turns one candidate into one Finding.
Finding race_finding(const RaceCandidate& race, Describer& describe);
WitnessRef witness_of(const Witness& witness, Describer& describe);
Finding lock_cycle_finding(const LockCycleCandidate& cycle, Describer& describe);
Finding deadlock_finding(const DeadlockCandidate& deadlock, Describer& describe);
Finding leak_finding(const LeakCandidate& leak, Describer& describe);
Finding held_waiting_finding(const HeldWaitingCandidate& held, Describer& describe);
Finding left_by_select_finding(const LeftBySelectCandidate& left, Describer& describe);
Finding left_held_finding(const LeftHeldCandidate& left, Describer& describe);
Finding lost_cancel_finding(const LostCancelCandidate& lost, Describer& describe);
// Has what the detector says a kind of ours? Only then can there be a finding.
bool has_kind(const ToldCandidate& told);
Finding told_finding(const ToldCandidate& told, Describer& describe);
Finding misuse_finding(const MisuseCandidate& misuse, Describer& describe);

}  // namespace tenter::analysis
