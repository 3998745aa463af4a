// Timers. As those of Go's package time since Go 1.23 (https://pkg.go.dev/time#Timer): after stop() or reset() has
// returned, no value from before can be received, and len() and cap() of a timer's channel are 0.
//
//   select(on_recv(answers, use),
//          on_recv(after(100ms), [] { give_up(); }));
//
// A timer that fires orders nothing: no task sent the value. Any number of tasks and threads may stop and reset one timer
// at the same time.
#pragma once
#include <functional>
#include <memory>
#include <utility>

#include <tenter/channel.h>
#include <tenter/task.h>

namespace tenter {
namespace detail {

class TimerCore;  // lib/time/timer.cc

ChannelCore* timer_after(Duration duration);  // with a reference for the caller; fires once, and nobody can stop it
TimerCore* timer_make(Duration first, Duration period, std::function<void()> function);  // armed; period 0: once
void timer_retain(TimerCore* timer) noexcept;
void timer_release(TimerCore* timer) noexcept;
// Null, a Timer that was moved from, is allowed in all of these.
ChannelCore* timer_channel(TimerCore* timer) noexcept;  // retained for the caller; null if it has a function
bool timer_stop(TimerCore* timer);
bool timer_reset(TimerCore* timer, Duration first, Duration period);

class TimerHandle {
 public:
  explicit TimerHandle(TimerCore* adopted) noexcept : core_(adopted) {}
  TimerHandle(TimerHandle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  TimerHandle& operator=(TimerHandle&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~TimerHandle() { timer_release(core_); }
  TimerCore* core() const noexcept { return core_; }
  RecvChan<TimePoint> channel() const { return ChannelAccess::adopt<RecvChan<TimePoint>>(timer_channel(core_)); }

 private:
  TimerCore* core_;
};

}  // namespace detail

// Sends the time on its channel, once, when `duration` has passed. Destroying a Timer neither stops it nor waits for it.
// A Timer that was moved from has the nil channel, and neither stop() nor reset() finds anything to do.
class Timer {
 public:
  explicit Timer(Duration duration) : handle_(detail::timer_make(duration, Duration::zero(), {})) {}

  RecvChan<TimePoint> channel() const { return handle_.channel(); }  // nil for a timer of after_func()
  // True: it had not fired yet, or nobody had received the value, and now nobody will; of an after_func() timer: its
  // function will not run. False: too late, or stopped already. Does not wait for the function.
  bool stop() { return detail::timer_stop(handle_.core()); }
  // Fires `duration` from now, whatever it did before. Returns what stop() would have.
  bool reset(Duration duration) { return detail::timer_reset(handle_.core(), duration, Duration::zero()); }

 private:
  template <class F>
  friend Timer after_func(Duration duration, F f);
  explicit Timer(detail::TimerHandle handle) : handle_(std::move(handle)) {}
  detail::TimerHandle handle_;
};

// A channel on which the time is sent, once, when `duration` has passed.
inline RecvChan<TimePoint> after(Duration duration) {
  return detail::ChannelAccess::adopt<RecvChan<TimePoint>>(detail::timer_after(duration));
}

// Calls f in a task of its own when `duration` has passed. What the caller did before happens before f.
template <class F>
Timer after_func(Duration duration, F f) {
  auto shared = std::make_shared<F>(std::move(f));
  return Timer(detail::TimerHandle(
      detail::timer_make(duration, Duration::zero(), [shared = std::move(shared)] { std::invoke(*shared); })));
}

// Sends the time on its channel every `period`. A tick is dropped if the one before was not received yet. It ticks until
// stop(), or until neither it nor its channel can be reached. stop() does not close the channel. Throws Error if the
// period is not positive.
class Ticker {
 public:
  explicit Ticker(Duration period) : handle_(detail::timer_make(checked(period), period, {})) {}

  RecvChan<TimePoint> channel() const { return handle_.channel(); }
  void stop() { detail::timer_stop(handle_.core()); }
  void reset(Duration period) { detail::timer_reset(handle_.core(), checked(period), period); }

 private:
  static Duration checked(Duration period) {
    if (period <= Duration::zero()) { throw Error("a ticker needs a positive period"); }
    return period;
  }
  detail::TimerHandle handle_;
};

}  // namespace tenter
