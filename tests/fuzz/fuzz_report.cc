// Any text for a report or a baseline: it is read or refused; what was read can be joined, written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "report/formats.h"
#include "report/gate.h"
#include "report/merge_reports.h"
#include "report/report_of_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Result<ReportDocument> report = read_report(text, "fuzz.json");
  if (!report) return 0;
  ReportDocument twice = *report;
  twice.join(*report);
  const std::string written = report->json().dump();
  if (twice.json().dump() != written) std::abort();   // joining a report with itself changes nothing
  const Result<ReportDocument> again = read_report(written, "again.json");
  if (!again || again->json().dump() != written) std::abort();
  const Report shown = report_of_json(report->json());
  for (const Format& format : formats()) {
    std::ostringstream out;
    format.write(shown, {}, out);
  }
  return 0;
}
