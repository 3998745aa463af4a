// The link step: what no unit can know by itself. It makes one summary of the program from those of its units, says which
// units have to be read again because others now tell more, and finds what only shows in all of them together.
#pragma once
#include <string>
#include <vector>

#include <llvm/Support/JSON.h>

#include "lint/finding.h"

namespace tenter::lint {

struct Linked {
  llvm::json::Object program;  // a summary, of the same schema
  std::vector<std::string>
      again;                   // units whose imports have changed; of those that wait for others, the first ones only
  llvm::json::Array findings;  // as tenter-lint tells them, each with its "unit"
};

// `given`: what the user has of libraries. Where a unit tells of the same function, that one's word counts.
// `whole_program`: these are all units, so that what none of them does is not done.
Linked link_units(const std::vector<llvm::json::Object>& units, const std::vector<llvm::json::Object>& given,
                  const Selection& selection, bool whole_program);

}  // namespace tenter::lint
