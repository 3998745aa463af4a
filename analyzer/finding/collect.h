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

// How many source lines these sites are on; how many hold the later access of a racing pair.
std::size_t count_places(const std::vector<Site>& sites, Describer& describe);
std::size_t count_racy_places(const std::vector<RaceCandidate>& races, Describer& describe);

// One file a family of kinds; each turns one candidate into one Finding.
Finding race_finding(const RaceCandidate& race, Describer& describe);
WitnessRef witness_of(const Witness& witness, Describer& describe);
Finding lock_cycle_finding(const LockCycleCandidate& cycle, Describer& describe);
Finding deadlock_finding(const DeadlockCandidate& deadlock, Describer& describe);
Finding leak_finding(const LeakCandidate& leak, Describer& describe);
Finding lost_cancel_finding(const LostCancelCandidate& lost, Describer& describe);
Finding misuse_finding(const MisuseCandidate& misuse, Describer& describe);

}  // namespace tenter::analysis
