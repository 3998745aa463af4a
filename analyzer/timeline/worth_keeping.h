// Which steps of a run can order steps of several tasks and say something to a person.
#pragma once
#include "read/event.h"

namespace tenter::analysis {

bool is_worth_keeping(const Event& event);

}  // namespace tenter::analysis
