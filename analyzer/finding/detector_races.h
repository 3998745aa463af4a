// From the reports of another detector to the candidates that our own engine would hand over, so that a race reads the same,
// and has the same fingerprint, whoever found it.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "base/stack_table.h"
#include "finding/candidates.h"
#include "order/world.h"
#include "read/detector_report.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {

// Puts what a report says into the terms of one recording: stacks into its table, threads into its world.
//
//   DetectorTerms terms(world, stacks, names);
//   for (const DetectorReport& report : info.reports)
//     if (auto race = terms.race(report)) candidates.races.push_back(*race);
class DetectorTerms {
 public:
  // All must outlive it. `names` is asked for every address of a report.
  DetectorTerms(World& world, StackTable& stacks, NameSource& names) : world_(world), stacks_(stacks), names_(names) {}

  // Nothing where the report is not of two accesses that race.
  std::optional<RaceCandidate> race(const DetectorReport& report);

  // Whatever else it is.
  ToldCandidate other(const DetectorReport& report);

  // The thread or task that the report numbers so. The world hears of those that it does not know, and where each was created.
  TaskId task(const DetectorReport& report, std::uint64_t number);
  // Without the detector's own functions, and with each call once: the detector repeats the address for each inlined function.
  Site site(const Addresses& stack);

 private:
  Addresses plain(const Addresses& stack);
  bool gives_memory_back(const Addresses& stack);
  void learn_of_mutexes(const DetectorReport& report);
  Block block(const DetectorReport& report, std::uint64_t address);

  World& world_;
  StackTable& stacks_;
  NameSource& names_;
  std::map<std::uint64_t, TaskId> strangers_;  // by the detector's number: threads that the recording does not know
};

// All addresses of code in these reports.
std::vector<std::uint64_t> code_addresses(const std::vector<DetectorReport>& reports);

}  // namespace tenter::analysis
