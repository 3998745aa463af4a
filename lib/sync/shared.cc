#include <tenter/shared.h>

#include <tenter/annotate.h>

namespace tenter::detail {

void shared_retain(SharedCount& count) noexcept { count.owners.fetch_add(1, std::memory_order_relaxed); }

bool shared_drop(SharedCount& count) noexcept {
  TENTER_ANNOTATE(tenter_release(&count));
  if (count.owners.fetch_sub(1, std::memory_order_acq_rel) != 1) { return false; }
  TENTER_ANNOTATE(tenter_acquire(&count));  // only the one who destroys the object comes after the others
  return true;
}

}  // namespace tenter::detail
