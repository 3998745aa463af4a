// A timer is an entry of the scheduler's timer queue. While it is armed the queue counts as one of its owners. It fires
// under the queue's lock, so that after stop() has removed it nothing of it is under way.
#include <tenter/timer.h>

#include "channel/channel.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/scheduler.h"

namespace tenter::detail {

class TimerCore final : public TimerEntry {
 public:
  TimerCore(ChannelCore* channel, std::function<void()> function)
      : channel_(channel), function_(std::move(function)), scope_(function_ ? current_leak_scope() : nullptr) {
    if (scope_ != nullptr) { scope_->retain(); }
  }
  TimerCore(const TimerCore&) = delete;
  TimerCore& operator=(const TimerCore&) = delete;

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    // Whoever comes last destroys the function, which the others may have called.
    if (function_) { TENTER_ANNOTATE(tenter_release(this)); }
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) { return; }
    if (function_) { TENTER_ANNOTATE(tenter_acquire(this)); }
    // Perhaps on a worker's own stack, so not by channel_release().
    if (channel_ != nullptr && channel_->drop_reference()) { channel_->destroy(); }
    delete this;
  }

  ChannelCore* channel() const { return channel_; }
  bool is_left_over() const override { return !is_of_this_run(); }
  // Its function stays where it is, like what the tasks of that run hold.
  void drop_left_over() override {
    if (channel_ != nullptr) { release(); }
  }

  // Arms it anew, whatever it did before. True: it had not fired yet, or nobody had received the value.
  bool arm(Duration first, Duration period) {
    Scheduler& scheduler = Scheduler::instance();
    bool is_first = false;
    TakenBack before;
    const std::int64_t when = time_after(first);
    {
      FutexGuard guard(scheduler.timers.lock);
      before = take_back_locked();
      if (!before.was_armed) { retain(); }
      period_ = period.count();
      run_serial_ = scheduler.run_serial.load(std::memory_order_acquire);
      // Made by the caller, so that what it did happens before the function.
      if (function_) { TENTER_ANNOTATE(record_ = tenter_task_create(2, "after_func", 10)); }
      is_first = scheduler.timers.add_locked(*this, when);
    }
    scheduler.timer_added(is_first, when, false);
    return before.was_armed || before.had_value;
  }

  bool disarm() {
    TakenBack before;
    {
      FutexGuard guard(Scheduler::instance().timers.lock);
      before = take_back_locked();
    }
    if (before.was_armed) { release(); }
    return before.was_armed || before.had_value;
  }

 private:
  struct TakenBack {
    bool was_armed = false;  // the queue's share in this timer is the caller's now
    bool had_value = false;  // for somebody to receive it
  };

  ~TimerCore() { LeakScopeCore::release(scope_); }

  TakenBack take_back_locked() {
    TakenBack before;
    before.was_armed = Scheduler::instance().timers.remove_locked(*this);
    if (channel_ != nullptr) { before.had_value = channel_->timer_drain(); }
    if (before.was_armed && function_) { TENTER_ANNOTATE(tenter_task_destroy(record_)); }
    return before;
  }

  static std::int64_t time_after(Duration duration) {
    std::int64_t when = 0;
    const std::int64_t wait = duration.count() > 0 ? duration.count() : 0;
    return __builtin_add_overflow(clock_ns(), wait, &when) ? never - 1 : when;
  }

  bool is_of_this_run() const {
    return run_serial_ == Scheduler::instance().run_serial.load(std::memory_order_acquire);
  }

  std::int64_t fire(std::int64_t now) override {
    if (!is_of_this_run()) {  // it ended with its main task, like the tasks
      drop_left_over();
      return never;
    }
    if (function_) {
      Scheduler& scheduler = Scheduler::instance();
      Task* const task = scheduler.prepare(0, "after_func");
      // The queue's share in this timer passes to the task. The function is called, and if need be destroyed, there.
      scheduler.launch(task, &TimerCore::call, this, nullptr, record_, scope_);
      return never;
    }
    TimePoint value{Duration(now)};
    channel_->set_due(false);
    channel_->post(&value);
    const bool is_forgotten = references_.load(std::memory_order_acquire) == 1 && channel_->is_last_reference();
    if (period_ == 0 || is_forgotten) {
      release();
      return never;
    }
    return time_of_next_tick(now);
  }

  // Ticks keep their distance from the first one, and those that were missed are left out.
  std::int64_t time_of_next_tick(std::int64_t now) const {
    const std::int64_t late = now - when();
    return when() + (late / period_ + 1) * period_;
  }

  bool can_wake() const override { return is_of_this_run() && (function_ || channel_->has_receiver()); }

  void add_targets(std::vector<TimerTarget>& targets) const override {
    if (!is_of_this_run()) { return; }
    if (function_) {
      targets.push_back({when(), nullptr, scope_});
    } else {
      channel_->for_each_receiver([&](const Agent& agent) { targets.push_back({when(), &agent, nullptr}); });
    }
  }

  static void call(void* timer) {
    auto* const self = static_cast<TimerCore*>(timer);
    self->function_();
    self->release();
  }

  std::atomic<std::uint32_t> references_{1};
  ChannelCore* const channel_;
  const std::function<void()> function_;
  LeakScopeCore* const scope_;  // of the task that calls the function
  std::int64_t period_ = 0;     // these three are guarded by the timer queue's lock
  std::uint64_t run_serial_ = 0;
  void* record_ = nullptr;  // the recorder's handle of the task to be
};

static ChannelCore* channel_of_timer() {
  ChannelCore* const channel = channel_make(&element_ops<TimePoint>, 1);
  channel->become_timer();
  return channel;
}

TimerCore* timer_make(Duration first, Duration period, std::function<void()> function) {
  const Call call(__builtin_return_address(0));
  charge();
  ChannelCore* const channel = function ? nullptr : channel_of_timer();
  auto* const timer = new TimerCore(channel, std::move(function));
  timer->arm(first, period);
  return timer;
}

ChannelCore* timer_after(Duration duration) {
  const Call call(__builtin_return_address(0));
  charge();
  ChannelCore* const channel = channel_of_timer();
  // There is no handle by which it could be stopped; but what comes in more than a hundred years, nobody means to come.
  channel->set_due(duration < Duration::max() / 2);
  channel_retain(channel);
  auto* const timer = new TimerCore(channel, {});
  timer->arm(duration, Duration::zero());
  timer->release();
  return channel;
}

void timer_retain(TimerCore* timer) noexcept {
  if (timer != nullptr) { timer->retain(); }
}

void timer_release(TimerCore* timer) noexcept {
  if (timer == nullptr) { return; }
  const Call call(__builtin_return_address(0));
  timer->release();
}

ChannelCore* timer_channel(TimerCore* timer) noexcept {
  if (timer == nullptr) { return nullptr; }
  channel_retain(timer->channel());
  return timer->channel();
}

bool timer_stop(TimerCore* timer) {
  const Call call(__builtin_return_address(0));
  charge();
  return timer != nullptr && timer->disarm();
}

bool timer_reset(TimerCore* timer, Duration first, Duration period) {
  const Call call(__builtin_return_address(0));
  charge();
  if (timer == nullptr) { return false; }
  return timer->arm(first, period);
}

}  // namespace tenter::detail
