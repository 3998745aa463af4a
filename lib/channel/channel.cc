#include "channel/channel.h"

#include "channel/cancellers.h"
#include "task/call.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <span>

#include <tenter/unseen.h>

namespace tenter::detail {
namespace {

constexpr int is_send_flag = 1;  // as in <tenter/annotate.h>
constexpr int closed_flag = 2;
constexpr int attempt_flag = 8;

// Each lies on a page of its own. All at once, because the processor looks up several addresses at the same time.
void prefetch(std::span<const ChannelWaiter* const> waiters) {
  for (const ChannelWaiter* const waiter : waiters) {
    if (waiter == nullptr) { continue; }
    __builtin_prefetch(waiter, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(waiter + 1) - 1, 1);
  }
}

}  // namespace

// ---- queues --------------------------------------------------------------------------------------------------------

void ChannelQueue::push(ChannelWaiter& waiter) {
  waiter.previous = last_;
  waiter.next = nullptr;
  (last_ != nullptr ? last_->next : first_) = &waiter;
  last_ = &waiter;
  waiter.queued = true;
  ChannelWaiter* before = waiter.previous;
  for (std::size_t i = 1; before != nullptr && i < lookahead; ++i) { before = before->previous; }
  if (before != nullptr) { before->ahead = &waiter; }
}

void ChannelQueue::remove(ChannelWaiter& waiter) {
  if (!waiter.queued) { return; }
  (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
  (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
  waiter.queued = false;
}

ChannelWaiter* ChannelQueue::pop() {
  while (ChannelWaiter* const waiter = first_) {
    first_ = waiter->next;
    if (first_ != nullptr) {
      first_->previous = nullptr;
      __builtin_prefetch(first_->agent, 1);
    } else {
      last_ = nullptr;
    }
    waiter->queued = false;
    if (waiter->agent->abandoned()) { continue; }
    if (waiter->winner == nullptr) { return waiter; }
    std::int64_t expected = undecided;
    if (waiter->winner->compare_exchange_strong(expected, waiter->index, std::memory_order_acq_rel,
                                                std::memory_order_relaxed)) {
      return waiter;
    }
  }
  return nullptr;
}

bool ChannelQueue::is_live(const ChannelWaiter& waiter) {
  return !waiter.agent->abandoned() &&
         (waiter.winner == nullptr || waiter.winner->load(std::memory_order_acquire) == undecided);
}

bool ChannelQueue::has_live() {
  while (first_ != nullptr) {
    if (is_live(*first_)) { return true; }
    remove(*first_);
  }
  return false;
}

// ---- life ----------------------------------------------------------------------------------------------------------

ChannelCore::ChannelCore(const ElementOps& ops, std::size_t capacity, char* slots)
    : ops_(ops), capacity_(capacity), slots_(slots) {}

ChannelCore* ChannelCore::make(const ElementOps& ops, std::size_t capacity) {
  const std::size_t alignment = ops.alignment > alignof(ChannelCore) ? ops.alignment : alignof(ChannelCore);
  const std::size_t header = (sizeof(ChannelCore) + alignment - 1) / alignment * alignment;
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
  if (capacity > most || (ops.size > 0 && capacity > (most - header) / ops.size)) {
    throw Error("make_chan: the capacity is out of range");
  }
  const std::size_t size = (header + capacity * ops.size + alignment - 1) / alignment * alignment;
  void* const memory = alignment <= alignof(std::max_align_t) ? std::malloc(size) : std::aligned_alloc(alignment, size);
  if (memory == nullptr) { throw std::bad_alloc(); }
  auto* const channel = new (memory) ChannelCore(ops, capacity, static_cast<char*>(memory) + header);
  TENTER_ANNOTATE(tenter_chan_make(channel, capacity));
  return channel;
}

void ChannelCore::destroy() {
  if (ops_.destroy != nullptr) {
    for (std::size_t count = count_.load(std::memory_order_relaxed); count > 0; --count) {
      // Whoever drops the last handle takes over what is left, and is ordered after those who sent it.
      TENTER_ANNOTATE(tenter_chan_recv(this, 0, nullptr));
      destroy_value(slot(head_));
      head_ = head_ + 1 == capacity_ ? 0 : head_ + 1;
    }
  }
  TENTER_ANNOTATE(tenter_chan_destroy(this));
  this->~ChannelCore();
  std::free(this);
}

void ChannelCore::move_value(void* to, void* from) const {
  if (ops_.move != nullptr) {
    const Unseen unseen;  // ordered by the channel's own events; the accesses of moving are not the program's
    ops_.move(to, from);
    return;
  }
  switch (ops_.size) {
    case 0: break;
    case 4: std::memcpy(to, from, 4); break;
    case 8: std::memcpy(to, from, 8); break;
    default: std::memcpy(to, from, ops_.size); break;
  }
}

void ChannelCore::deliver_value(void* to, void* from) const {
  if (ops_.deliver == nullptr) {
    move_value(to, from);
    return;
  }
  const Unseen unseen;
  ops_.deliver(to, from);
}

void ChannelCore::destroy_value(void* value) const {
  if (ops_.destroy == nullptr) { return; }
  const Unseen unseen;
  ops_.destroy(value);
}

// ---- send, receive, close ------------------------------------------------------------------------------------------

void throw_send_on_closed(const ChannelCore* channel) {
  TENTER_ANNOTATE(tenter_misuse(0, channel));
  throw ClosedChannelError("send on closed channel");
}

// The value could not be moved from or to a partner that was already won. It goes back to waiting, by itself.
void ChannelCore::hand_back(ChannelWaiter& waiter, Agent*& partner) const {
  waiter.outcome = WaitOutcome::again;
  partner = waiter.agent;
}

template <bool may_be_heard>
TryResult ChannelCore::send_locked(void* value, [[maybe_unused]] int flags, Agent*& partner) {
  if (closed_) { return TryResult::closed; }
  if (ChannelWaiter* const receiver = receivers_.pop()) {
    try {
      deliver_value(receiver->value, value);
    } catch (...) {
      hand_back(*receiver, partner);
      throw;
    }
    receiver->outcome = WaitOutcome::done;
    partner = receiver->agent;
    TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_send(this, flags, partner->record()));
    return TryResult::done;
  }
  const std::size_t count = count_.load(std::memory_order_relaxed);
  if (count == capacity_) { return TryResult::would_wait; }
  std::size_t tail = head_ + count;
  if (tail >= capacity_) { tail -= capacity_; }
  move_value(slot(tail), value);
  count_.store(count + 1, std::memory_order_relaxed);
  TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_send(this, flags, nullptr));
  return TryResult::done;
}

template <bool may_be_heard>
TryResult ChannelCore::recv_locked(void* storage, [[maybe_unused]] int flags, Agent*& partner) {
  const std::size_t count = count_.load(std::memory_order_relaxed);
  if (count > 0) {
    void* const freed = slot(head_);
    deliver_value(storage, freed);
    destroy_value(freed);
    head_ = head_ + 1 == capacity_ ? 0 : head_ + 1;
    // The buffer was full if somebody waits to send: the place that was just freed is also the one behind the last.
    ChannelWaiter* const sender = senders_.pop();
    if (sender != nullptr) {
      partner = sender->agent;
      try {
        move_value(freed, sender->value);
        sender->outcome = WaitOutcome::done;
        TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_recv(this, flags, partner->record()));
        return TryResult::done;
      } catch (...) {
        hand_back(*sender, partner);  // the sender will meet the exception itself
      }
    }
    count_.store(count - 1, std::memory_order_relaxed);
    TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_recv(this, flags, nullptr));
    return TryResult::done;
  }
  if (ChannelWaiter* const sender = senders_.pop()) {
    try {
      deliver_value(storage, sender->value);
    } catch (...) {
      hand_back(*sender, partner);
      throw;
    }
    sender->outcome = WaitOutcome::done;
    partner = sender->agent;
    TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_recv(this, flags, partner->record()));
    return TryResult::done;
  }
  if (closed_) {
    TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_recv(this, flags | closed_flag, nullptr));
    return TryResult::closed;
  }
  return TryResult::would_wait;
}

template TryResult ChannelCore::send_locked<true>(void*, int, Agent*&);
template TryResult ChannelCore::send_locked<false>(void*, int, Agent*&);
template TryResult ChannelCore::recv_locked<true>(void*, int, Agent*&);
template TryResult ChannelCore::recv_locked<false>(void*, int, Agent*&);

// With the channel locked, where nobody records: the whole operation, if it is between the caller and the buffer, and nobody
// waits. False: nothing was done.
[[gnu::always_inline]] inline bool ChannelCore::buffer_alone(bool is_send, void* value) {
  const std::size_t count = count_.load(std::memory_order_relaxed);
  if (ops_.move != nullptr) { return false; }
  if (is_send) {
    if (count == capacity_ || closed_ || !receivers_.empty()) { return false; }
    std::size_t tail = head_ + count;
    if (tail >= capacity_) { tail -= capacity_; }
    move_value(slot(tail), value);
    count_.store(count + 1, std::memory_order_relaxed);
  } else {
    if (count == 0 || !senders_.empty()) { return false; }
    move_value(value, slot(head_));
    head_ = head_ + 1 == capacity_ ? 0 : head_ + 1;
    count_.store(count - 1, std::memory_order_relaxed);
  }
  return true;
}

// send_locked() or recv_locked(). If it throws, the channel is unlocked.
template <bool may_be_heard>
[[gnu::always_inline]] inline TryResult ChannelCore::attempt(bool is_send, void* value, int flags, Agent*& partner) {
  try {
    return is_send ? send_locked<may_be_heard>(value, flags, partner)
                   : recv_locked<may_be_heard>(value, flags, partner);
  } catch (...) {
    lock.unlock();
    if (partner != nullptr) { unpark(*partner); }
    throw;
  }
}

TryResult ChannelCore::try_once(bool is_send, void* value) {
  Agent* partner = nullptr;
  lock.lock();
  const bool is_done = !tenter_recording() && buffer_alone(is_send, value);
  const TryResult result = is_done ? TryResult::done : attempt<true>(is_send, value, attempt_flag, partner);
  if (result == TryResult::would_wait) { TENTER_ANNOTATE(tenter_chan_look(this)); }
  lock.unlock();
  if (partner != nullptr) { unpark(*partner); }
  return result;
}

namespace {

// Queues the caller, whose operation cannot go ahead, and waits until a partner or close() has dealt with it. Called with
// the channel locked; returns with it unlocked, or locked if the outcome is `again`.
template <bool may_be_heard>
WaitOutcome wait_in_queue(ChannelCore& channel, Agent& self, void* value, bool is_send) {
  ChannelWaiter waiter;
  waiter.agent = &self;
  waiter.value = value;
  [[maybe_unused]] const int flags = is_send ? is_send_flag : 0;
  WaitScopeOf<may_be_heard> waiting(self, channel.wait_kind(is_send), &channel);
  self.prepare();
  channel.queue(is_send).push(waiter);
  TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_park(&channel, flags));
  channel.lock.unlock();
  if (may_be_heard && channel.wait_kind(is_send) == WaitKind::context) { tell_of_held_cancellers(self); }
  self.park();
  if (waiter.outcome == WaitOutcome::again) {
    channel.lock.lock();
    TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_unpark(&channel, flags));
  } else {
    TENTER_ANNOTATE_IF(may_be_heard,
                       tenter_chan_done(&channel, flags | (waiter.outcome == WaitOutcome::closed ? closed_flag : 0)));
  }
  return waiter.outcome;
}

}  // namespace

[[gnu::always_inline]] inline TryResult ChannelCore::wait_for(bool is_send, void* value, const void* call_site) {
  lock.lock();
  if (buffer_alone(is_send, value)) {
    lock.unlock();
    return TryResult::done;
  }
  return wait_for_unheard(is_send, value, call_site);
}

// Called with the channel locked; returns with it unlocked.
[[gnu::noinline]] TryResult ChannelCore::wait_for_unheard(bool is_send, void* value, const void* call_site) {
  const CallOf<false> call(call_site);
  return wait_for_locked<false>(is_send, value);
}

// Called with the channel locked; returns with it unlocked.
template <bool may_be_heard>
[[gnu::always_inline]] inline TryResult ChannelCore::wait_for_locked(bool is_send, void* value) {
  Agent* self = nullptr;
  Agent* partner = nullptr;
  for (;;) {
    const TryResult result = attempt<may_be_heard>(is_send, value, 0, partner);
    if (result != TryResult::would_wait) {
      lock.unlock();
      if (partner != nullptr) { unpark(*partner); }
      return result;
    }
    if (self == nullptr) { self = current_task(); }
    if (self == nullptr) {
      lock.unlock();  // a thread's first wait takes locks that come before this one
      self = &current_agent();
      lock.lock();
      continue;
    }
    switch (wait_in_queue<may_be_heard>(*this, *self, value, is_send)) {
      case WaitOutcome::done: return TryResult::done;
      case WaitOutcome::closed: return TryResult::closed;
      case WaitOutcome::again: break;
    }
  }
}

// The same where somebody may record.
[[gnu::noinline]] TryResult ChannelCore::wait_for_heard(bool is_send, void* value) {
  lock.lock();
  return wait_for_locked<true>(is_send, value);
}

void ChannelCore::close() {
  lock.lock();
  if (closed_) {
    lock.unlock();
    TENTER_ANNOTATE(tenter_misuse(1, this));
    throw ClosedChannelError("close of closed channel");
  }
  closed_ = true;
  TENTER_ANNOTATE(tenter_chan_close(this));
  bool is_retained = false;
  for (bool is_last = false; !is_last;) {
    // A few at a time: each lies on a stack of its own, and is woken while that is still in the cache.
    std::array<Agent*, 32> woken;
    std::array<const ChannelWaiter*, ChannelQueue::lookahead> ahead{};
    std::size_t count = 0;
    for (ChannelQueue* queue : {&receivers_, &senders_}) {
      while (count < woken.size()) {
        ChannelWaiter* const waiter = queue->pop();
        if (waiter == nullptr) { break; }
        waiter->outcome = WaitOutcome::closed;
        ahead[count % ahead.size()] = waiter->ahead;
        woken[count++] = waiter->agent;
        if (count % ahead.size() == 0) { prefetch(ahead); }
      }
    }
    is_last = receivers_.empty() && senders_.empty();
    if (!is_last && !is_retained) {
      retain();  // whoever is woken may drop the handle by which we were called
      is_retained = true;
    }
    lock.unlock();
    for (std::size_t i = 0; i < count; ++i) { unpark(*woken[i]); }
    if (!is_last) { lock.lock(); }
  }
  if (is_retained && drop_reference()) { destroy(); }
}

// ---- timers and signals --------------------------------------------------------------------------------------------

void ChannelCore::post(void* value) {
  Agent* partner = nullptr;
  {
    FutexGuard guard(lock);
    if (ChannelWaiter* const receiver = receivers_.pop()) {
      move_value(receiver->value, value);
      receiver->outcome = WaitOutcome::done;
      partner = receiver->agent;
    } else if (const std::size_t count = count_.load(std::memory_order_relaxed); count < capacity_) {
      const std::size_t tail = head_ + count;
      move_value(slot(tail < capacity_ ? tail : tail - capacity_), value);
      count_.store(count + 1, std::memory_order_relaxed);
    } else {
      return;  // those before were not taken yet
    }
    TENTER_ANNOTATE(tenter_chan_timer_send(this, partner != nullptr ? partner->record() : nullptr));
  }
  if (partner != nullptr) { unpark(*partner); }
}

bool ChannelCore::timer_drain() {
  FutexGuard guard(lock);
  return count_.exchange(0, std::memory_order_relaxed) > 0;
}

bool ChannelCore::has_receiver() {
  FutexGuard guard(lock);
  return receivers_.has_live();
}

// ---- <tenter/channel.h> --------------------------------------------------------------------------------------------

ChannelCore* channel_make(const ElementOps* ops, std::size_t capacity) {
  const Call call(__builtin_return_address(0));
  return ChannelCore::make(*ops, capacity);
}

void channel_retain(ChannelCore* channel) noexcept {
  if (channel != nullptr) { channel->retain(); }
}

void channel_release(ChannelCore* channel) noexcept {
  if (channel == nullptr || !channel->drop_reference()) { return; }
  const Call call(__builtin_return_address(0));
  channel->destroy();
}

namespace {

[[gnu::noinline]] void send_fully(ChannelCore* channel, void* value, const void* call_site) {
  const Call call(call_site);
  finish_charge();
  if (channel == nullptr) { wait_for_ever(WaitKind::nil_channel_send); }
  if (channel->wait_for_heard(true, value) == TryResult::closed) { throw_send_on_closed(channel); }
}

[[gnu::noinline]] bool recv_fully(ChannelCore* channel, void* storage, const void* call_site) {
  const Call call(call_site);
  finish_charge();
  if (channel == nullptr) { wait_for_ever(WaitKind::nil_channel_recv); }
  return channel->wait_for_heard(false, storage) == TryResult::done;
}

}  // namespace

void channel_send(ChannelCore* channel, void* value) {
  const void* const call_site = __builtin_return_address(0);
  if (!charge_quickly() || channel == nullptr) [[unlikely]] {
    send_fully(channel, value, call_site);
  } else if (channel->wait_for(true, value, call_site) == TryResult::closed) {
    throw_send_on_closed(channel);
  }
}

bool channel_recv(ChannelCore* channel, void* storage) {
  const void* const call_site = __builtin_return_address(0);
  if (!charge_quickly() || channel == nullptr) [[unlikely]] { return recv_fully(channel, storage, call_site); }
  return channel->wait_for(false, storage, call_site) == TryResult::done;
}

TryResult channel_try_send(ChannelCore* channel, void* value) {
  const Call call(__builtin_return_address(0));
  charge();
  if (channel == nullptr) { return TryResult::would_wait; }
  const TryResult result = channel->try_once(true, value);
  if (result == TryResult::closed) { throw_send_on_closed(channel); }
  return result;
}

TryResult channel_try_recv(ChannelCore* channel, void* storage) {
  const Call call(__builtin_return_address(0));
  charge();
  return channel == nullptr ? TryResult::would_wait : channel->try_once(false, storage);
}

void channel_close(ChannelCore* channel) {
  const Call call(__builtin_return_address(0));
  charge();
  if (channel == nullptr) {
    TENTER_ANNOTATE(tenter_misuse(2, nullptr));
    throw NilChannelError("close of nil channel");
  }
  channel->close();
}

std::size_t channel_len(const ChannelCore* channel) noexcept {
  charge();  // some wait by it
  if (channel == nullptr) { return 0; }
  if (!tenter_recording()) { return channel->len(); }
  const Call call(__builtin_return_address(0));
  const FutexGuard guard(channel->lock);
  TENTER_ANNOTATE(tenter_chan_look(channel));
  return channel->len();
}
std::size_t channel_cap(const ChannelCore* channel) noexcept { return channel == nullptr ? 0 : channel->cap(); }

}  // namespace tenter::detail
