// Cancellation: what a thread does before pthread_cancel happens before what the cancelled thread does from there on.
#pragma once

namespace tenter::hooks {

// By the cancelled thread, from a WhenCancelled, before the program's own clean-up handlers run.
void note_cancelled();

}  // namespace tenter::hooks
