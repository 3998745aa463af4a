// Thread-local variables of a thread that runs tasks. Its tasks take turns, so that what they do there (with errno, mostly) is
// one after the other. Nothing else orders them, and ThreadSanitizer would report that.
#pragma once

namespace tenter::detector {

// From now on nothing is reported of the calling thread's variables. Those of a library that it has not touched yet are not known.
void let_tasks_share_thread_locals();

}  // namespace tenter::detector
