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
  static constexpr std::uint32_t burst = 8;

  // False: full. `published`: seq_cst where the caller looks next whether somebody sleeps, see Scheduler::ready().
  template <std::memory_order published = std::memory_order_release>
  bool push(Task* task) {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) >= capacity) { return false; }  // pairs with the thieves' release
    slots_[tail % capacity].store(task, std::memory_order_relaxed);
    tail_.store(tail + 1, published);  // pairs with the acquire in grab()
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

  // After a pop. At every eighth, calls f(task) for each that comes after the next eight, as far as they are there: what f
  // fetches is there when their turn has come. Eight at once, because a processor that looks up one address after the
  // other waits for each, but looks up several at the same time. A hint: the task may be gone already.
  template <class F>
  void look_ahead(F f) const {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    if (head % burst != 0) { return; }
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
    for (std::uint32_t place = head + burst; place != head + 2 * burst; ++place) {
      if (static_cast<std::int32_t>(tail - place) <= 0) { return; }
      f(slots_[place % capacity].load(std::memory_order_relaxed));
    }
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

  // About how many; exactly, where neither the owner nor a thief is at it.
  std::uint32_t size() const {
    const std::uint32_t head = head_.load(std::memory_order_acquire);  // first, as it never passes the tail
    return tail_.load(std::memory_order_acquire) - head;
  }

  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

 private:
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::array<std::atomic<Task*>, capacity> slots_{};
};

}  // namespace tenter::detail
