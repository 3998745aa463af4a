// The formats in which a report can be written. Each shows the same Report and decides nothing about it; the JSON report
// holds all that there is, so that any other format can be made of it later (report_of_json()).
//
//   const Format* sarif = find_format("sarif");
//   sarif->write(report, {.folder = "/src/bank"}, out);
#pragma once
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "report/render_options.h"
#include "report/report.h"

namespace tenter::analysis {

struct Format {
  const char* name;  // as in --format NAME
  const char* tells;
  void (*write)(const Report& report, const RenderOptions& options, std::ostream& out);
  bool of_timelines = false;  // findings without one are not in it
};

// In the order in which help lists them.
const std::vector<Format>& formats();
// Null where there is none of that name.
const Format* find_format(std::string_view name);
// "text, json, sarif and html"
std::string names_of_formats();

}  // namespace tenter::analysis
