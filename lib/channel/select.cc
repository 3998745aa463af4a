// select locks all of its channels, in the order of their addresses so that two selects cannot lock each other out, then
// looks which cases are ready and takes one. If none is, it queues on every channel before it unlocks any. Whoever
// completes one case thereby decides the whole select (see ChannelQueue::pop).
#include <tenter/select.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "channel/cancellers.h"
#include "channel/channel.h"
#include "task/call.h"

namespace tenter::detail {
namespace {

constexpr int is_send_flag = 1;  // as in <tenter/annotate.h>
constexpr int closed_flag = 2;
constexpr int select_flag = 4;
constexpr int due_flag = 2;     // of tenter_select_case()
constexpr std::size_t few = 8;  // cases that need no allocation

// Room for `count` values, on the stack if they are few.
template <class T>
class SmallArray {
 public:
  explicit SmallArray(std::size_t count) {
    if (count > few) {
      many_ = std::make_unique<T[]>(count);
      data_ = many_.get();
    }
  }
  SmallArray(const SmallArray&) = delete;
  SmallArray& operator=(const SmallArray&) = delete;
  T& operator[](std::size_t i) { return data_[i]; }
  T* data() { return data_; }

 private:
  T few_[few];
  std::unique_ptr<T[]> many_;
  T* data_ = few_;
};

class Select {
 public:
  Select(const SelectCase* cases, std::size_t count) : cases_(cases), count_(count), channels_(count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (cases[i].channel != nullptr) { channels_[channel_count_++] = cases[i].channel; }
    }
    ChannelCore** const begin = channels_.data();
    std::sort(begin, begin + channel_count_, std::less<>());
    const std::size_t case_count = channel_count_;
    channel_count_ = static_cast<std::size_t>(std::unique(begin, begin + channel_count_) - begin);
    repeats_ = channel_count_ < case_count;
  }

  void lock() {
    for (std::size_t i = 0; i < channel_count_; ++i) { channels_[i]->lock.lock(); }
  }
  void unlock() {
    for (std::size_t i = channel_count_; i > 0; --i) { channels_[i - 1]->lock.unlock(); }
  }

  // With all locks held: does one of the ready cases. False: none is ready.
  template <bool may_be_heard>
  bool try_one(Selected& selected, Agent*& partner, bool may_wait, bool& send_on_closed) {
    SmallArray<std::uint32_t> ready(count_);
    bool has_told = false;
    for (;;) {
      std::uint32_t ready_count = 0;
      for (std::size_t i = 0; i < count_; ++i) {
        ChannelCore* const channel = cases_[i].channel;
        if (channel == nullptr) { continue; }
        if (cases_[i].is_send ? channel->can_send_locked() : channel->can_recv_locked()) {
          ready[ready_count++] = static_cast<std::uint32_t>(i);
        }
      }
      if (ready_count == 0) {
        if (may_be_heard && !may_wait && tenter_recording()) { tell_of_looks(); }
        return false;
      }
      const std::size_t chosen = ready[ready_count == 1 ? 0 : choose_case(ready_count)];
      const SelectCase& one = cases_[chosen];
      if (may_be_heard && tenter_recording() && !std::exchange(has_told, true)) { tell_of_cases(may_wait); }
      const TryResult result = one.is_send ? one.channel->send_locked<may_be_heard>(one.value, select_flag, partner)
                                           : one.channel->recv_locked<may_be_heard>(one.value, select_flag, partner);
      // Its partner, a case of another select, may have been decided otherwise since we looked.
      if (result == TryResult::would_wait) { continue; }
      selected = {chosen, result == TryResult::done && !one.is_send};
      send_on_closed = result == TryResult::closed && one.is_send;
      return true;
    }
  }

  // With all locks held, which it gives up: waits until one case was done by somebody else. False: try again.
  template <bool may_be_heard>
  bool wait(Agent& self, Selected& selected, bool& send_on_closed) {
    SmallArray<ChannelWaiter> waiters(count_);
    std::atomic<std::int64_t> winner{undecided};
    WaitScopeOf<may_be_heard> waiting(self, WaitKind::select, channels_.data(), channel_count_);
    if (may_be_heard && tenter_recording()) { tell_of_cases(/*may_wait=*/true); }
    self.prepare();
    const auto queue_up = [&](std::size_t i) {
      ChannelCore* const channel = cases_[i].channel;
      if (channel == nullptr) { return; }
      ChannelWaiter& waiter = waiters[i];
      waiter.agent = &self;
      waiter.value = cases_[i].value;
      waiter.winner = &winner;
      waiter.index = static_cast<std::int64_t>(i);
      channel->queue(cases_[i].is_send).push(waiter);
      TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_park(channel, flags_of(i)));
    };
    if (repeats_) {
      // Of several cases in one queue the first is taken, so chance says which that is.
      SmallArray<std::uint32_t> order(count_);
      for (std::size_t i = 0; i < count_; ++i) { order[i] = static_cast<std::uint32_t>(i); }
      for (std::size_t left = count_; left > 0; --left) {
        std::swap(order[left - 1], order[choose_case(static_cast<std::uint32_t>(left))]);
        queue_up(order[left - 1]);
      }
    } else {
      for (std::size_t i = 0; i < count_; ++i) { queue_up(i); }
    }
    unlock();
    if (may_be_heard && waits_for_a_context()) { tell_of_held_cancellers(self); }
    self.park();

    const auto won = static_cast<std::size_t>(winner.load(std::memory_order_acquire));
    const WaitOutcome outcome = waiters[won].outcome;
    if (outcome != WaitOutcome::again) {
      TENTER_ANNOTATE_IF(
          may_be_heard,
          tenter_chan_done(cases_[won].channel, flags_of(won) | (outcome == WaitOutcome::closed ? closed_flag : 0)));
    }
    for (std::size_t i = 0; i < count_; ++i) {
      ChannelCore* const channel = cases_[i].channel;
      if (channel == nullptr || (i == won && outcome != WaitOutcome::again)) { continue; }
      FutexGuard guard(channel->lock);
      channel->queue(cases_[i].is_send).remove(waiters[i]);
      TENTER_ANNOTATE_IF(may_be_heard, tenter_chan_unpark(channel, flags_of(i)));
    }
    if (outcome == WaitOutcome::again) { return false; }
    selected = {won, outcome == WaitOutcome::done && !cases_[won].is_send};
    send_on_closed = outcome == WaitOutcome::closed && cases_[won].is_send;
    return true;
  }

  bool can_ever_wake() const { return channel_count_ > 0; }

 private:
  void tell_of_cases(bool may_wait) const {
    for (std::size_t i = 0; i < count_; ++i) {
      const SelectCase& one = cases_[i];
      if (one.channel == nullptr) { continue; }
      const bool is_due = !one.is_send && one.channel->is_due_locked();
      tenter_select_case(one.channel, flags_of(i) | (is_due ? due_flag : 0), one.handle);
    }
    if (!may_wait) { tenter_select_case(nullptr, select_flag, nullptr); }
  }
  void tell_of_looks() {
    for (std::size_t i = 0; i < channel_count_; ++i) { tenter_chan_look(channels_[i]); }
  }
  bool waits_for_a_context() const {
    return std::any_of(cases_, cases_ + count_, [](const SelectCase& one) {
      return one.channel != nullptr && one.channel->wait_kind(one.is_send) == WaitKind::context;
    });
  }
  int flags_of(std::size_t i) const { return select_flag | (cases_[i].is_send ? is_send_flag : 0); }

  const SelectCase* const cases_;
  const std::size_t count_;
  SmallArray<ChannelCore*> channels_;  // each once, in the order of addresses
  std::size_t channel_count_ = 0;
  bool repeats_ = false;  // some channel is in several cases
};

template <bool may_be_heard>
[[gnu::noinline]] Selected select_by(const SelectCase* cases, std::size_t count, bool may_wait, const void* call_site) {
  const CallOf<may_be_heard> call(call_site);
  if constexpr (may_be_heard) { finish_charge(); }
  Select select(cases, count);
  if (!select.can_ever_wake()) {
    if (!may_wait) { return {count, false}; }
    wait_for_ever(WaitKind::select);
  }
  Selected selected{count, false};
  bool send_on_closed = false;
  Agent* const self = may_wait ? &current_agent() : nullptr;
  for (;;) {
    Agent* partner = nullptr;
    bool done = false;
    select.lock();
    try {
      done = select.try_one<may_be_heard>(selected, partner, may_wait, send_on_closed);
    } catch (...) {
      select.unlock();
      if (partner != nullptr) { unpark(*partner); }
      throw;
    }
    if (done || !may_wait) {
      select.unlock();
      if (partner != nullptr) { unpark(*partner); }
      break;
    }
    if (select.wait<may_be_heard>(*self, selected, send_on_closed)) { break; }
  }
  if (send_on_closed) { throw_send_on_closed(cases[selected.index].channel); }
  return selected;
}

}  // namespace

Selected select_wait(const SelectCase* cases, std::size_t count, bool may_wait) {
  const void* const call_site = __builtin_return_address(0);
  return charge_quickly() ? select_by<false>(cases, count, may_wait, call_site)
                          : select_by<true>(cases, count, may_wait, call_site);
}

}  // namespace tenter::detail
