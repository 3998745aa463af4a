// Libraries that come and go while the program runs.
//
// dlopen is not wrapped: it looks for libraries where its caller's own search path says, and a wrapper would be the
// caller. A library with callbacks announces itself (__tsan_init), and one without shows up at the next look at the map.
// dlclose is wrapped, as the addresses that it frees may soon mean something else.
#include "hooks/interpose.h"

namespace tenter::hooks {

TENTER_INTERPOSE(int, dlclose, (void* handle)) {
  if (!record::active()) { return REAL(dlclose)(handle); }
  record::modules_changed();  // what was opened since the last look is still there
  const int result = REAL(dlclose)(handle);
  record::modules_changed();
  return result;
}

}  // namespace tenter::hooks
