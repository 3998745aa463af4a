// Every order in which the steps of a small trace could have come, by trying them all: the slow twin of the prediction
// engines and of the judge of their schedules, and the code of none of them.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "order/step.h"

namespace tenter::analysis::oracle {

enum class Orders {
  // Whatever the objects allow, each moved by its own rules: locks are held, buffers fill, counters count.
  all,
  // Critical sections keep their order, and so does what docs/prediction.md says of the other objects.
  sync_preserving
};

// Pairs of steps, the earlier of the trace first, that conflict and are both next in some order. Nothing where there are
// more than `most_states` situations to look at.
using StepPairs = std::set<std::pair<std::size_t, std::size_t>>;
std::optional<StepPairs> races_of_all_orders(const std::vector<Step>& steps, Orders orders, std::size_t most_states);

}  // namespace tenter::analysis::oracle
