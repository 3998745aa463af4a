// Lets the tasks of a scope come to rest.
#pragma once
#include <cstdint>
#include <vector>

#include "task/census.h"

namespace tenter::detail {

struct Resting {
  TaskSight sight;
  bool timed;         // a timer will wake it
  bool from_outside;  // something outside of the program may, as a signal
};

// The tasks of the scope that have not ended once nothing moves any more, or after `limit_ns`. `ignored`: ids, ascending, of
// tasks that are not waited for either.
std::vector<Resting> wait_for_rest(const LeakScopeCore& scope, std::int64_t limit_ns,
                                   const std::vector<std::uint64_t>& ignored);

}  // namespace tenter::detail
