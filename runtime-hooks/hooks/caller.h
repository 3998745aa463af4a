// Which line of the program a hook was called for, where a library without callbacks stands in between: std::thread's
// constructor and join(), for instance, call pthread_create and pthread_join from inside libstdc++.
#pragma once
#include "record/record.h"

namespace tenter::hooks {

// The innermost return address that lies in code with callbacks; `direct`, the hook's own, if that does, or if none is
// found. Walks the stack with the unwinder, a microsecond or so: for what happens rarely or waits anyway.
record::Pc program_pc(record::Pc direct);

}  // namespace tenter::hooks
