#include "cli/check_command.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "check/analyses.h"
#include "check/check_recording.h"
#include "cli/check_files.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/say.h"

namespace tenter::analysis {
namespace {

// Together; what is not to be had counts as nothing.
std::uint64_t bytes_of(const std::vector<std::string>& files) {
  std::uint64_t all = 0;
  for (const std::string& file : files) {
    std::error_code unknown;
    const std::uintmax_t size = std::filesystem::file_size(file, unknown);
    if (!unknown) all += size;
  }
  return all;
}

// What a side of a race synchronized last takes a second look at the run. Of a larger recording it is told where another
// format than text is asked for, which takes that look anyway.
constexpr std::uint64_t most_bytes_looked_at_again_for_text = std::uint64_t{256} << 20;

}  // namespace

Result<CheckOutcome> check_recordings(CheckOptions options) {
  const auto files = static_cast<unsigned>(std::clamp<std::size_t>(options.files.size(), 1, 1U << 16));
  unsigned at_a_time = 1;
  if (options.jobs != 0) {
    at_a_time = std::min(options.jobs, files);
    options.threads = options.jobs / at_a_time;
  } else if (options.memory_limit == 0) {
    // Unasked no more memory is used than one recording takes, and where memory is limited, than one thread takes.
    options.threads = std::max(1U, std::thread::hardware_concurrency());
  }
  Progress progress(bytes_of(options.files), Progress::to_terminal());
  const Advance advance = [&](std::uint64_t bytes, std::uint64_t events) { progress.advance(bytes, events); };
  return check_files(options.files, options, at_a_time, [&](const std::string& file) -> Result<Checked> {
    const Result<std::unique_ptr<Recording>> recording = open_recording(file);
    if (!recording) return recording.error();
    CheckSettings settings = options;
    settings.timelines = options.timelines || bytes_of({file}) <= most_bytes_looked_at_again_for_text;
    Checked checked = check_recording(**recording, settings, advance);
    if (Result<std::string> id = content_id(file)) checked.summary.id = *id;
    return checked;
  });
}

int conclude(const CheckOutcome& outcome) {
  for (const std::string& warning : outcome.warnings) say(warning);
  for (const Error& error : outcome.unusable) say(error.sentence);
  for (const std::string& remark : outcome.remarks) say(remark);
  if (!outcome.unusable.empty()) {
    // Of several troubles the one that is not the file's fault is told by the status.
    int status = 0;
    for (const Error& error : outcome.unusable) status = std::max(status, status_of(error.exit_code));
    return status;
  }
  const std::vector<Finding>& findings = outcome.report.findings;
  // Whether a task had ended when the program did is a matter of luck, and a gate that fails by luck is switched off.
  if (std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.severity != "note"; }))
    return status_of(ExitCode::findings);
  for (const RecordingSummary& recording : outcome.report.recordings) {
    if (recording.conclusive) continue;
    say(recording.path + ": " + (findings.empty() ? "nothing" : "nothing but notes") +
        " was found, but that proves nothing: " +
        (recording.notes.empty() ? std::string("the recording is incomplete.") : recording.notes.front()));
    return status_of(ExitCode::inconclusive);
  }
  return status_of(ExitCode::clean);
}

int run_check(const CheckArguments& arguments) {
  if (arguments.list_analyses) {
    std::string text;
    for (const AnalysisChoice& choice : available_analyses())
      text += std::string(choice.name) + "\n    " + choice.promise + '\n';
    const Result<bool> written = write_to_stdout(text);
    return written ? status_of(ExitCode::clean) : fail(written.error());
  }
  Result<CheckOptions> options = understand(arguments);
  if (!options) return fail(options.error());
  Result<CheckOutcome> outcome = check_recordings(*options);
  if (!outcome) return fail(outcome.error());
  // Where not one file could be read there is nothing to report.
  if (outcome->unusable.size() < options->files.size())
    if (const Result<bool> written = write_outputs(outcome->report, options->outputs, options->style); !written)
      return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  return conclude(*outcome);
}

}  // namespace tenter::analysis
