// Comments that say that a warning is not wanted, as clang-tidy reads them: NOLINT on the line, NOLINTNEXTLINE on the line
// before, NOLINTBEGIN and NOLINTEND around it; with the checks' names in parentheses, or for all of them.
#pragma once
#include <optional>

#include <clang/Basic/SourceManager.h>
#include <llvm/ADT/StringRef.h>

namespace tenter::lint {

// `id`: "chan-double-close"; in comments it may stand with "tenter-" before it, and with * for a part of it.
// Where the comment stands, as an offset in the file; nullopt: there is none.
std::optional<unsigned> suppressed_at(const clang::SourceManager& sources, clang::SourceLocation where,
                                      llvm::StringRef id);
// The same for a line, counted from 1, of a file's text.
std::optional<unsigned> suppressed_at(llvm::StringRef text, unsigned line, llvm::StringRef id);

}  // namespace tenter::lint
