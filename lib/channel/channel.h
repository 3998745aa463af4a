// The channel behind the handles, for element types that it does not know.
//
// While lock_ is held:
//   - at most one of senders_ and receivers_ has live waiters, except waiters of one and the same select (which never
//     meets itself, because it looks before it queues);
//   - receivers wait only while the buffer is empty, senders only while it is full; nobody waits once it is closed.
//
// A waiter of a select is live until its select is decided. Whoever takes it out of a queue has to win that decision
// first, by a compare-exchange on the select's `winner`.
//
// The last thing that an operation does to the channel is to unlock it; waking a partner touches only the partner.
// So whoever receives the last value may drop the last handle while the sender is still on its way out.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tenter/channel.h>

#include "task/agent.h"
#include "task/crowding.h"

namespace tenter::detail {

enum class WaitOutcome : std::uint8_t {
  done,
  closed,
  again,  // a partner failed to move the value; the waiter is no longer queued and tries again
};

// One operation that waits; lives on the stack of whoever waits.
struct ChannelWaiter {
  ChannelWaiter* previous = nullptr;
  ChannelWaiter* next = nullptr;
  Agent* agent = nullptr;
  void* value = nullptr;                        // to send, or storage to receive into
  std::atomic<std::int64_t>* winner = nullptr;  // of a select: the case that was decided on, or undecided
  std::int64_t index = 0;                       // in the select
  ChannelWaiter* ahead = nullptr;               // the one so many places behind it, to be fetched early; may be gone
  bool queued = false;
  WaitOutcome outcome = WaitOutcome::done;
};
constexpr std::int64_t undecided = -1;

class ChannelQueue {
 public:
  static constexpr std::size_t lookahead = 8;
  bool empty() const { return first_ == nullptr; }
  void push(ChannelWaiter& waiter);
  void remove(ChannelWaiter& waiter);
  // The one that waits longest, taken out and won; null: there is none.
  ChannelWaiter* pop();
  // Calls f(const Agent&) for each that pop() would probably return.
  template <class F>
  void for_each_live(F f) const {
    for (const ChannelWaiter* waiter = first_; waiter != nullptr; waiter = waiter->next) {
      if (is_live(*waiter)) { f(*waiter->agent); }
    }
  }
  // Is there one that pop() would probably return? Drops those that it would not.
  bool has_live();

 private:
  static bool is_live(const ChannelWaiter& waiter);

  ChannelWaiter* first_ = nullptr;
  ChannelWaiter* last_ = nullptr;
};

class alignas(64) ChannelCore {
 public:
  ChannelCore(const ElementOps& ops, std::size_t capacity, char* slots);
  ~ChannelCore() = default;
  ChannelCore(const ChannelCore&) = delete;
  ChannelCore& operator=(const ChannelCore&) = delete;

  static ChannelCore* make(const ElementOps& ops, std::size_t capacity);
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  bool drop_reference() { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }  // true: it was the last
  void destroy();  // what the one who dropped the last has to do

  // Sends `value`, or receives into `value`; the first never waits, the others never say would_wait.
  TryResult try_once(bool is_send, void* value);
  TryResult wait_for(bool is_send, void* value, const void* call_site);  // where nobody can record
  TryResult wait_for_heard(bool is_send, void* value);                   // from within the program's Call
  void close();
  std::size_t len() const { return is_timer_ ? 0 : count_.load(std::memory_order_relaxed); }
  std::size_t cap() const { return is_timer_ ? 0 : capacity_; }

  // ---- for timers and signals: values that no task sent
  void post(void* value);  // dropped if there is no room
  // Its one value can be taken back, and does not count.
  void become_timer() { is_timer_ = true; }
  // It is closed when a context is done, and nothing is ever sent on it.
  void become_done() { is_done_ = true; }
  // Time alone will make it ready, and nobody can stop that. Recorders are told: it orders nothing.
  void set_due(bool is_due) { is_due_.store(is_due, std::memory_order_relaxed); }
  bool is_due_locked() const { return is_due_.load(std::memory_order_relaxed) || (is_timer_ && can_take_locked()); }
  WaitKind wait_kind(bool is_send) const {
    if (is_send) { return WaitKind::chan_send; }
    return is_done_ ? WaitKind::context : WaitKind::chan_recv;
  }
  bool timer_drain();  // true: there was a value that nobody had received
  bool has_receiver();
  template <class F>
  void for_each_receiver(F f) {
    FutexGuard guard(lock);
    receivers_.for_each_live(f);
  }
  bool is_last_reference() const { return references_.load(std::memory_order_acquire) == 1; }

  // ---- for select, which holds the locks of all its channels
  mutable CountedLock lock;
  // Complete the operation if it can go ahead. `partner`: whom to wake after the unlock, or null.
  template <bool may_be_heard>
  TryResult send_locked(void* value, int flags, Agent*& partner);
  template <bool may_be_heard>
  TryResult recv_locked(void* storage, int flags, Agent*& partner);
  bool can_send_locked() {
    return closed_ || count_.load(std::memory_order_relaxed) < capacity_ || receivers_.has_live();
  }
  bool can_recv_locked() { return closed_ || can_take_locked() || senders_.has_live(); }
  ChannelQueue& queue(bool senders) { return senders ? senders_ : receivers_; }

 private:
  bool can_take_locked() const { return count_.load(std::memory_order_relaxed) > 0; }
  bool buffer_alone(bool is_send, void* value);
  template <bool may_be_heard>
  TryResult attempt(bool is_send, void* value, int flags, Agent*& partner);
  TryResult wait_for_unheard(bool is_send, void* value, const void* call_site);
  template <bool may_be_heard>
  TryResult wait_for_locked(bool is_send, void* value);
  void move_value(void* to, void* from) const;
  void deliver_value(void* to, void* from) const;  // to a receiver
  void destroy_value(void* value) const;
  void* slot(std::size_t index) const { return slots_ + index * ops_.size; }
  void hand_back(ChannelWaiter& waiter, Agent*& partner) const;

  // All that an operation writes shares the lock's cache line: a processor that gets the lock has it all.
  bool closed_ = false;
  bool is_timer_ = false;
  bool is_done_ = false;
  std::atomic<bool> is_due_{false};
  std::atomic<std::size_t> count_{0};  // written under the lock; len() reads it without
  std::size_t head_ = 0;               // the oldest value
  ChannelQueue senders_;
  ChannelQueue receivers_;

  const ElementOps ops_;
  const std::size_t capacity_;
  char* const slots_;
  std::atomic<std::uint32_t> references_{1};
};

[[noreturn]] void throw_send_on_closed(const ChannelCore* channel);

}  // namespace tenter::detail
