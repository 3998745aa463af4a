// Any recording, and any of RAPID's traces: every engine must end, within bounds, and whatever it finds must go through the report.
#include <cstddef>
#include <cstdint>
#include <sstream>

#include "check/analyses.h"
#include "check/check_recording.h"
#include "input_bytes.h"
#include "read/recording.h"
#include "report/json_report.h"
#include "report/text_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  const auto recording = open_recording_bytes("fuzz.tent", input_bytes(data, size));
  if (!recording) return 0;
  CheckSettings settings;
  settings.analyses = default_analyses(/*deep=*/true);
  settings.asked_to_predict = true;
  settings.symbolize = false;
  settings.timelines = true;
  Checked checked = check_recording(**recording, settings, [](std::uint64_t, std::uint64_t) {});
  const Report report = join_recordings("0", {checked.summary}, {std::move(checked.findings)});
  std::ostringstream text;
  write_json(report, text);
  write_text(report, RenderOptions{}, text);
  return 0;
}
