// <tenter/signals.h>: a handler that only marks the signal and wakes a thread, and that thread, which sends on channels.
//
// Lock order: the scheduler's locks, then lock_, then a channel's. So nobody is woken while lock_ is held.
#include <tenter/signals.h>

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "channel/channel.h"
#include "task/call.h"
#include "task/futex.h"
#include "task/scheduler.h"

namespace tenter::detail {
namespace {

constexpr std::size_t capacity = 16;
constexpr int most_signals = 64;
using SignalSet = std::uint64_t;

constexpr SignalSet bit(int number) { return SignalSet{1} << (number - 1); }
constexpr SignalSet faults = bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL);

template <class F>
void for_each_signal(SignalSet set, F f) {
  for (; set != 0; set &= set - 1) { f(__builtin_ctzll(set) + 1); }
}

// What the handler touches.
constinit std::atomic<SignalSet> arrived{0};
constinit std::atomic<std::uint32_t> calls{0};  // futex: the thread sleeps while it stays the same
static_assert(std::atomic<SignalSet>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

void call_thread() {
  calls.fetch_add(1, std::memory_order_release);  // pairs with the acquire in SignalRelay::loop()
  futex_wake(calls);
}

extern "C" void tenter_on_signal(int number) {
  const int saved_errno = errno;
  arrived.fetch_or(bit(number), std::memory_order_release);  // pairs with the exchange in SignalRelay::loop()
  call_thread();
  errno = saved_errno;
}

class SignalRelay final : public Outside {
 public:
  static SignalRelay& instance() {
    static SignalRelay* const relay = new SignalRelay;  // never destroyed: its thread runs until the process ends
    return *relay;
  }

  void add(ChannelCore* channel, SignalSet wanted);
  void remove(const ChannelCore* channel);
  bool can_wake() override;
  void add_targets(std::vector<const Agent*>& targets) override;

 private:
  struct Registration {
    ChannelCore* channel;  // one of its references is ours
    SignalSet wanted;
  };
  // Whoever waits for signals waits for nobody in the program.
  static void tell_of_handle(const ChannelCore* channel, bool begins);

  SignalRelay();
  static void* thread_main(void*);
  [[noreturn]] void loop();
  void pass_on(int number);
  SignalSet wanted_locked() const;
  void take_over_locked(SignalSet wanted);
  void give_back_locked();
  static void give_back_in_child();

  std::atomic<bool> is_passing_on_{false};
  FutexLock passing_on_;  // held while signals are on their way to channels; comes before all other locks
  FutexLock lock_;
  std::vector<Registration> registrations_;
  std::atomic<SignalSet> taken_{0};  // over from the program; written under lock_
  std::array<struct sigaction, most_signals + 1> before_{};
};

SignalRelay::SignalRelay() {
  if (!Scheduler::instance().start_service(&SignalRelay::thread_main)) {
    throw Error("signals: no thread is to be had that could pass them on");
  }
  Scheduler::instance().add_outside(*this);
  pthread_atfork(nullptr, nullptr, &SignalRelay::give_back_in_child);
}

SignalSet SignalRelay::wanted_locked() const {
  SignalSet wanted = 0;
  for (const Registration& each : registrations_) { wanted |= each.wanted; }
  return wanted;
}

void SignalRelay::take_over_locked(SignalSet wanted) {
  SignalSet taken = taken_.load(std::memory_order_relaxed);
  int refused = 0;
  for_each_signal(wanted & ~taken, [&](int number) {
    struct sigaction action{};
    action.sa_handler = &tenter_on_signal;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    if (refused == 0 && sigaction(number, &action, &before_[static_cast<std::size_t>(number)]) == 0) {
      taken |= bit(number);
    } else if (refused == 0) {
      refused = number;
    }
  });
  taken_.store(taken, std::memory_order_release);
  if (refused != 0) {
    give_back_locked();
    throw Error("signals: signal " + std::to_string(refused) + " cannot be caught");
  }
}

// Those that nobody wants any more.
void SignalRelay::give_back_locked() {
  const SignalSet wanted = wanted_locked();
  const SignalSet taken = taken_.load(std::memory_order_relaxed);
  for_each_signal(taken & ~wanted, [&](int number) {
    struct sigaction now{};
    // The program may have made another arrangement meanwhile.
    if (sigaction(number, nullptr, &now) == 0 && now.sa_handler == &tenter_on_signal) {
      sigaction(number, &before_[static_cast<std::size_t>(number)], nullptr);
    }
  });
  taken_.store(taken & wanted, std::memory_order_release);
}

// There is no thread in the child that would pass them on.
void SignalRelay::give_back_in_child() {
  const SignalRelay& relay = instance();
  for_each_signal(relay.taken_.load(std::memory_order_acquire),
                  [&](int number) { sigaction(number, &relay.before_[static_cast<std::size_t>(number)], nullptr); });
}

void SignalRelay::add(ChannelCore* channel, SignalSet wanted) {
  {
    FutexGuard guard(lock_);
    registrations_.reserve(registrations_.size() + 1);
    take_over_locked(wanted);
    channel->retain();
    registrations_.push_back({channel, wanted});
    tell_of_handle(channel, true);
  }
  call_thread();  // it unblocks them for itself
}

void SignalRelay::remove(const ChannelCore* channel) {
  {
    FutexGuard guard(lock_);
    std::erase_if(registrations_, [channel](const Registration& each) {
      if (each.channel != channel) { return false; }
      tell_of_handle(channel, false);
      each.channel->drop_reference();  // the caller has another one
      return true;
    });
    give_back_locked();
  }
  const FutexGuard nothing_is_under_way(passing_on_);
}

void SignalRelay::tell_of_handle(const ChannelCore* channel, bool begins) {
  constexpr int sends_from_outside = can_send | 4 | 8;  // see tenter_handle_birth()
  if (!tenter_hears_of_handles()) { return; }
  if (begins) {
    tenter_handle_birth(channel, channel, sends_from_outside);
  } else {
    tenter_handle_death(channel, channel, sends_from_outside);
  }
}

bool SignalRelay::can_wake() {
  FutexGuard guard(lock_);
  for (const Registration& each : registrations_) {
    if (each.channel->has_receiver()) { return true; }
  }
  // A receiver that is in no queue any more may still have to be woken. Asked last: whoever took it out has set this before.
  return is_passing_on_.load(std::memory_order_acquire);
}

void SignalRelay::add_targets(std::vector<const Agent*>& targets) {
  FutexGuard guard(lock_);
  for (const Registration& each : registrations_) {
    each.channel->for_each_receiver([&](const Agent& agent) { targets.push_back(&agent); });
  }
}

// ---- the thread ----------------------------------------------------------------------------------------------------

void SignalRelay::pass_on(int number) {
  const FutexGuard guard_all(passing_on_);
  std::vector<ChannelCore*> receivers;
  std::vector<ChannelCore*> forgotten;
  {
    FutexGuard guard(lock_);
    std::erase_if(registrations_, [&forgotten](const Registration& each) {
      const bool is_forgotten = each.channel->is_last_reference();
      if (is_forgotten) { forgotten.push_back(each.channel); }
      return is_forgotten;
    });
    for (const Registration& each : registrations_) {
      if ((each.wanted & bit(number)) == 0) { continue; }
      each.channel->retain();
      receivers.push_back(each.channel);
    }
    give_back_locked();
  }
  for (ChannelCore* const channel : receivers) { channel->post(&number); }
  for (const auto* channels : {&receivers, &forgotten}) {
    for (ChannelCore* const channel : *channels) {
      if (channel->drop_reference()) { channel->destroy(); }
    }
  }
  // Nobody wants it any more, so it does what it would have done.
  if (receivers.empty()) { kill(getpid(), number); }
}

void SignalRelay::loop() {
  for (;;) {
    const std::uint32_t seen = calls.load(std::memory_order_acquire);
    sigset_t ours;
    sigemptyset(&ours);
    for_each_signal(taken_.load(std::memory_order_acquire), [&](int number) { sigaddset(&ours, number); });
    pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
    is_passing_on_.store(true,
                         std::memory_order_seq_cst);  // seen by who finds a receiver gone, through its channel's lock
    for_each_signal(arrived.exchange(0, std::memory_order_acquire), [this](int number) { pass_on(number); });
    is_passing_on_.store(false, std::memory_order_release);
    futex_wait(calls, seen);
  }
}

void* SignalRelay::thread_main(void*) {
  TENTER_ANNOTATE(tenter_thread_is_worker());
  instance().loop();
}

}  // namespace

ChannelCore* signals_start(const int* numbers, std::size_t count) {
  const Call call(__builtin_return_address(0));
  charge();
  SignalSet wanted = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int number = numbers[i];
    if (number < 1 || number > most_signals) { throw Error("signals: there is no signal " + std::to_string(number)); }
    if ((faults & bit(number)) != 0) {
      throw Error("signals: signal " + std::to_string(number) + " is raised by a fault, and cannot be received");
    }
    wanted |= bit(number);
  }
  if (wanted == 0) { throw Error("signals: no signal was named"); }
  ChannelCore* const channel = channel_make(&element_ops<int>, capacity);
  try {
    SignalRelay::instance().add(channel, wanted);
  } catch (...) {
    channel_release(channel);
    throw;
  }
  return channel;
}

void signals_stop(ChannelCore* channel) {
  const Call call(__builtin_return_address(0));
  charge();
  if (channel != nullptr) { SignalRelay::instance().remove(channel); }
}

}  // namespace tenter::detail
