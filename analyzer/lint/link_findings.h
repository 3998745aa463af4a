// What only shows in all units together: locks that are taken in several orders, and members that nobody closes.
#pragma once
#include <vector>

#include <llvm/Support/JSON.h>

#include "lint/finding.h"

namespace tenter::lint {

// As tenter-lint tells findings, each with the "unit" that told of it, by their places.
llvm::json::Array program_findings(const std::vector<llvm::json::Object>& units, const Selection& selection,
                                   bool whole_program);

}  // namespace tenter::lint
