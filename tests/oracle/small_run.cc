#include "small_run.h"

#include <cstdio>

#include "base/check.h"

namespace tenter::analysis::oracle {

SmallRun::SmallRun(const Program& program, std::uint64_t seed)
    : program_(program),
      random_(seed),
      tasks_(program.tasks.size()),
      closed_(program.capacities.size()),
      locked_(closed_.size()),
      counts_(closed_.size()),
      queues_(closed_.size()) {
  tasks_[0].stance = Stance::running;
  for (std::size_t c = 0; c < program.capacities.size(); ++c) {
    const std::string channel = 'c' + std::to_string(c);
    say(0, "make " + channel + ' ' + std::to_string(program.capacities[c]));
    say(0, "handle " + channel + " both handle_of_" + channel);
  }
  // Mostly the same task as before, so that orders come up that need several acts of one in a row.
  std::size_t current = 0;
  while (!failed_) {
    std::vector<std::size_t> able;
    for (std::size_t task = 0; task < tasks_.size(); ++task) {
      if (can_go_on(task)) able.push_back(task);
    }
    if (able.empty()) {
      finished_ = true;
      for (std::size_t task = 0; task < tasks_.size(); ++task)
        finished_ = finished_ && tasks_[task].at == program_.tasks[task].size() && !trace_.is_parked(name(task));
      return;
    }
    if (!can_go_on(current) || random_() % 3 == 0) current = able[random_() % able.size()];
    go_on(current);
  }
}

void SmallRun::say(std::size_t task, const std::string& what) {
  lines_.push_back(name(task) + ' ' + what);
  acts_.push_back(tasks_[task].at < program_.tasks[task].size() ? Program::id_of(task, tasks_[task].at) : -1);
  ran_.insert(acts_.back());
  const std::string trouble = trace_.line(lines_.back());
  if (!trouble.empty()) std::fprintf(stderr, "%s: %s\n", lines_.back().c_str(), trouble.c_str());
  TENTER_CHECK(trouble.empty(), "a run says what can be");
}

void SmallRun::fail(std::size_t task, const std::string& misuse) {
  say(task, "misuse " + misuse);
  failed_ = true;
}

bool SmallRun::can_go_on(std::size_t task) const {
  if (trace_.is_parked(name(task)) || tasks_[task].at >= program_.tasks[task].size()) return false;
  const auto lock = static_cast<std::size_t>(act_of(task).object);
  switch (tasks_[task].stance) {
    case Stance::unborn:
    case Stance::at_group: return false;
    case Stance::at_condition: return tasks_[task].is_signalled;
    case Stance::at_lock:
    case Stance::back: return !locked_[lock];
    default: return true;
  }
}

void SmallRun::leave(std::size_t task) {
  tasks_[task].stance = Stance::running;
  ++tasks_[task].at;
}

void SmallRun::go_on(std::size_t task) {
  const Act& act = act_of(task);
  const std::string number = std::to_string(act.object);
  const auto object = static_cast<std::size_t>(act.object);
  switch (tasks_[task].stance) {
    case Stance::running: return begin(task, act);
    case Stance::leaves_group:
      say(task, "goes_on");
      say(task, "pass g" + number);
      return leave(task);
    case Stance::about_to_wait:   // a signal that comes first is kept for it: it stands in the queue
      say(task, "waits condition q" + number);
      tasks_[task].stance = Stance::at_condition;
      return;
    case Stance::at_condition:
      say(task, "wake q" + number);
      say(task, "goes_on");
      tasks_[task].stance = Stance::back;
      return;
    case Stance::at_lock:
      say(task, "goes_on");
      [[fallthrough]];
    default:
      say(task, "lock m" + number);
      locked_[object] = true;
      return leave(task);
  }
}

void SmallRun::begin(std::size_t task, const Act& act) {
  const std::string number = std::to_string(act.object);
  const auto object = static_cast<std::size_t>(act.object);
  switch (act.verb) {
    case Verb::go:
      say(task, "go t" + number);
      tasks_[object].stance = Stance::running;
      return leave(task);
    case Verb::send:
    case Verb::recv:
    case Verb::close: return channel_act(task, act);
    case Verb::lock:
      if (locked_[object]) {
        say(task, "waits lock m" + number);
        tasks_[task].stance = Stance::at_lock;
        return;
      }
      say(task, "lock m" + number);
      locked_[object] = true;
      return leave(task);
    case Verb::unlock:
      if (!locked_[object]) return fail(task, "unlock-of-unlocked-mutex m" + number);
      say(task, "unlock m" + number);
      locked_[object] = false;
      return leave(task);
    case Verb::add:
      say(task, "add g" + number);
      ++counts_[object];
      return leave(task);
    case Verb::done: return count_down(task, act.object);
    case Verb::wait:
      if (counts_[object] != 0) {
        say(task, "waits wait_group g" + number);
        tasks_[task].stance = Stance::at_group;
        return;
      }
      say(task, "pass g" + number);
      return leave(task);
    case Verb::cond_wait: return cond_wait(task, act.object);
    case Verb::signal: return signal(task, act.object);
  }
}

// Whoever cannot go on parks, and a partner carries the operation out.
void SmallRun::channel_act(std::size_t task, const Act& act) {
  const std::string channel = 'c' + std::to_string(act.object);
  const auto object = static_cast<std::size_t>(act.object);
  if (act.verb == Verb::close) {
    if (closed_[object]) return fail(task, "close-of-closed-channel " + channel);
    std::vector<std::size_t> thrown;
    for (std::size_t other = 0; other < tasks_.size(); ++other) {
      if (tasks_[other].sends_on == act.object && trace_.is_parked(name(other))) thrown.push_back(other);
    }
    say(task, "close " + channel);
    closed_[object] = true;
    leave(task);
    if (thrown.empty()) return;
    --tasks_[thrown.front()].at;   // its send is what fails
    return fail(thrown.front(), "send-on-closed-channel " + channel);
  }
  const bool sends = act.verb == Verb::send;
  if (sends && closed_[object]) return fail(task, "send-on-closed-channel " + channel);
  say(task, (sends ? "send " : "recv ") + channel);
  tasks_[task].sends_on = sends ? act.object : -1;
  leave(task);
}

// The last done wakes all who wait; they may come to it when the counter has been raised again.
void SmallRun::count_down(std::size_t task, int object) {
  const std::string group = 'g' + std::to_string(object);
  int& count = counts_[static_cast<std::size_t>(object)];
  if (count == 0) return fail(task, "negative-wait-group " + group);
  say(task, "done " + group);
  leave(task);
  if (--count != 0) return;
  for (std::size_t other = 0; other < tasks_.size(); ++other) {
    if (tasks_[other].stance == Stance::at_group && act_of(other).object == object) tasks_[other].stance = Stance::leaves_group;
  }
}

void SmallRun::cond_wait(std::size_t task, int object) {
  const auto lock = static_cast<std::size_t>(object);
  if (!locked_[lock]) return fail(task, "unlock-of-unlocked-mutex m" + std::to_string(object));
  queues_[lock].push_back(task);
  tasks_[task].is_signalled = false;
  say(task, "unlock m" + std::to_string(object));
  locked_[lock] = false;
  tasks_[task].stance = Stance::about_to_wait;
}

void SmallRun::signal(std::size_t task, int object) {
  auto& queue = queues_[static_cast<std::size_t>(object)];
  const std::string condition = 'q' + std::to_string(object);
  if (queue.empty()) {
    say(task, "signal " + condition);
  } else {
    say(task, "signal " + condition + ' ' + name(queue.front()));
    tasks_[queue.front()].is_signalled = true;
    queue.pop_front();
  }
  leave(task);
}

}  // namespace tenter::analysis::oracle
