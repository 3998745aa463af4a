#include "cli/gate_command.h"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "base/text.h"
#include "cli/files.h"
#include "cli/github_actions.h"
#include "cli/outputs.h"
#include "cli/say.h"
#include "finding/describe.h"
#include "report/gate.h"
#include "report/report_of_json.h"

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

void line(std::ostream& out, const GateEntry& entry) {
  out << "  ";
  if (!entry.place.empty()) out << escape_for_terminal(entry.place) << ": ";
  if (!entry.severity.empty()) out << escape_for_terminal(entry.severity) << ": ";
  out << escape_for_terminal(entry.message) << " [" << escape_for_terminal(entry.kind) << "] "
      << escape_for_terminal(entry.fingerprint) << '\n';
}

void list(std::ostream& out, const std::vector<GateEntry>& entries) {
  for (const GateEntry& entry : entries) line(out, entry);
}

void list_rules(std::ostream& out, const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) out << "  " << escape_for_terminal(rule) << '\n';
}

// All that the verdict knows, what closes the gate first.
void list(std::ostream& out, const GateVerdict& verdict, bool has_baseline) {
  if (!verdict.fresh.empty()) {
    out << counted(verdict.fresh.size(), "finding") << (has_baseline ? " that the baseline lacks:\n" : ":\n");
    list(out, verdict.fresh);
  }
  if (!verdict.moved.empty()) {
    out << counted(verdict.moved.size(), "finding")
        << " in the baseline, perhaps moved, not counted: the functions and the variable are the same (--update-baseline "
           "takes the new place over):\n";
    for (const MovedEntry& moved : verdict.moved) {
      line(out, moved.now);
      out << "    was" << (moved.before.place.empty() ? "" : " at ") << escape_for_terminal(moved.before.place) << ": "
          << escape_for_terminal(moved.before.fingerprint) << '\n';
    }
  }
  if (!verdict.known.empty()) {
    out << counted(verdict.known.size(), "finding") << " in the baseline, not counted:\n";
    list(out, verdict.known);
  }
  if (!verdict.gone.empty()) {
    out << counted(verdict.gone.size(), "entry", "entries")
        << " of the baseline that no report shows any more (--update-baseline takes them out):\n";
    list(out, verdict.gone);
  }
  if (!verdict.unasked.empty()) {
    out << counted(verdict.unasked.size(), "entry", "entries")
        << " of the baseline of kinds that nobody looked for (--kinds, --checks):\n";
    list(out, verdict.unasked);
  }
  if (!verdict.suppressed.empty()) {
    out << counted(verdict.suppressed.size(), "finding") << " suppressed, not counted:\n";
    for (const SuppressedEntry& one : verdict.suppressed) {
      line(out, one.entry);
      out << "    by " << escape_for_terminal(one.rule) << '\n';
    }
  }
  if (!verdict.unused.empty()) {
    out << counted(verdict.unused.size(), "suppression") << " that matched nothing:\n";
    list_rules(out, verdict.unused);
  }
  if (!verdict.expired.empty()) {
    out << counted(verdict.expired.size(), "suppression") << " that expired, so that the findings are shown again:\n";
    list_rules(out, verdict.expired);
  }
}

// The first few, and how many more there are.
std::string some_of(const std::set<std::string>& programs) {
  constexpr std::size_t most = 3;
  std::vector<std::string> names(programs.begin(), programs.end());
  if (names.size() > most) {
    const std::size_t more = names.size() - most;
    names.resize(most);
    names.push_back(std::to_string(more) + " more");
  }
  return in_words(names);
}

int update(const GateVerdict& verdict, const Baseline& old, const GateOptions& options) {
  Baseline next{verdict.known, verdict.programs};
  std::vector<GateEntry>& agreed = next.entries;
  agreed.insert(agreed.end(), verdict.fresh.begin(), verdict.fresh.end());
  for (const MovedEntry& moved : verdict.moved) agreed.push_back(moved.now);
  agreed.insert(agreed.end(), verdict.unasked.begin(), verdict.unasked.end());
  // A run that was cut short does not show that an entry is gone.
  const bool sure = verdict.incomplete.empty();
  if (!sure) agreed.insert(agreed.end(), old.entries.begin(), old.entries.end());
  if (!sure || !verdict.unasked.empty()) next.programs.insert(old.programs.begin(), old.programs.end());
  if (const Result<bool> written = write_text_file(options.baseline, baseline_text(next, TENTER_VERSION)); !written)
    return fail(written.error());
  std::ostringstream out;
  out << escape_for_terminal(options.baseline) << ": " << counted(verdict.fresh.size(), "finding") << " added, "
      << (sure ? verdict.gone.size() : 0) << " removed";
  if (!verdict.moved.empty()) out << ", " << verdict.moved.size() << " moved";
  out << '\n';
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
  Result<std::vector<Output>> outputs = parse_outputs(options.formats, options.output, "text");
  if (!outputs) return fail(outputs.error());
  // The list below is the text.
  if (options.formats.empty() && options.output.empty()) outputs->clear();
  std::erase_if(*outputs,
                [](const Output& output) { return output.path == "-" && output.format == find_format("text"); });
  // Two jobs that update one baseline come one after the other, so neither's entries are lost.
  std::optional<FileLock> lock;
  if (options.update_baseline) lock.emplace(options.baseline);

  const Result<ReportDocument> reports = read_all(options.reports);
  if (!reports) return fail(reports.error());
  Baseline baseline;
  if (!options.baseline.empty()) {
    if (exists(options.baseline)) {
      const Result<std::string> text = read_text_file(options.baseline);
      if (!text) return fail(text.error());
      Result<Baseline> read = read_baseline(*text, options.baseline);
      if (!read) return fail(read.error());
      baseline = std::move(*read);
    } else if (!options.update_baseline) {
      return fail({options.baseline +
                       ": the baseline is missing, so nothing can be compared with it; make one with --update-baseline",
                   ExitCode::inconclusive});
    }
  }

  const GateVerdict verdict =
      compare(*reports, baseline, {options.fail_on, options.required_modules, options.min_events});
  if (options.update_baseline) return update(verdict, baseline, options);

  std::ostringstream out;
  list(out, verdict, !options.baseline.empty());
  if (verdict.fresh.empty() && !verdict.of_other_programs)
    out << (verdict.incomplete.empty() || options.allow_incomplete
                ? "The gate is open: no new findings.\n"
                : "No new findings, but the evidence is incomplete.\n");
  std::set<std::string> agreed;
  for (const GateEntry& entry : baseline.entries) agreed.insert(entry.fingerprint);
  for (const MovedEntry& moved : verdict.moved) agreed.insert(moved.now.fingerprint);
  OutputStyle style;
  style.annotate = true;
  style.known = options.baseline.empty() ? nullptr : &agreed;
  const bool takes_stdout = std::ranges::any_of(*outputs, [](const Output& output) { return output.path == "-"; });
  if (!takes_stdout)
    if (const Result<bool> told = write_to_stdout(fenced_for_log(out.str())); !told) return fail(told.error());
  if (const Result<bool> written = write_outputs(report_of_json(reports->json()), *outputs, style); !written)
    return fail(written.error());

  if (verdict.of_other_programs)
    say(options.baseline + ": this baseline is of " + some_of(baseline.programs) + ", and the reports are of " +
        some_of(verdict.programs) + "; give the baseline of these, or make it theirs with --update-baseline");
  if (!verdict.fresh.empty()) return status_of(ExitCode::findings);
  if (verdict.of_other_programs) return status_of(ExitCode::inconclusive);
  if (reports->recordings().empty()) {
    say("the reports tell of no recording, so their silence proves nothing; check a recording first");
    return status_of(ExitCode::inconclusive);
  }
  if (!verdict.incomplete.empty() && !options.allow_incomplete) {
    for (std::string reason : verdict.incomplete) {
      if (reason.ends_with('.')) reason.pop_back();
      say("incomplete: " + reason + "; mend that, or let it pass with --allow-incomplete");
    }
    return status_of(ExitCode::inconclusive);
  }
  return status_of(ExitCode::clean);
}

int run_merge(const MergeOptions& options) {
  const Result<std::vector<Output>> outputs = parse_outputs(options.formats, options.output, "json");
  if (!outputs) return fail(outputs.error());
  const Result<ReportDocument> reports = read_all(options.reports);
  if (!reports) return fail(reports.error());
  if (const Result<bool> written = write_outputs(report_of_json(reports->json()), *outputs, {}); !written)
    return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  return status_of(ExitCode::clean);
}

}  // namespace tenter::analysis
