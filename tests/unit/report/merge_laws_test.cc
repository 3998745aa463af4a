// Joining reports is a semilattice: whatever was joined, in whatever order and however often, gives the same bytes.
//
//   RC_PARAMS="seed=7 max_success=10000" build/bin/report_laws_test     looks longer; a failure prints its seed
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "random_reports.h"
#include "report/report_of_json.h"

namespace tenter::analysis {
namespace {

ReportDocument joined(const ReportDocument& a, const ReportDocument& b) {
  ReportDocument both = a;
  both.join(b);
  return both;
}

std::string bytes(const ReportDocument& document) { return text_of(document.json()); }

// The way that `tenter merge` goes between two machines.
ReportDocument through_a_file(const ReportDocument& document) {
  Result<ReportDocument> again = read_report(bytes(document), "again.json");
  RC_ASSERT(static_cast<bool>(again));
  return std::move(*again);
}

RC_GTEST_PROP(MergeLaws, commutative, ()) {
  const ReportDocument a = some_document(), b = some_document();
  RC_ASSERT(bytes(joined(a, b)) == bytes(joined(b, a)));
}

RC_GTEST_PROP(MergeLaws, associative, ()) {
  const ReportDocument a = some_document(), b = some_document(), c = some_document();
  RC_ASSERT(bytes(joined(joined(a, b), c)) == bytes(joined(a, joined(b, c))));
  RC_ASSERT(bytes(joined(through_a_file(joined(a, b)), c)) == bytes(joined(a, through_a_file(joined(b, c)))));
}

RC_GTEST_PROP(MergeLaws, idempotent, ()) {
  const ReportDocument a = some_document(), b = some_document();
  RC_ASSERT(bytes(joined(a, a)) == bytes(a));
  // What was joined once may come again, by itself or within another.
  RC_ASSERT(bytes(joined(joined(a, b), a)) == bytes(joined(a, b)));
  RC_ASSERT(bytes(joined(joined(a, b), joined(b, a))) == bytes(joined(a, b)));
}

RC_GTEST_PROP(MergeLaws, nothing_is_neutral, ()) {
  const ReportDocument a = some_document();
  RC_ASSERT(bytes(joined(a, ReportDocument())) == bytes(a));
  RC_ASSERT(bytes(joined(ReportDocument(), a)) == bytes(a));
}

RC_GTEST_PROP(MergeLaws, any_partition_gives_the_same, ()) {
  std::vector<ReportDocument> all(*rc::gen::inRange<std::size_t>(1, 7));
  for (ReportDocument& one : all) one = some_document();
  ReportDocument in_turn;
  for (const ReportDocument& one : all) in_turn.join(one);
  // Machines take what comes, and some of it twice; then their results are joined from the last one on.
  std::vector<ReportDocument> machines(3);
  for (const ReportDocument& one : all)
    for (int times = *rc::gen::inRange(1, 3); times > 0; --times)
      machines[*rc::gen::inRange<std::size_t>(0, 3)].join(one);
  ReportDocument whole;
  for (auto machine = machines.rbegin(); machine != machines.rend(); ++machine) whole.join(through_a_file(*machine));
  RC_ASSERT(bytes(whole) == bytes(in_turn));
}

RC_GTEST_PROP(MergeLaws, a_report_of_check_is_merged_already, ()) {
  const std::string text = text_of(json_of(some_report()));
  const Result<ReportDocument> document = read_report(text, "report.json");
  RC_ASSERT(static_cast<bool>(document));
  RC_ASSERT(bytes(*document) == text);
}

// Other formats are made of what was joined by way of a Report.
RC_GTEST_PROP(MergeLaws, what_is_joined_is_a_report_again, ()) {
  const nlohmann::ordered_json json = joined(some_document(), some_document()).json();
  RC_ASSERT(text_of(json_of(report_of_json(json))) == text_of(json));
}

RC_GTEST_PROP(MergeLaws, no_finding_and_no_loss_is_forgotten, ()) {
  const ReportDocument a = some_document(), b = some_document(), both = joined(a, b);
  for (const ReportDocument* one : {&a, &b}) {
    for (const auto& [print, entry] : one->findings()) RC_ASSERT(both.findings().contains(print));
    for (const auto& [key, suppression] : one->suppressions())
      for (const auto& [print, taken] : suppression.taken) RC_ASSERT(both.suppressions().at(key).taken.contains(print));
    for (const auto& [key, told] : one->recordings())
      if (both.recordings().at(key).conclusive()) {
        // Only two halves make a whole; what was cut short stays so.
        RC_ASSERT(told.conclusive() || !told.shards.contains("1/1"));
      }
  }
}

}  // namespace
}  // namespace tenter::analysis
