// Reports for laws: each as `tenter check` would make it of some recordings, few enough of everything to overlap in every way.
#pragma once
#include <rapidcheck.h>

#include "made_up_report.h"

namespace tenter::analysis {

inline bool one_in(int n) { return *rc::gen::inRange(0, n) == 0; }

inline Finding some_finding() {
  Finding finding = one_in(6) ? note() : race(*rc::gen::inRange(0u, 6u), *rc::gen::inRange<std::uint64_t>(1, 4));
  if (one_in(4)) finding.certainty = "predicted";
  if (one_in(4)) finding.message += " (told in another way)";
  if (one_in(3)) finding.weak_fingerprint = std::string(31, 'e') + *rc::gen::element('0', '1');
  return finding;
}

inline SuppressionUse some_suppression() {
  SuppressionUse use;
  use.file = "races.supp";
  use.line = *rc::gen::inRange<std::uint64_t>(1, 12);
  use.rule = "race:third_party";
  use.reason = *rc::gen::element<std::string>("", "old", "agreed on");
  use.expired = one_in(4);
  const unsigned end = *rc::gen::inRange(0u, 3u);
  for (unsigned which = 0; which < end; ++which) {
    const Finding finding = race(which);
    use.taken.push_back({finding.fingerprint, finding.kind, finding.severity,
                         one_in(3) ? "told in another way" : finding.message, finding.locations.front()});
  }
  return use;
}

inline Report some_report() {
  std::vector<std::pair<RecordingSummary, std::vector<Finding>>> parts(*rc::gen::inRange<std::size_t>(0, 4));
  for (auto& [summary, findings] : parts) {
    summary = recording("run" + std::to_string(*rc::gen::inRange(0, 4)), !one_in(4));
    if (one_in(3)) summary.shards = {std::to_string(*rc::gen::inRange(1, 3)) + "/2"};
    if (one_in(5)) summary.kinds = {"deadlock"};
    for (int left = *rc::gen::inRange(0, 5); left > 0; --left) findings.push_back(some_finding());
    findings = merge_duplicates(std::move(findings));
  }
  Report report = report_of(std::move(parts));
  std::map<std::uint64_t, SuppressionUse> rules;
  for (int left = *rc::gen::inRange(0, 3); left > 0; --left) {
    SuppressionUse use = some_suppression();
    rules[use.line] = use;
  }
  for (const auto& [line, use] : rules) report.suppressions.push_back(use);
  return report;
}

inline ReportDocument some_document() { return document_of(some_report()); }

}  // namespace tenter::analysis
