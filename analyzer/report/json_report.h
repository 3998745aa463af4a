// The report as JSON, as docs/report-schema.json describes it. Keys come in a fixed order, and the text is valid UTF-8
// whatever the recording held: bytes that are not become U+FFFD.
#pragma once
#include <ostream>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "report/report.h"

namespace tenter::analysis {

constexpr int report_schema_version = 1;

nlohmann::ordered_json json_of(const Report& report);
void write_json(const Report& report, std::ostream& out);
// Any document of ours as text: indented, closed with a newline.
std::string text_of(const nlohmann::ordered_json& document);

}  // namespace tenter::analysis
