// 65,536 counters that fix the order of ordered events (see trace/event.h). An object's counter is found by
// hashing its address; who takes a ticket from it gets the count before and leaves one more.
//
// A counter word is count << 1 | locked. An operation that needs no exclusion adds 2. An atomic operation of the
// program must sit at the same place in the order of tickets as in the modification order of its object: it sets the
// low bit, is performed, and adds 1, whose carry clears the bit and raises the count in one step. Its own count is
// the one from before that addition, so operations that took tickets meanwhile come before it.
#pragma once
#include <atomic>
#include <cstdint>

#include "record/spin_lock.h"
#include "trace/stripes.h"

namespace tenter::record {

struct Ticket {
  std::uint32_t stripe;
  std::uint64_t count;
};

class Tickets {
 public:
  static constexpr std::uint32_t stripe_count = trace::stripe_count;

  static std::uint32_t stripe_of(std::uint64_t key) { return trace::stripe_of(key); }
  static std::uint32_t stripe_of_task(std::uint64_t id) { return trace::stripe_of_task(id); }
  static std::uint32_t stripe_of_region(std::uint64_t address) { return trace::stripe_of_region(address); }
  static constexpr std::uint32_t fence_stripe = 0;
  static constexpr unsigned region_bits = trace::region_bits;

  Ticket take(std::uint32_t stripe) {
    // acq_rel: the order of the tickets is the order in which their takers saw each other.
    return {stripe, stripes_[stripe].fetch_add(2, std::memory_order_acq_rel) >> 1};
  }

  void lock(std::uint32_t stripe) {
    std::atomic<std::uint64_t>& word = stripes_[stripe];
    unsigned turns = 0;
    for (;;) {
      std::uint64_t seen = word.load(std::memory_order_relaxed);
      // Pairs with the release of unlock().
      if ((seen & 1) == 0 &&
          word.compare_exchange_weak(seen, seen | 1, std::memory_order_acquire, std::memory_order_relaxed)) {
        return;
      }
      wait_a_little(turns);
    }
  }
  Ticket unlock(std::uint32_t stripe) {
    return {stripe, stripes_[stripe].fetch_add(1, std::memory_order_acq_rel) >> 1};
  }
  // Instead of unlock(), if the counter still is what peek() gave: takes no ticket. False: nothing was done.
  bool unlock_undisturbed(std::uint32_t stripe, std::uint64_t counter) {
    std::uint64_t locked = counter | 1;
    return stripes_[stripe].compare_exchange_strong(locked, counter, std::memory_order_acq_rel,
                                                    std::memory_order_relaxed);
  }
  bool is_locked(std::uint32_t stripe) const { return (stripes_[stripe].load(std::memory_order_relaxed) & 1) != 0; }
  // The counter as it stands. Unchanged between two looks: nothing happened in between.
  std::uint64_t peek(std::uint32_t stripe) const { return stripes_[stripe].load(std::memory_order_acquire); }
  // What peek() gives until the next ticket is taken.
  static std::uint64_t counter_after(Ticket ticket) { return (ticket.count + 1) << 1; }

  // In a forked child, before it records: nobody holds anything, and its recording counts from 0.
  void reset() {
    for (std::atomic<std::uint64_t>& word : stripes_) {
      if (word.load(std::memory_order_relaxed) != 0) { word.store(0, std::memory_order_relaxed); }
    }
  }

 private:
  std::atomic<std::uint64_t> stripes_[stripe_count]{};
};

extern constinit Tickets the_tickets;  // the recorder's
inline Tickets& tickets() { return the_tickets; }

}  // namespace tenter::record
