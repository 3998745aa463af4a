#include "report/report.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "finding/rank.h"

namespace tenter::analysis {

int analysis_rank(const std::string& name) {
  static const std::vector<std::string> order = {"hb", "shb", "syncp", "osr", "deadlock", "spd", "leak", "misuse"};
  return static_cast<int>(std::ranges::find(order, name) - order.begin());
}

std::vector<AnalysisSummary> sum_analyses(const std::vector<RecordingSummary>& recordings) {
  std::vector<AnalysisSummary> sums;
  for (const RecordingSummary& recording : recordings) {
    for (const AnalysisSummary& one : recording.analyses) {
      const auto known =
          std::find_if(sums.begin(), sums.end(), [&](const AnalysisSummary& sum) { return sum.name == one.name; });
      if (known == sums.end()) {
        sums.push_back(one);
        continue;
      }
      known->racy_events += one.racy_events;
      known->racy_places += one.racy_places;
      known->deadlocks += one.deadlocks;
    }
  }
  std::ranges::sort(sums, {}, [](const AnalysisSummary& sum) { return std::pair(analysis_rank(sum.name), sum.name); });
  return sums;
}

std::string recording_key(const RecordingSummary& recording) {
  return recording.id.empty() ? recording.path : recording.id;
}

Report join_recordings(std::string version, std::vector<RecordingSummary> recordings,
                       std::vector<std::vector<Finding>> found) {
  std::vector<std::size_t> order(recordings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(recordings[a].path, recordings[a].id, a) < std::tie(recordings[b].path, recordings[b].id, b);
  });
  Report report;
  report.version = std::move(version);
  std::set<std::string> taken;
  std::map<std::string, std::vector<std::uint64_t>> seen;
  std::vector<Finding> all;
  for (const std::size_t r : order) {
    if (!taken.insert(recording_key(recordings[r])).second) continue;
    for (Finding& finding : found[r]) {
      finding.recordings = {recordings[r].path};
      std::vector<std::uint64_t>& counts = seen[finding.fingerprint];
      counts.resize(report.recordings.size() + 1);
      counts.back() += finding.count;
      all.push_back(std::move(finding));
    }
    report.recordings.push_back(std::move(recordings[r]));
  }
  report.findings = merge_duplicates(std::move(all));
  for (const Finding& finding : report.findings) report.counts.push_back(seen[finding.fingerprint]);
  report.analyses = sum_analyses(report.recordings);
  return report;
}

}  // namespace tenter::analysis
