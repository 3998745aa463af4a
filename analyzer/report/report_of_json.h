// The way back from the JSON report: what json_of() wrote becomes the same Report again, so that every format can be made
// of a stored or joined report.
//
//   Result<ReportDocument> joined = read_report(text, "all.json");
//   write_sarif(report_of_json(joined->json()), {}, out);
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "report/report.h"

namespace tenter::analysis {

// json_of(report_of_json(json)) is json for every document of ReportDocument::json(). What is missing in a document
// from elsewhere, or is of another type, is left empty.
Report report_of_json(const nlohmann::ordered_json& document);

}  // namespace tenter::analysis
