// A function object of libstdc++ is four words: the address of what it holds, one more for what is small, the function that
// copies and destroys, which is null in one that is empty or was moved from, and the one that calls. In a closure such words are what
// they look like: it begins where its task does, and lives as long. Elsewhere on a stack the compiler need not
// write that an object was moved from.
#include "channel/cancellers.h"

#include <tenter/annotate.h>
#include <tenter/context.h>

#include <cstdint>
#include <unordered_map>

#include "task/futex.h"
#include "task/task.h"

namespace tenter::detail {
namespace {

// What lives now, and the channel of its context. Only while somebody wants to hear of handles.
struct Cancellers {
  FutexLock lock;
  std::unordered_map<std::uintptr_t, const void*> live;
};
Cancellers& cancellers() {
  static Cancellers& all = *new Cancellers;  // tasks may end after the destructors of globals have run
  return all;
}

}  // namespace

void canceller_begins(const void* channel, const void* canceller) {
  Cancellers& all = cancellers();
  const FutexGuard guard(all.lock);
  all.live.insert_or_assign(reinterpret_cast<std::uintptr_t>(canceller), channel);
}
void canceller_ends(const void* canceller) noexcept {
  Cancellers& all = cancellers();
  const FutexGuard guard(all.lock);
  all.live.erase(reinterpret_cast<std::uintptr_t>(canceller));
}

void tell_of_held_cancellers(const Agent& self) noexcept {
  if (!tenter_hears_of_handles() || !self.is_task()) { return; }
  const Task& task = static_cast<const Task&>(self);
  if (!task.closure_is_on_stack()) { return; }
  constexpr int held = can_receive | 4 | 8;  // see tenter_handle_birth()
  const auto* const begin = static_cast<const std::uintptr_t*>(task.closure());
  const auto* const end = reinterpret_cast<const std::uintptr_t*>(&task);
  Cancellers& all = cancellers();
  const FutexGuard guard(all.lock);
  if (all.live.empty()) { return; }
  for (const auto* word = begin; end - word > 3; ++word) {
    if (word[0] == 0 || word[2] == 0) { continue; }
    const auto found = all.live.find(word[0]);
    if (found != all.live.end()) {
      tenter_handle_birth(found->second, reinterpret_cast<const void*>(found->first), held);
    }
  }
}

}  // namespace tenter::detail
