#include "cli/gate_command.h"

#include <optional>
#include <sstream>

#include "base/text.h"
#include "cli/files.h"
#include "cli/say.h"
#include "report/gate.h"
#include "report/json_report.h"

namespace tenter::analysis {
namespace {

Result<ReportDocument> read_all(const std::vector<std::string>& paths) {
  ReportDocument joined;
  for (const std::string& path : paths) {
    const Result<std::string> text = read_text_file(path);
    if (!text) return text.error();
    const Result<ReportDocument> one = read_report(*text, path);
    if (!one) return one.error();
    joined.join(*one);
  }
  return joined;
}

void list(std::ostream& out, const std::vector<GateEntry>& entries) {
  for (const GateEntry& entry : entries) {
    out << "  ";
    if (!entry.place.empty()) out << escape_for_terminal(entry.place) << ": ";
    if (!entry.severity.empty()) out << escape_for_terminal(entry.severity) << ": ";
    out << escape_for_terminal(entry.message) << " [" << escape_for_terminal(entry.kind) << "] "
        << escape_for_terminal(entry.fingerprint) << '\n';
  }
}

int update(const GateVerdict& verdict, const std::vector<GateEntry>& old, const GateOptions& options) {
  std::vector<GateEntry> agreed = verdict.known;
  agreed.insert(agreed.end(), verdict.fresh.begin(), verdict.fresh.end());
  // A run that was cut short does not show that an entry is gone.
  const bool sure = verdict.incomplete.empty();
  if (!sure) agreed.insert(agreed.end(), old.begin(), old.end());
  if (const Result<bool> written = write_text_file(options.baseline, baseline_text(agreed, TENTER_VERSION)); !written)
    return fail(written.error());
  std::ostringstream out;
  out << escape_for_terminal(options.baseline) << ": " << counted(verdict.fresh.size(), "finding") << " added, "
      << (sure ? verdict.gone.size() : 0) << " removed\n";
  if (const Result<bool> told = write_to_stdout(out.str()); !told) return fail(told.error());
  if (sure || options.allow_incomplete) return status_of(ExitCode::clean);
  say("the baseline was updated, but nothing was taken out of it, because a recording is incomplete: " +
      verdict.incomplete.front());
  return status_of(ExitCode::inconclusive);
}

}  // namespace

int run_gate(const GateOptions& options) {
  if (options.update_baseline && options.baseline.empty())
    return fail({"--update-baseline needs --baseline FILE, the file to write", ExitCode::usage});
  // Two jobs that update one baseline come one after the other, so neither's entries are lost.
  std::optional<FileLock> lock;
  if (options.update_baseline) lock.emplace(options.baseline);

  const Result<ReportDocument> reports = read_all(options.reports);
  if (!reports) return fail(reports.error());
  std::vector<GateEntry> baseline;
  if (!options.baseline.empty()) {
    if (exists(options.baseline)) {
      const Result<std::string> text = read_text_file(options.baseline);
      if (!text) return fail(text.error());
      Result<std::vector<GateEntry>> entries = read_baseline(*text, options.baseline);
      if (!entries) return fail(entries.error());
      baseline = std::move(*entries);
    } else if (!options.update_baseline) {
      return fail({options.baseline +
                       ": the baseline is missing, so nothing can be compared with it; make one with --update-baseline",
                   ExitCode::inconclusive});
    }
  }

  const GateVerdict verdict = compare(*reports, baseline);
  if (options.update_baseline) return update(verdict, baseline, options);

  std::ostringstream out;
  if (!verdict.fresh.empty()) {
    out << counted(verdict.fresh.size(), "finding")
        << (options.baseline.empty() ? ":\n" : " that the baseline lacks:\n");
    list(out, verdict.fresh);
  }
  if (!verdict.gone.empty()) {
    out << counted(verdict.gone.size(), "entry", "entries")
        << " of the baseline that no report shows any more (--update-baseline takes them out):\n";
    list(out, verdict.gone);
  }
  if (!verdict.known.empty()) out << counted(verdict.known.size(), "finding") << " in the baseline, not counted.\n";
  if (verdict.fresh.empty())
    out << (verdict.incomplete.empty() || options.allow_incomplete
                ? "The gate is open: no new findings.\n"
                : "No new findings, but the evidence is incomplete.\n");
  if (const Result<bool> told = write_to_stdout(out.str()); !told) return fail(told.error());

  if (!verdict.fresh.empty()) return status_of(ExitCode::findings);
  if (reports->recordings().empty()) {
    say("the reports tell of no recording, so their silence proves nothing; check a recording first");
    return status_of(ExitCode::inconclusive);
  }
  if (!verdict.incomplete.empty() && !options.allow_incomplete) {
    for (const std::string& recording : verdict.incomplete) say("incomplete: " + recording);
    return status_of(ExitCode::inconclusive);
  }
  return status_of(ExitCode::clean);
}

int run_merge(const MergeOptions& options) {
  const Result<ReportDocument> reports = read_all(options.reports);
  if (!reports) return fail(reports.error());
  const Result<bool> written = write_text_file(options.output.empty() ? "-" : options.output, text_of(reports->json()));
  if (!written) return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  return status_of(ExitCode::clean);
}

}  // namespace tenter::analysis
