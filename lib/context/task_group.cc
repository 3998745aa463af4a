// What a group counts in words of its own.
#include <tenter/group.h>

namespace tenter {

void TaskGroup::count(int more) noexcept { active_.fetch_add(more, std::memory_order_acq_rel); }

bool TaskGroup::is_active() const noexcept { return active_.load(std::memory_order_acquire) > 0; }

bool TaskGroup::keep_first(const std::exception_ptr& error) noexcept {
  int none = 0;
  if (!failure_.compare_exchange_strong(none, 1, std::memory_order_relaxed)) { return false; }
  error_ = error;
  failure_.store(2, std::memory_order_release);  // pairs with first_error()
  return true;
}

std::exception_ptr TaskGroup::first_error() const noexcept {
  return failure_.load(std::memory_order_acquire) == 2 ? error_ : nullptr;
}

}  // namespace tenter
