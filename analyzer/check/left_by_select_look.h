// One more look at a run for the tasks that a select could have left behind, with an order that counts what tasks learned from values.
#pragma once
#include <vector>

#include "base/stack_table.h"
#include "channel/left_by_select.h"
#include "read/recording.h"

namespace tenter::analysis {

std::vector<LeftBySelectCandidate> look_for_left_by_select(const Recording& recording, StackTable& stacks);

}  // namespace tenter::analysis
