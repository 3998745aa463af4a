#pragma once
#include "record/record.h"

namespace tenter::hooks {

// This thread runs what at_quick_exit() was given.
void before_quick_exit(record::Pc pc);

}  // namespace tenter::hooks
