// All that shall happen at a certain time: tasks that sleep, timers, tickers. The workers serve it between tasks, and
// one idle worker sleeps no longer than until the next entry.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "task/futex.h"

namespace tenter::detail {

class Agent;
class LeakScopeCore;

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// What a timer will do when it fires: wake somebody who waits, or start a task.
struct TimerTarget {
  std::int64_t when;
  const Agent* wakes;          // null: it starts a task ...
  const LeakScopeCore* scope;  // ... in this scope
};

// Derive from it; the queue holds a plain pointer, so the entry must live until it fired or was removed.
class TimerEntry {
 public:
  TimerEntry(const TimerEntry&) = delete;
  TimerEntry& operator=(const TimerEntry&) = delete;

  bool armed() const { return position_ != none; }
  std::int64_t when() const { return when_; }
  // Does it belong to a run() that has ended? Firing it then does nothing. Called with the queue's lock held.
  virtual bool is_left_over() const { return false; }
  // The queue gives up its share in it: it was removed because it is left over. Called with the queue's lock held.
  virtual void drop_left_over() {}

 protected:
  TimerEntry() = default;
  virtual ~TimerEntry() = default;  // nobody deletes by it; g++ wants it where there are friends

  // Its time has come. Called with the queue's lock held and the entry removed. Returns the time at which to fire again,
  // or `never`; the queue does not touch the entry after that.
  virtual std::int64_t fire(std::int64_t now) = 0;
  // Would firing wake or start anybody? Called with the queue's lock held, and perhaps the scheduler's.
  virtual bool can_wake() const = 0;
  // Adds whom firing would wake or start. Called with the queue's lock held.
  virtual void add_targets(std::vector<TimerTarget>& targets) const = 0;

 private:
  friend class TimerQueue;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::int64_t when_ = never;
  std::uint64_t order_ = 0;  // of two entries with the same time the older one fires first
  std::size_t position_ = none;
};

class TimerQueue {
 public:
  // Everything below `locked` needs the lock; fire() runs under it, so a removed entry is neither firing nor will.
  FutexLock lock;

  // True: it is now the first one, and somebody who sleeps until a later time should know.
  bool add_locked(TimerEntry& entry, std::int64_t when);
  bool remove_locked(TimerEntry& entry);  // false: it was not armed
  void remove_left_over_locked();
  bool can_wake_locked() const;  // would any of them wake or start somebody?
  std::vector<TimerTarget> targets_locked() const;

  // When the first entry is due, or `never`. Without the lock: a hint.
  std::int64_t next() const { return next_.load(std::memory_order_acquire); }

  // Fires what is due. True if anything was.
  bool fire_due(std::int64_t now);

  // For somebody who chooses among what is due: the earliest entries, up to 64 of them, in their order. Valid until the
  // queue is changed.
  std::span<TimerEntry* const> due_locked(std::int64_t now);
  void fire_locked(TimerEntry& entry, std::int64_t now);

 private:
  static bool before(const TimerEntry* a, const TimerEntry* b) {
    return a->when_ != b->when_ ? a->when_ < b->when_ : a->order_ < b->order_;
  }
  // The time stands in the heap too, because each entry lies on a stack of its own: to compare the times there would touch a
  // page for each.
  struct Slot {
    std::int64_t when;
    TimerEntry* entry;
  };
  static bool before(const Slot& a, const Slot& b) {
    return a.when != b.when ? a.when < b.when : a.entry->order_ < b.entry->order_;
  }
  void place(const Slot& slot, std::size_t position);
  void sift_up(std::size_t position);
  void sift_down(std::size_t position);
  void publish_next();

  std::vector<Slot> heap_;        // four children each: half as deep as a binary heap
  std::vector<TimerEntry*> due_;  // of the last due_locked(), and its working memory
  std::vector<TimerEntry*> frontier_;
  std::uint64_t orders_ = 0;
  std::atomic<std::int64_t> next_{never};
};

}  // namespace tenter::detail
