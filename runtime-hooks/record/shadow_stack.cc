#include "record/shadow_stack.h"

#include "record/arena.h"

namespace tenter::record {
namespace {

constexpr std::size_t first_capacity = 16;

// Frames that are further apart than this are on different stacks (a signal handler's own, a coroutine's), of
// which neither says anything about the other.
constexpr std::uintptr_t same_stack_bytes = std::uintptr_t{16} << 20;

}  // namespace

void ShadowStack::unwind(std::uintptr_t stack_pointer) {
  while (top_ != bottom_ && stack_pointer >= top_[-1].stack_pointer &&
         stack_pointer - top_[-1].stack_pointer < same_stack_bytes) {
    --top_;
    overflow_ = 0;
    floor_ = bottom_;
  }
  if (top_ < low_) { low_ = top_; }
}

void ShadowStack::jump_to(std::uintptr_t stack_pointer) {
  // A frame keeps the stack pointer of a callback, which its function called: two words below the function's own. Of the
  // frames that are not below the target's, the target is the nearest; on another stack there may be others.
  constexpr std::uintptr_t below_function = 2 * sizeof(void*);
  std::uintptr_t nearest = same_stack_bytes;
  std::size_t keep = 0;
  for (std::size_t i = depth(); i-- != 0;) {
    const std::uintptr_t distance = bottom_[i].stack_pointer + below_function - stack_pointer;
    if (distance < nearest) {
      nearest = distance;
      keep = i + 1;
    }
  }
  if (keep == 0) { return; }
  overflow_ = 0;
  floor_ = bottom_;
  pop_to(keep);
}

void ShadowStack::push_slowly(std::uintptr_t call_site, std::uintptr_t stack_pointer) {
  if (top_ != bottom_ && stack_pointer >= top_[-1].stack_pointer) { unwind(stack_pointer); }
  if (top_ != end_ || make_room()) { put(call_site, stack_pointer); }
}

bool ShadowStack::make_room() {
  const std::size_t capacity = static_cast<std::size_t>(end_ - bottom_);
  const std::size_t wanted = capacity == 0 ? first_capacity : capacity * 2;
  Frame* larger = wanted > max_depth ? nullptr : static_cast<Frame*>(arena().allocate(wanted * sizeof(Frame)));
  if (larger == nullptr) {
    ++overflow_;
    floor_ = top_;
    return false;
  }
  for (std::size_t i = 0; i < capacity; ++i) { larger[i] = bottom_[i]; }
  low_ = larger + low();
  written_ = larger + (written_ - bottom_);
  top_ = larger + depth();
  if (capacity != 0) { arena().free(bottom_, capacity * sizeof(Frame)); }
  bottom_ = floor_ = larger;
  end_ = larger + wanted;
  return true;
}

void ShadowStack::pop_at_floor() {
  // Without overflow there is nothing to pop: the function was entered before the recorder knew of the thread.
  if (overflow_ != 0 && --overflow_ == 0) { floor_ = bottom_; }
}

void ShadowStack::clear() {
  top_ = low_ = written_ = floor_ = bottom_;
  overflow_ = 0;
}

void ShadowStack::release() {
  if (bottom_ != nullptr) { arena().free(bottom_, static_cast<std::size_t>(end_ - bottom_) * sizeof(Frame)); }
  *this = ShadowStack{};
}

}  // namespace tenter::record
