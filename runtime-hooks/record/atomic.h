// Atomic operations of the program: performed and put in order in one step.
//
//   return atomically(object, pc, [&] { return __atomic_fetch_add(object, value, __ATOMIC_SEQ_CST); },
//                     [&](T) { return AtomicEvent{Op::atomic_rmw, order, sizeof(T)}; });
#pragma once
#include "record/epoch.h"
#include "record/fast_path.h"

namespace tenter::record {

struct AtomicEvent {
  Op op;
  std::uint8_t order;  // trace::MemoryOrder
  std::uint8_t size;
};

// In a Section, after the operation.
inline void write_atomic(Thread& thread, const AtomicEvent& event, const void* object, Ticket ticket, Pc pc) {
  write_ordered(thread, event.op, event.order, event.size, reinterpret_cast<std::uintptr_t>(object), ticket, pc);
  if (event.op != Op::atomic_load && is_release(event.order)) { thread.filter.new_epoch(); }
}

// A signal handler's event, put aside. The epoch ends: cheaper than asking whether it must.
void defer_ordered(Thread& thread, Op op, std::uint8_t flags, std::uint8_t arg, std::uint64_t payload, Ticket ticket,
                   Pc pc) __attribute__((cold, noinline));

// `perform` does the operation and returns its result; `describe` says of a result what the event is. The stripe of
// `object` is held meanwhile. Where it cannot be had the operation is performed all the same.
template <class Perform, class Describe>
inline auto atomically(const void* object, Pc pc, Perform perform, Describe describe) {
  State& s = state;
  if (s.thread == nullptr) [[unlikely]] { first_callback(s, pc); }
  const Section section(s);
  const std::uint32_t stripe = Tickets::stripe_of(reinterpret_cast<std::uintptr_t>(object));
  Thread* thread = section.thread();
  if (thread == nullptr) [[unlikely]] {
    Thread* interrupted = section.interrupted();
    if (interrupted == nullptr) { return perform(); }
    if (interrupted->wanted_stripe == stripe + 1) {
      // We may be what the holder of the lock waits for.
      interrupted->lose(/*order=*/true);
      return perform();
    }
    tickets().lock(stripe);
    const auto result = perform();
    const Ticket ticket = tickets().unlock(stripe);
    const AtomicEvent event = describe(result);
    defer_ordered(*interrupted, event.op, event.order, event.size, reinterpret_cast<std::uintptr_t>(object), ticket,
                  pc);
    return result;
  }
  thread->wanted_stripe = thread->in_flight = stripe + 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  tickets().lock(stripe);
  thread->holds_stripe = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const auto result = perform();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  thread->holds_stripe = false;
  const AtomicEvent event = describe(result);
  if (event.order == 0 && event.op != Op::atomic_load) {
    LastChange& last = thread->last_change;
    if (last.object == object && last.epoch == thread->filter.epoch() && last.op == event.op &&
        last.size == event.size && tickets().unlock_undisturbed(stripe, last.counter)) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
      thread->wanted_stripe = 0;
      thread->landed();
      return result;
    }
    const Ticket ticket = tickets().unlock(stripe);
    last = LastChange{object, Tickets::counter_after(ticket), thread->filter.epoch(), event.op, event.size};
    std::atomic_signal_fence(std::memory_order_seq_cst);
    thread->wanted_stripe = 0;
    write_atomic(*thread, event, object, ticket, pc);
    return result;
  }
  const Ticket ticket = tickets().unlock(stripe);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  thread->wanted_stripe = 0;
  write_atomic(*thread, event, object, ticket, pc);
  if (event.op == Op::atomic_load) {
    thread->last_load =
        LastLoad{object, Tickets::counter_after(ticket), thread->filter.epoch(), event.order, event.size};
  }
  return result;
}

// A load. If nothing happened on the stripe since this task's last load, which was of the same object and no
// weaker, then this one reads the same value from the same store and orders nothing new. In the same epoch it is left
// out; in another one it is an access that may race with what the one before did not race with: with the end of the
// object's memory, for instance.
template <class Perform>
inline auto load_atomically(const void* object, std::uint8_t order, std::uint8_t size, Pc pc, Perform perform) {
  if (const Thread* thread = state.thread; thread != nullptr) {
    const volatile LastLoad& last = thread->last_load;
    if (last.object == object && last.epoch == thread->filter.epoch() && last.order >= order && last.size == size) {
      const std::uint64_t counter = last.counter;
      const std::uint32_t stripe = Tickets::stripe_of(reinterpret_cast<std::uintptr_t>(object));
      const bool undisturbed = tickets().peek(stripe) == counter;
      const auto value = perform();
      // The load stays between the two looks: the first acquires, and this fence keeps the second behind it.
      std::atomic_thread_fence(std::memory_order_acquire);
      // A signal handler may have put another load there meanwhile.
      if (undisturbed && tickets().peek(stripe) == counter && last.object == object && last.counter == counter) {
        return value;
      }
    }
  }
  return atomically(object, pc, perform, [&](const auto&) { return AtomicEvent{Op::atomic_load, order, size}; });
}

}  // namespace tenter::record
