// What a unit does with each member that is a channel, or that keeps a cancel function, as JSON. Only the units together
// know whether somebody closes it: that is the link step's (link.h).
#pragma once
#include <llvm/Support/JSON.h>

#include "lint/unit.h"

namespace tenter::lint {

// After unit.check(). Sorted by the fields' lasting names.
llvm::json::Array census(Unit& unit);

}  // namespace tenter::lint
