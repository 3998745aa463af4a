// The tasks that one worker is going to run. Only its worker pushes; the worker and thieves pop, oldest first.
//
// A ring of fixed size, as in Go's scheduler (runtime/proc.go, runqput and runqget): `tail_` is written by the owner alone
// and published with release; `head_` is advanced by compare-exchange, and whoever advances it owns the slots it passed.
// A slot is overwritten only after head_ passed it, and a thief that read it before finds head_ changed and lets go.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

namespace tenter::detail {

class Task;

class RunQueue {
 public:
  static constexpr std::uint32_t capacity = 256;

  // False: full.
  bool push(Task* task) {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) >= capacity) { return false; }  // pairs with the thieves' release
    slots_[tail % capacity].store(task, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);  // pairs with the acquire in grab()
    return true;
  }

  Task* pop() {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    while (head != tail_.load(std::memory_order_relaxed)) {
      Task* task = slots_[head % capacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
        return task;
      }
    }
    return nullptr;
  }

  // The one that will be popped after so many others, as far as that can be told; null: there are not so many. A hint: it
  // may be gone already.
  Task* ahead(std::uint32_t count) const {
    const std::uint32_t place = head_.load(std::memory_order_relaxed) + count;
    const bool is_there = static_cast<std::int32_t>(tail_.load(std::memory_order_relaxed) - place) > 0;
    return is_there ? slots_[place % capacity].load(std::memory_order_relaxed) : nullptr;
  }

  // Takes half of the tasks (at least one, if there is one) into `out`; by any thread. Returns how many. Where there are
  // fewer than `least`, it takes none.
  std::uint32_t grab(std::array<Task*, capacity / 2>& out, std::uint32_t least = 1) {
    std::uint32_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      const std::uint32_t tail = tail_.load(std::memory_order_acquire);
      const std::uint32_t size = tail - head;
      if (size == 0 || size < least) { return 0; }
      if (size > capacity) {  // head and tail were read at different times
        head = head_.load(std::memory_order_acquire);
        continue;
      }
      const std::uint32_t count = size - size / 2;
      for (std::uint32_t i = 0; i < count; ++i) {
        out[i] = slots_[(head + i) % capacity].load(std::memory_order_relaxed);
      }
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel, std::memory_order_acquire)) {
        return count;
      }
    }
  }

  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

 private:
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::array<std::atomic<Task*>, capacity> slots_{};
};

}  // namespace tenter::detail
