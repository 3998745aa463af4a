// How the recording beside ThreadSanitizer begins, ends, and becomes that of a forked child.
#include <pthread.h>
#include <stdlib.h>

#include "hooks/interpose.h"
#include "record/recorder.h"
#include "tsan/channels.h"
#include "tsan/detector.h"
#include "tsan/printed.h"
#include "tsan/stacks.h"
#include "tsan/who.h"

namespace tenter::detector {
namespace {

void at_exit(int status, void*) { record::finish(status); }

// From the last handler before the fork to the first one after it this thread records nothing, so that the child never
// writes into its parent's file.
void before_fork() { record::quiet_begin(); }
void after_fork() { record::quiet_end(); }
void after_fork_in_child() {
  reset_locks_of_tasks();
  reset_locks_of_channels();
  reset_locks_of_stacks();
  reset_lock_of_held_locks();
  record::forked_child();
  record::quiet_end();
}

// ThreadSanitizer has begun before any constructor runs. Its own function for the end of the process was registered
// first, so it comes after ours: what it finds only then is written behind the end mark, where it counts as well.
__attribute__((constructor(103))) void begin() {
  detector_runs();
  record::recorder().detector = "tsan";
  record::start();
  running();
  on_exit(at_exit, nullptr);
  pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

}  // namespace

// Called by the constructor in every file that tenter-c++ has linked in this mode.
extern "C" __attribute__((visibility("default"))) void tenter_detector_module(const void* inside) {
  record::note_instrumented(reinterpret_cast<record::Pc>(inside));
  record::modules_changed();
}

}  // namespace tenter::detector

// ---- an end without exit() ------------------------------------------------------------------------------------------

TENTER_INTERPOSE(void, _exit, (int status)) {
  tenter::record::finish(status);
  REAL(_exit)(status);
}
TENTER_INTERPOSE(void, _Exit, (int status)) {
  tenter::record::finish(status);
  REAL(_Exit)(status);
}
