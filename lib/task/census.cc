#include "task/census.h"

#include <algorithm>

#include "task/stack_switch.h"

namespace tenter::detail {

bool is_wait_for_others(WaitKind kind) {
  return kind != WaitKind::none && kind != WaitKind::sleep && kind != WaitKind::descriptor;
}

TaskSight Census::sight_of(const Task& task) {
  TaskSight sight{};
  sight.task = &task;
  sight.id = task.id_;
  // The count before the state and after it: a task that was woken and waits again in between has another one.
  sight.times_parked = task.times_parked_.load(std::memory_order_acquire);
  sight.waits = task.state_.load(std::memory_order_acquire) == Agent::parked;
  sight.checks_leaks = task.checks_leaks_.load(std::memory_order_relaxed);
  sight.is_left_over = task.abandoned();
  sight.waits_for = task.waits_for.load(std::memory_order_relaxed);
  const bool waits_on_many = task.waits_on_count.load(std::memory_order_relaxed) > 0;
  sight.waits_on = waits_on_many ? nullptr : task.waits_on.load(std::memory_order_relaxed);
  sight.waits_at = task.waits_at.load(std::memory_order_relaxed);
  sight.waits_since = task.waits_since.load(std::memory_order_relaxed);
  return sight;
}

Census::Count Census::take(const LeakScopeCore& scope, const Agent& caller) {
  Count count;
  const bool whole_program = &scope == &LeakScopeCore::program();
  FutexGuard guard(Scheduler::instance().timers.lock);  // whom a timer has chosen it has also woken
  count.timers = Scheduler::instance().timers.targets_locked();
  for (Outside* outside = Scheduler::instance().outside_.load(std::memory_order_acquire); outside != nullptr;
       outside = outside->next_) {
    outside->add_targets(count.wait_for_outside);
  }
  StackPool::instance().look_at_live([&](const Task& task) {
    if (&task == &caller) { return; }
    const bool is_member = !task.is_main_ && scope.encloses(task.scope_);
    const TaskSight sight = sight_of(task);
    if (sight.is_left_over) {
      // What goes with its main task is over. Only what waited even then is somebody's leak.
      if (is_member && !whole_program && task.run_->left_waiting && sight.waits) { count.members.push_back(sight); }
      return;
    }
    if (is_member) {
      count.members.push_back(sight);
    } else if (!sight.waits && !sight.checks_leaks) {
      count.outsiders_run = true;
    }
  });
  return count;
}

CallOfOurs Census::wait_of(const Task& task, Unwinder& unwinder) {
  const TaskSight before = sight_of(task);
  if (!before.waits) { return {}; }
  CallOfOurs wait{before.waits_at, unwinder.calls(registers_of(task.context_), most_calls), task.begins_in()};
  const TaskSight after = sight_of(task);
  // It may have gone on and left another stack behind.
  if (!after.waits || after.times_parked != before.times_parked) { return {}; }
  return wait;
}

std::vector<TaskPortrait> Census::portraits(const std::vector<std::uint64_t>& ids) {
  std::vector<TaskPortrait> portraits;
  Unwinder unwinder;
  StackPool::instance().look_at_live([&](const Task& task) {
    if (!std::binary_search(ids.begin(), ids.end(), task.id_)) { return; }
    portraits.push_back({task.id_, task.name(), task.scope_ != nullptr ? task.scope_->name() : std::string(),
                         task.created_at_, wait_of(task, unwinder)});
  });
  return portraits;
}

std::vector<std::uint64_t> Census::live_ids(const LeakScopeCore& scope) {
  std::vector<std::uint64_t> ids;
  StackPool::instance().look_at_live([&](const Task& task) {
    if (scope.encloses(task.scope_)) { ids.push_back(task.id_); }
  });
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool Census::left_waiting() {
  Scheduler& scheduler = Scheduler::instance();
  const Agent& caller = current_agent();
  const auto look = [&](std::vector<TaskSight>& sights) {
    if (AsleepCheck(scheduler).outside_can_wake()) { return false; }
    FutexGuard guard(scheduler.timers.lock);
    if (scheduler.timers.can_wake_locked()) { return false; }
    bool all_wait = true;
    StackPool::instance().look_at_live([&](const Task& task) {
      if (&task == &caller || task.abandoned()) { return; }
      sights.push_back(sight_of(task));
      all_wait = all_wait && sights.back().waits && is_wait_for_others(sights.back().waits_for);
    });
    return all_wait;
  };
  std::vector<TaskSight> first;
  std::vector<TaskSight> second;
  return look(first) && look(second) &&
         std::equal(
             first.begin(), first.end(), second.begin(), second.end(),
             [](const TaskSight& a, const TaskSight& b) { return a.id == b.id && a.times_parked == b.times_parked; });
}

void Census::set_checking(Agent& agent, bool checks) {
  if (agent.is_task()) { static_cast<Task&>(agent).checks_leaks_.store(checks, std::memory_order_relaxed); }
}

}  // namespace tenter::detail
