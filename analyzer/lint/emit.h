// Findings as the compiler's own warnings, with notes and fix-its.
#pragma once
#include <vector>

#include <clang/Basic/Diagnostic.h>

#include "lint/finding.h"

namespace tenter::lint {

// Plug-ins' warnings belong to no -W group, so -w and -Werror are looked at here: what is certain is an error under
// -Werror, and what is only possible stays a warning.
void emit(const std::vector<LintFinding>& findings, clang::DiagnosticsEngine& diagnostics);

// "double close of 'c' [tenter-chan-double-close]"
std::string sentence(const LintFinding& finding);

// What makes the headers of the library tell what they know (<tenter/lint.h>).
inline constexpr const char* linting_macro = "TENTER_LINTING";

}  // namespace tenter::lint
