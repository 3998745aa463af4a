// <tenter/task.h>: the doors to the scheduler.
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

#include <tenter/task.h>

#include "task/call.h"
#include "task/clock.h"
#include "task/scheduler.h"

namespace tenter {
namespace detail {

struct TaskAccess {
  static void* place_closure(Task* task, std::size_t size) {
    const auto top = reinterpret_cast<std::uintptr_t>(task);
    // No type is aligned to more than what divides its size.
    const std::size_t alignment = std::min(size & (~size + 1), closure_alignment);
    return reinterpret_cast<void*>((top - size) & ~(alignment - 1));
  }
  static const std::string& name(const Task* task) { return task->name(); }
};

Spawn spawn_prepare(std::size_t closure_size, TaskOptions* options) {
  charge(Scheduler::price_of_spawn());
  Task* const task = options != nullptr ? Scheduler::instance().prepare(options->stack_size, std::move(options->name))
                                        : Scheduler::instance().prepare(0, {});
  return {task, TaskAccess::place_closure(task, closure_size)};
}

void spawn_launch(Task* task, void (*entry)(void*), void* closure) {
  const Call call(__builtin_return_address(0));
  void* record = nullptr;
  const std::string& name = TaskAccess::name(task);
  TENTER_ANNOTATE(record = tenter_task_create(2, name.data(), name.size()));
  Scheduler::instance().launch(task, entry, closure, __builtin_return_address(0), record);
}

void spawn_discard(Task* task) noexcept { Scheduler::instance().discard(task); }

void run_main(const RunOptions& options, void (*entry)(void*), void* closure) {
  const Call call(__builtin_return_address(0));
  Scheduler::instance().run_main(options, entry, closure, __builtin_return_address(0));
}

void begin_blocking() { Scheduler::instance().begin_help(); }
void end_blocking() { Scheduler::instance().end_help(); }

namespace {

// One task that sleeps; on its stack.
class Sleeper final : public TimerEntry {
 public:
  explicit Sleeper(Agent& agent) : agent_(agent) {}
  bool is_left_over() const override { return agent_.abandoned(); }

 private:
  std::int64_t fire(std::int64_t) override {
    unpark(agent_);
    return never;
  }
  bool can_wake() const override { return !agent_.abandoned(); }

  void add_targets(std::vector<TimerTarget>& targets) const override {
    if (can_wake()) { targets.push_back({when(), &agent_, nullptr}); }
  }
  Agent& agent_;
};

void sleep_until_ns(std::int64_t when) {
  Agent& self = current_agent();
  WaitScope waiting(self, WaitKind::sleep, nullptr);
  if (!self.is_task() && !clock_is_virtual()) {
    const timespec until{static_cast<time_t>(when / 1'000'000'000), static_cast<long>(when % 1'000'000'000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {}
    return;
  }
  Scheduler& scheduler = Scheduler::instance();
  Sleeper sleeper(self);
  self.prepare();
  bool first = false;
  {
    FutexGuard guard(scheduler.timers.lock);
    first = scheduler.timers.add_locked(sleeper, when);
  }
  scheduler.timer_added(first, when, self.is_task());
  self.park();
}

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? never - 1 : sum;
}

}  // namespace
}  // namespace detail

// A loop that asks again after each turn looks to the analyzer like one that asked once, if what it asks for is not recorded.
// So a turn is told of like a sleep.
void yield() {
  detail::Scheduler& scheduler = detail::Scheduler::instance();
  if (!tenter_recording()) {
    scheduler.yield_current();
    return;
  }
  const detail::Call call(__builtin_return_address(0));
  TENTER_ANNOTATE(tenter_wait_begin(static_cast<int>(detail::WaitKind::sleep), nullptr));
  scheduler.yield_current();
  TENTER_ANNOTATE(tenter_wait_end());
}

void sleep_for(Duration duration) {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  if (duration.count() <= 0) { return; }
  detail::sleep_until_ns(detail::saturating_add(detail::clock_ns(), duration.count()));
}

void sleep_until(TimePoint time) {
  const detail::Call call(__builtin_return_address(0));
  detail::charge();
  // std::chrono::steady_clock is CLOCK_MONOTONIC in both standard libraries on Linux.
  const std::int64_t when = std::chrono::duration_cast<Duration>(time.time_since_epoch()).count();
  if (when <= detail::clock_ns()) { return; }
  detail::sleep_until_ns(when);
}

TimePoint now() {
  (void)detail::Scheduler::instance();  // which may make the clock virtual
  return TimePoint(Duration(detail::clock_ns()));
}

void set_max_workers(int n) { detail::Scheduler::instance().set_max_workers(n); }
int max_workers() { return detail::Scheduler::instance().max_workers(); }

std::size_t task_count() {
  detail::charge();  // some wait by it
  const std::int64_t live = detail::Scheduler::instance().run()->live();
  return live > 0 ? static_cast<std::size_t>(live) : 0;
}

}  // namespace tenter
