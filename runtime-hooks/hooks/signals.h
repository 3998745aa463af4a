// Signals order threads: what came before sigaction(), or before kill() and its kind, happened before what the handler
// does, and before what follows the call that took the signal.
#pragma once
#include "record/record.h"

namespace tenter::hooks {

void releases_signal(int signal, record::Pc pc);
void acquires_signal(int signal, record::Pc pc);

}  // namespace tenter::hooks
