#include "task/timer_queue.h"

#include <algorithm>

namespace tenter::detail {
namespace {

constexpr std::size_t most_due = 64;  // looking at more would cost time at each choice, and add little

}  // namespace

void TimerQueue::place(const Slot& slot, std::size_t position) {
  heap_[position] = slot;
  slot.entry->position_ = position;
}

void TimerQueue::sift_up(std::size_t position) {
  const Slot slot = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 4;
    if (!before(slot, heap_[parent])) { break; }
    place(heap_[parent], position);
    position = parent;
  }
  place(slot, position);
}

void TimerQueue::sift_down(std::size_t position) {
  const Slot slot = heap_[position];
  for (;;) {
    const std::size_t first_child = position * 4 + 1;
    if (first_child >= heap_.size()) { break; }
    const std::size_t end = std::min(first_child + 4, heap_.size());
    std::size_t least = first_child;
    for (std::size_t child = first_child + 1; child < end; ++child) {
      if (before(heap_[child], heap_[least])) { least = child; }
    }
    if (!before(heap_[least], slot)) { break; }
    place(heap_[least], position);
    position = least;
  }
  place(slot, position);
}

void TimerQueue::publish_next() { next_.store(heap_.empty() ? never : heap_.front().when, std::memory_order_release); }

bool TimerQueue::add_locked(TimerEntry& entry, std::int64_t when) {
  entry.when_ = when;
  entry.order_ = orders_++;
  heap_.push_back({when, &entry});
  sift_up(heap_.size() - 1);
  publish_next();
  return entry.position_ == 0;
}

bool TimerQueue::remove_locked(TimerEntry& entry) {
  if (!entry.armed()) { return false; }
  const std::size_t hole = entry.position_;
  entry.position_ = TimerEntry::none;
  const Slot last = heap_.back();
  heap_.pop_back();
  if (last.entry != &entry) {
    place(last, hole);
    sift_up(hole);
    sift_down(last.entry->position_);
  }
  publish_next();
  return true;
}

void TimerQueue::remove_left_over_locked() {
  const std::vector<Slot> all = heap_;
  for (const Slot& slot : all) {
    if (!slot.entry->is_left_over()) { continue; }
    remove_locked(*slot.entry);
    slot.entry->drop_left_over();
  }
}

bool TimerQueue::can_wake_locked() const {
  return std::any_of(heap_.begin(), heap_.end(), [](const Slot& slot) { return slot.entry->can_wake(); });
}

std::vector<TimerTarget> TimerQueue::targets_locked() const {
  std::vector<TimerTarget> targets;
  for (const Slot& slot : heap_) { slot.entry->add_targets(targets); }
  return targets;
}

bool TimerQueue::fire_due(std::int64_t now) {
  if (next() > now) { return false; }
  FutexGuard guard(lock);
  bool fired = false;
  while (!heap_.empty() && heap_.front().when <= now) {
    fire_locked(*heap_.front().entry, now);
    fired = true;
  }
  return fired;
}

void TimerQueue::fire_locked(TimerEntry& entry, std::int64_t now) {
  remove_locked(entry);
  const std::int64_t again = entry.fire(now);
  if (again != never) { add_locked(entry, again); }
}

// Best first from the top of the heap: only children of what was found can come next.
std::span<TimerEntry* const> TimerQueue::due_locked(std::int64_t now) {
  const auto later = [](const TimerEntry* a, const TimerEntry* b) { return before(b, a); };
  due_.clear();
  frontier_.clear();
  const auto reach = [&](std::size_t position) {
    if (position >= heap_.size() || heap_[position].when > now) { return; }
    frontier_.push_back(heap_[position].entry);
    std::push_heap(frontier_.begin(), frontier_.end(), later);
  };
  reach(0);
  while (!frontier_.empty() && due_.size() < most_due) {
    std::pop_heap(frontier_.begin(), frontier_.end(), later);
    TimerEntry* const entry = frontier_.back();
    frontier_.pop_back();
    due_.push_back(entry);
    for (std::size_t child = 1; child <= 4; ++child) { reach(entry->position_ * 4 + child); }
  }
  return due_;
}

}  // namespace tenter::detail
