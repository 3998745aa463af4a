// How tasks get into a worker's queue, and out of it to other workers.
#include <array>

#include "task/scheduler.h"

namespace tenter::detail {
namespace {

constexpr std::uint32_t worth_moving = 16;  // tasks, at once: each costs the thief a few cache misses

}  // namespace

template <std::memory_order published>
void Worker::push_as(Task* task) {
  if (scheduler_.decisions_ != nullptr || is_helper()) [[unlikely]] {
    scheduler_.push_global(task);
    return;
  }
  while (!queue_.push<published>(task)) {
    // Half of a full queue goes where every worker finds it.
    std::array<Task*, RunQueue::capacity / 2> half;
    const std::uint32_t count = queue_.grab(half);
    if (count == 0) { continue; }
    scheduler_.push_global(std::span(half).first(count));
  }
}

void Worker::push(Task* task) { push_as<std::memory_order_release>(task); }
void Worker::push_and_look(Task* task) { push_as<std::memory_order_seq_cst>(task); }

void Worker::flush() {
  if (Task* task = run_next_.exchange(nullptr, std::memory_order_acq_rel)) { scheduler_.push_global(task); }
  while (Task* task = queue_.pop()) { scheduler_.push_global(task); }
}

Task* Worker::steal(bool few_too) {
  const int count = scheduler_.created_.load(std::memory_order_acquire);
  if (count < 2) { return nullptr; }
  const int start = static_cast<int>(random() % static_cast<unsigned>(count));
  for (int i = 0; i < count; ++i) {
    Worker* const victim =
        scheduler_.workers_[static_cast<std::size_t>((start + i) % count)].load(std::memory_order_acquire);
    if (victim == nullptr || victim == this) { continue; }
    std::array<Task*, RunQueue::capacity / 2> loot;
    const std::uint32_t taken = victim->queue_.grab(loot, few_too ? 1 : worth_moving);
    if (taken > 0) {
      for (std::uint32_t k = 1; k < taken; ++k) { push(loot[k]); }
      return loot[0];
    }
    if (few_too && victim->run_next_.load(std::memory_order_relaxed) != nullptr) {
      if (Task* task = victim->run_next_.exchange(nullptr, std::memory_order_acq_rel)) { return task; }
    }
  }
  return nullptr;
}

}  // namespace tenter::detail
