// A scope is at rest when all of its tasks wait at the same time, and what they wait for is neither a timer that is due in
// time nor something that another task is about to do. One look at all of them cannot tell: whoever was looked at first may
// have been woken by whoever was looked at last. Two looks that show each task in one and the same wait can: between the
// two all of them waited.
//
// Tasks of other scopes that run may hold the other end of what ours wait for, so they are given the same time to come
// to rest, but only if there is a task of ours that could be stuck.
#include "leak/rest.h"

#include <algorithm>
#include <unordered_map>

#include <tenter/task.h>

#include "task/clock.h"

namespace tenter::detail {
namespace {

constexpr int yields = 64;  // before the first sleep
constexpr std::int64_t first_pause_ns = 20'000;
constexpr std::int64_t longest_pause_ns = 5'000'000;

class Look {
 public:
  Look(const LeakScopeCore& scope, Census::Count count, std::int64_t deadline,
       const std::vector<std::uint64_t>& ignored)
      : count_(std::move(count)) {
    std::erase_if(count_.members,
                  [&](const TaskSight& task) { return std::binary_search(ignored.begin(), ignored.end(), task.id); });
    std::unordered_map<const Agent*, std::int64_t> wakes_at;
    for (const TimerTarget& timer : count_.timers) {
      due_in_time_ = due_in_time_ || timer.when <= deadline;
      if (timer.wakes == nullptr) {  // it will start a task
        moves_ = moves_ || (timer.when <= deadline && scope.encloses(timer.scope));
        continue;
      }
      const auto [at, is_new] = wakes_at.emplace(timer.wakes, timer.when);
      if (!is_new) { at->second = std::min(at->second, timer.when); }
    }
    for (const TaskSight& task : count_.members) {
      const auto timer = wakes_at.find(task.task);
      timed_.push_back(timer != wakes_at.end());
      const bool wakes_in_time = timed_.back() && timer->second <= deadline;
      if (!task.checks_leaks && (!task.waits || task.waits_for == WaitKind::none || wakes_in_time)) { moves_ = true; }
      from_outside_.push_back(std::count(count_.wait_for_outside.begin(), count_.wait_for_outside.end(), task.task) >
                              0);
      if (task.waits && !timed_.back() && !from_outside_.back() && is_wait_for_others(task.waits_for)) {
        any_stuck_ = true;
      }
    }
  }

  const std::vector<TaskSight>& members() const { return count_.members; }
  bool timed(std::size_t member) const { return timed_[member]; }
  bool from_outside(std::size_t member) const { return from_outside_[member]; }
  bool may_change() const { return moves_ || !members().empty(); }
  bool at_rest() const { return !moves_ && !(any_stuck_ && (count_.outsiders_run || due_in_time_)); }
  bool shows_the_same_waits_as(const Look& other) const {
    return std::equal(
        members().begin(), members().end(), other.members().begin(), other.members().end(),
        [](const TaskSight& a, const TaskSight& b) { return a.id == b.id && a.times_parked == b.times_parked; });
  }

 private:
  Census::Count count_;
  std::vector<bool> timed_;
  std::vector<bool> from_outside_;
  bool moves_ = false;  // a member runs, or will in time
  bool any_stuck_ = false;
  bool due_in_time_ = false;  // some timer, whomever it wakes
};

void pause(int round, std::int64_t deadline) {
  if (round < yields) {
    yield();
    return;
  }
  const int doubled = std::min(round - yields, 20) / 2;
  const std::int64_t pause_ns = std::min(first_pause_ns << doubled, longest_pause_ns);
  sleep_for(Duration(std::min(pause_ns, std::max<std::int64_t>(deadline - clock_ns(), 0))));
}

class Checking {
 public:
  explicit Checking(Agent& agent) : agent_(agent) { Census::set_checking(agent_, true); }
  ~Checking() { Census::set_checking(agent_, false); }
  Checking(const Checking&) = delete;
  Checking& operator=(const Checking&) = delete;

 private:
  Agent& agent_;
};

}  // namespace

std::vector<Resting> wait_for_rest(const LeakScopeCore& scope, std::int64_t limit_ns,
                                   const std::vector<std::uint64_t>& ignored) {
  Agent& self = current_agent();
  const Checking checking(self);
  std::int64_t deadline = 0;
  if (__builtin_add_overflow(clock_ns(), limit_ns, &deadline)) { deadline = never - 1; }
  const auto look = [&] { return Look(scope, Census::take(scope, self), deadline, ignored); };
  Look before = look();
  for (int round = 0; before.may_change(); ++round) {
    if (!before.at_rest()) {
      if (clock_ns() >= deadline) { break; }
      pause(round, deadline);
      before = look();
      continue;
    }
    Look after = look();
    const bool nothing_moved = after.at_rest() && after.shows_the_same_waits_as(before);
    before = std::move(after);
    if (nothing_moved) { break; }
  }
  std::vector<Resting> left;
  for (std::size_t i = 0; i < before.members().size(); ++i) {
    const TaskSight& task = before.members()[i];
    left.push_back({task, before.timed(i), before.from_outside(i)});
  }
  return left;
}

}  // namespace tenter::detail
