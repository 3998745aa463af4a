// What may wake tasks although no task, no timer and no thread of the program does: descriptors and signals.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "task/agent.h"

namespace tenter::detail {

class Outside {
 public:
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  // Could it wake anybody of this run? Called with the scheduler's locks held; may take a waiting queue's own.
  virtual bool can_wake() = 0;
  // Adds whom it may wake, as far as their WaitKind does not say so already. Locks as above.
  virtual void add_targets(std::vector<const Agent*>&) {}

 protected:
  Outside() = default;
  virtual ~Outside() = default;  // nobody deletes by it; g++ wants it where there are friends

 private:
  friend class Scheduler;
  friend class AsleepCheck;
  friend class Census;
  Outside* next_ = nullptr;  // of a list that only grows
};

// Somebody to wake, in a chain. Lives on the stack of whoever waits, so it is gone once that one was woken.
struct Wakeable {
  Agent* agent = nullptr;
  Wakeable* next_woken = nullptr;
};

inline void unpark_all(Wakeable* chain) {
  while (chain != nullptr) {
    Wakeable* const next = chain->next_woken;
    unpark(*chain->agent);
    chain = next;
  }
}

// Events without a thread of their own: a worker that has nothing to do sleeps until one comes, and busy workers look
// between tasks. (The idea is the network poller's of Go, runtime/netpoll.go.)
class EventSource : public Outside {
 public:
  // Whom to wake by what has happened. Waits for that until `until_ns` of the monotonic clock; negative: for ever; a time
  // in the past: not at all. One caller at a time may wait; it returns early when interrupted. Others may look meanwhile.
  virtual Wakeable* wait(std::int64_t until_ns) = 0;
  virtual void interrupt() = 0;

  bool awaited() const { return awaited_.load(std::memory_order_relaxed) > 0; }  // does anybody wait? A hint
  std::int64_t last_look_ns() const { return last_look_ns_.load(std::memory_order_relaxed); }

 protected:
  std::atomic<std::int64_t> awaited_{0};
  std::atomic<std::int64_t> last_look_ns_{0};
};

}  // namespace tenter::detail
