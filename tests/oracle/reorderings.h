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

using StepPairs = std::set<std::pair<std::size_t, std::size_t>>;
struct Shown {
  StepPairs races;  // the earlier step of the trace first: they conflict and are both next in some order
  // The next steps of tasks each of which waits for a lock that another of them holds, all at once in some order.
  std::set<std::set<std::size_t>> deadlocks;
};
// Nothing where there are more than `most_states` situations to look at.
std::optional<Shown> shown_by_all_orders(const std::vector<Step>& steps, Orders orders, std::size_t most_states);

}  // namespace tenter::analysis::oracle
