// An agent is whoever can wait: a task, or an ordinary thread that calls the library. All that waits in this library
// (channels, locks, groups, timers) puts agents into queues and wakes agents, and need not know which of the two it has.
//
// To wait:    agent.prepare();  publish the agent in some queue, under that queue's lock;  unlock;  agent.park();
// To wake:    take the agent out of the queue, under its lock;  unlock;  unpark(agent);
//
// Whoever takes an agent out wakes it exactly once. unpark() is the waker's last word: the agent may return from park()
// as soon as it began, and destroy everything that its wait had to do with.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <tenter/annotate.h>

#include "task/call.h"

namespace tenter::detail {

class Run;

// trace::WaitKind, as far as this library waits.
enum class WaitKind : std::int8_t {
  lock = 0,
  shared_lock = 1,
  condition = 2,
  semaphore = 4,
  once = 6,
  chan_send = 7,
  chan_recv = 8,
  select = 9,
  wait_group = 10,
  sleep = 11,
  descriptor = 12,
  nil_channel_send = 13,
  nil_channel_recv = 14,
  none = -1,
  context = -2  // to a recorder this is chan_recv, of the context's done()
};

// "waits for lock", as all of our messages call it.
const char* doing_what(WaitKind kind);

// Its members lie in the order in which a task's control block needs them: all that waiting, waking and switching touch is
// in one cache line, see task/task.h.
class Agent {
 public:
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Before the agent is published. Whoever finds it may wake it from then on.
  void prepare() { state_.store(parking, std::memory_order_relaxed); }

  // Returns once the agent was woken. Called by the agent itself, with no lock held.
  void park();

  bool is_task() const { return is_task_; }
  void* record() const { return record_; }  // the recorder's handle, null while nothing records

  // A task that was left over when its main task returned never runs again, and is passed over by whoever wakes.
  bool abandoned() const;

  // What the agent waits for, for the report of a program that sleeps for good.
  std::atomic<const void*> waits_on{nullptr};    // the object; of a select: an array of them
  std::atomic<const void*> waits_at{nullptr};    // where the program called the library
  std::atomic<std::int64_t> waits_since{0};      // RecentTime of then
  std::atomic<std::uint32_t> waits_on_count{0};  // how many objects; 0: no array

 protected:
  explicit Agent(bool is_task) : is_task_(is_task) {}
  ~Agent() = default;

  friend void unpark(Agent& agent);
  friend Agent& current_agent();
  friend class Scheduler;
  friend class Worker;
  friend class AsleepCheck;
  friend class Census;

  // awake -> parking (prepare) -> parked (it really left the processor) -> awake (unpark). A waker that comes while the
  // agent is still parking just says so; the agent, or the worker that switched away from it, notices.
  static constexpr std::uint32_t awake = 0;
  static constexpr std::uint32_t parking = 1;
  static constexpr std::uint32_t parked = 2;

  std::atomic<std::uint32_t> state_{awake};
  void* record_ = nullptr;
  Run* run_ = nullptr;                          // of a task: those that it lives and dies with
  std::atomic<std::uint32_t> times_parked_{0};  // lets those who look twice see that nothing moved

 public:
  std::atomic<WaitKind> waits_for{WaitKind::none};

 protected:
  const bool is_task_;  // a task's own flags follow in the same eight bytes
};

// The agent that is calling: the current task, or this thread. Its record handle is up to date. Not to be called with a
// queue's lock held: a thread's first call registers it with the scheduler, whose locks come before the queues'.
Agent& current_agent();

// The current task, or null on a plain thread. May be called with a queue's lock held.
Agent* current_task();

void unpark(Agent& agent);

// Could another processor be about to change what the caller waits for? False: it is the only one that runs tasks.
bool others_run();

// The current task goes behind those that its worker has yet to run. False, at once: there are none, or the caller is no
// task, or what runs next is chosen by a seed, which such a turn would only give more to choose from.
bool let_others_run();

// The time, as clock_ns(), when this thread last looked at the clock. A worker looks whenever it has nothing to do and at
// every eighth switch, so a wait may seem to be older than it is by what eight tasks did between two switches.
using RecentTime = PerThread<struct RecentTimeTag, std::int64_t>;

// While one lives, the agent is waiting, and both the recorder and the asleep report know for what.
template <bool may_be_heard>
class WaitScopeOf {
 public:
  WaitScopeOf(Agent& agent, WaitKind kind, const void* object, std::size_t object_count = 0) : agent_(agent) {
    agent.waits_on.store(object, std::memory_order_relaxed);
    agent.waits_on_count.store(static_cast<std::uint32_t>(object_count), std::memory_order_relaxed);
    agent.waits_at.store(CalledFrom::get(), std::memory_order_relaxed);
    agent.waits_since.store(RecentTime::get(), std::memory_order_relaxed);
    agent.waits_for.store(kind, std::memory_order_relaxed);
    [[maybe_unused]] const WaitKind told = kind == WaitKind::context ? WaitKind::chan_recv : kind;
    TENTER_ANNOTATE_IF(may_be_heard, tenter_wait_begin(static_cast<int>(told), object_count == 0 ? object : nullptr));
  }
  ~WaitScopeOf() {
    TENTER_ANNOTATE_IF(may_be_heard, tenter_wait_end());
    agent_.waits_for.store(WaitKind::none, std::memory_order_relaxed);
  }
  WaitScopeOf(const WaitScopeOf&) = delete;
  WaitScopeOf& operator=(const WaitScopeOf&) = delete;

 private:
  Agent& agent_;
};
using WaitScope = WaitScopeOf<true>;

// Waits for ever: a nil channel, a select without cases.
[[noreturn]] void wait_for_ever(WaitKind kind);

// Called first thing by every operation of the library that might be used in a loop. After some thousand calls without
// a switch the task lets others run, so `while (!channel.try_recv().value) {}` cannot starve the task it waits for.
//
// With a recorder in the process the budget is below zero all the time: it is counted from `heard_budget`. So one test where
// an operation begins asks three things: is the budget spent, do decisions want to be asked, is there a recorder to tell?
// An operation that finds none of them true need not ask again, and goes its short way.
void spend_budget();
using Budget = PerThread<struct BudgetTag, std::int32_t>;
constexpr std::int32_t heard_budget = std::numeric_limits<std::int32_t>::min() / 2;
inline std::int32_t budget_of(std::int32_t calls) { return tenter_recording() ? heard_budget + calls : calls; }
inline void charge(std::int32_t calls = 1) {
  if (Budget::decrement(calls) < 0) [[unlikely]] { spend_budget(); }
}
// The same where it is one of several reasons to take the long way, which then calls finish_charge().
inline bool charge_quickly() { return Budget::decrement() >= 0; }
inline void finish_charge() {
  if (Budget::get() < 0) { spend_budget(); }
}

// A random number below `bound`, fair to one part in 2^32 / bound. Goes through Decisions for select.
std::uint32_t choose_case(std::uint32_t ready_count);

}  // namespace tenter::detail
