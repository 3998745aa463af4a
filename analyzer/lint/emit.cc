#include "lint/emit.h"

namespace tenter::lint {

using namespace clang;

std::string sentence(const LintFinding& finding) {
  return (finding.certain ? "" : "possibly, ") + finding.text + " [tenter-" + info(finding.check).id + "]";
}

void emit(const std::vector<LintFinding>& findings, DiagnosticsEngine& diagnostics) {
  if (diagnostics.getIgnoreAllWarnings()) return;
  for (const LintFinding& finding : findings) {
    const bool error = finding.certain && diagnostics.getWarningsAsErrors();
    const unsigned id =
        diagnostics.getCustomDiagID(error ? DiagnosticsEngine::Error : DiagnosticsEngine::Warning, "%0");
    {
      DiagnosticBuilder builder = diagnostics.Report(finding.where, id);
      builder << sentence(finding);
      for (const FixIt& fix : finding.fixes) {
        if (fix.remove.isValid()) builder << FixItHint::CreateRemoval(fix.remove);
        else builder << FixItHint::CreateInsertion(fix.insert_at, fix.insert);
      }
    }
    const unsigned note = diagnostics.getCustomDiagID(DiagnosticsEngine::Note, "%0");
    for (const Note& each : finding.notes) diagnostics.Report(each.where, note) << each.text;
  }
}

}  // namespace tenter::lint
