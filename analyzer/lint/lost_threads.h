// Containers of std::thread.
#pragma once
#include <clang/AST/Type.h>

#include "lint/model.h"

namespace tenter::lint {

// Is it one of the standard library's sequences, with threads for elements?
bool holds_threads(clang::QualType type, const Model& model);

}  // namespace tenter::lint
