// What a unit tells the others of its functions, as JSON: docs/lint.md has the schema.
#pragma once
#include <string>

#include <llvm/Support/JSON.h>

#include "lint/unit.h"

namespace tenter::lint {

inline constexpr int summary_schema = 1;

// After unit.check(). The same for the same source, imports and options, whatever else happens.
llvm::json::Object exported(Unit& unit);

// The document as it is written to files: keys and entries sorted, one entry on a line. False: it could not be written.
std::string summary_text(const llvm::json::Object& document);
bool write_summary(const llvm::json::Object& document, const std::string& path);

// By which one knows whether what a unit was given is still what others tell.
std::string print_of(const llvm::json::Object& function);

}  // namespace tenter::lint
