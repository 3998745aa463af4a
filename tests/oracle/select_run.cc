#include "select_run.h"

#include <cstdlib>
#include <iostream>

namespace tenter::analysis::oracle {
namespace {

std::string channel_name(int channel) { return 'c' + std::to_string(channel); }
std::string timer_name(std::size_t task) { return "timer" + std::to_string(task); }
const char* can(bool send) { return send ? "send" : "recv"; }

}  // namespace

SelectRun::SelectRun(const SelectProgram& program, std::uint64_t seed)
    : program_(program), random_(seed), tasks_(program.first.size()) {
  for (std::size_t act = 0; act < program.acts.size(); ++act) may_use_.push_back(uses_from(static_cast<int>(act)));
  tasks_[0].at = program.first[0];
  for (int c = 0; c < SelectProgram::channels; ++c) {
    const std::string channel = channel_name(c);
    say(0, "make " + channel + ' ' + std::to_string(program.capacities[static_cast<std::size_t>(c)]));
    say(0, "handle " + channel + " both first_" + channel);
    for (const bool send : {false, true}) {
      say(0, "handle " + channel + ' ' + can(send) + ' ' + place(0, c, send) + " copied");
      tasks_[0].held.insert({c, send});
    }
    say(0, "drop " + channel + " both first_" + channel);
  }
  say(0, "make s0 0");
  for (std::size_t current = 0;;) {
    std::vector<std::size_t> able;
    for (std::size_t task = 0; task < tasks_.size(); ++task)
      if (can_go_on(task)) able.push_back(task);
    if (able.empty()) break;
    if (!can_go_on(current) || random_() % 3 == 0) current = able[random_() % able.size()];
    go_on(current);
  }
  finished_ = true;
  for (const Task& task : tasks_) finished_ = finished_ && task.at < 0 && task.at != -2;
  for (std::size_t task = 0; task < tasks_.size(); ++task) finished_ = finished_ && !trace_.is_parked(name(task));
}

SelectRun::Uses SelectRun::uses_from(int act) const {
  Uses uses;
  std::set<int> seen;
  std::vector<int> todo = {act};
  while (!todo.empty()) {
    const int at = todo.back();
    todo.pop_back();
    if (at < 0 || !seen.insert(at).second) continue;
    const SelectAct& one = program_.acts[static_cast<std::size_t>(at)];
    switch (one.deed) {
      case Deed::send:
      case Deed::try_send: uses.insert({one.object, true}); break;
      case Deed::recv: uses.insert({one.object, false}); break;
      case Deed::select:
        uses.insert({one.object, one.sends});
        if (one.beside == Beside::channel) uses.insert({one.other, false});
        todo.push_back(one.next_beside);
        break;
      case Deed::go: {   // it gives the new task its own
        const Uses& given = uses_from(program_.first[static_cast<std::size_t>(one.object)]);
        uses.insert(given.begin(), given.end());
        break;
      }
      default: break;
    }
    todo.push_back(one.next);
  }
  return uses;
}

void SelectRun::say(std::size_t task, const std::string& what) {
  lines_.push_back(name(task) + ' ' + what);
  acts_.push_back(tasks_[task].at);
  if (const std::string wrong = trace_.line(lines_.back()); !wrong.empty()) {
    std::cerr << lines_.back() << ": " << wrong << '\n';
    std::abort();
  }
}

std::string SelectRun::place(std::size_t task, int channel, bool send) const {
  return (task == 0 ? "of_main" : name(task) + "_stack") + '+' + std::to_string(64 + 16 * channel + (send ? 8 : 0));
}

// A timer may be due at any time.
bool SelectRun::can_go_on(std::size_t task) const {
  const Task& self = tasks_[task];
  if (self.at < 0) return false;
  const SelectAct& act = program_.acts[static_cast<std::size_t>(self.at)];
  if (trace_.is_parked(name(task))) return self.selecting && act.beside == Beside::timer;
  if (self.selecting) return true;
  if (act.deed == Deed::await) return set_;
  return act.deed != Deed::lock || !locked_;
}

void SelectRun::keep_only(std::size_t task, const Uses& uses) {
  std::erase_if(tasks_[task].held, [&](const auto& use) {
    if (uses.contains(use)) return false;
    say(task, "drop " + channel_name(use.first) + ' ' + can(use.second) + ' ' + place(task, use.first, use.second));
    return true;
  });
}

void SelectRun::go(std::size_t creator, std::size_t task) {
  tasks_[task].held = uses_from(program_.first[task]);
  say(creator, "stack " + name(task) + "_stack " + name(task));
  for (const auto& [channel, send] : tasks_[task].held)
    say(creator, "handle " + channel_name(channel) + ' ' + can(send) + ' ' + place(task, channel, send) + " copied");
  say(creator, "go " + name(task));
  tasks_[task].at = program_.first[task];
}

void SelectRun::go_on(std::size_t task) {
  Task& self = tasks_[task];
  const SelectAct& act = program_.acts[static_cast<std::size_t>(self.at)];
  const std::string channel = channel_name(act.object);
  if (self.selecting) return after_select(task, act);
  if (act.deed != Deed::go) keep_only(task, may_use_[static_cast<std::size_t>(self.at)]);
  switch (act.deed) {
    case Deed::go: go(task, static_cast<std::size_t>(act.object)); break;
    case Deed::send: say(task, "send " + channel); break;
    case Deed::recv: say(task, "recv " + channel); break;
    case Deed::try_send: say(task, "try_send " + channel); break;
    case Deed::close:
      say(task, "close s0");
      break;
    case Deed::set:
      say(task, "store flag relaxed");
      set_ = true;
      break;
    case Deed::await: say(task, "load flag relaxed"); break;
    case Deed::lock:
      say(task, "lock m");
      locked_ = true;
      break;
    case Deed::unlock:
      say(task, "unlock m");
      locked_ = false;
      break;
    case Deed::select: return select(task, act);
  }
  self.at = act.next;
  if (act.next < 0 && !trace_.is_parked(name(task))) keep_only(task, {});
}

// Its cases have handles of their own; those of the task go before, if it needs them no more.
void SelectRun::select(std::size_t task, const SelectAct& act) {
  const auto handle = [&](int channel, bool send) { return "case_" + name(task) + '_' + channel_name(channel) + '_' + can(send); };
  std::vector<std::pair<int, bool>> cases = {{act.object, act.sends}};
  if (act.beside == Beside::channel) cases.emplace_back(act.other, false);
  std::vector<std::string> words;
  for (const auto& [channel, send] : cases) {
    say(task, "handle " + channel_name(channel) + ' ' + can(send) + ' ' + handle(channel, send) + " copied");
    words.push_back(std::string(can(send)) + ':' + channel_name(channel) + '@' + handle(channel, send));
  }
  if (act.beside == Beside::timer) words.push_back("due:" + timer_name(task));
  if (act.beside == Beside::stop) words.push_back("recv:s0");
  if (words.size() > 1 && random_() % 2 == 0) std::swap(words[0], words[1]);
  if (act.beside == Beside::otherwise) words.push_back("otherwise");
  Uses uses;
  for (const int next : {act.next, act.next_beside})
    if (next >= 0) uses.insert(may_use_[static_cast<std::size_t>(next)].begin(), may_use_[static_cast<std::size_t>(next)].end());
  keep_only(task, uses);
  std::string all = "select";
  for (const std::string& word : words) all += ' ' + word;
  say(task, all);
  tasks_[task].selecting = true;
}

void SelectRun::after_select(std::size_t task, const SelectAct& act) {
  if (trace_.is_parked(name(task))) {
    lines_.push_back("clock timer_send " + timer_name(task));
    acts_.push_back(-1);
    trace_.line(lines_.back());
  }
  const bool first = trace_.last_channel(name(task)) == channel_name(act.object);
  tasks_[task].selecting = false;
  const auto end = [&](int channel, bool send) {
    say(task, "drop " + channel_name(channel) + ' ' + can(send) + " case_" + name(task) + '_' + channel_name(channel) + '_' + can(send));
  };
  end(act.object, act.sends);
  if (act.beside == Beside::channel) end(act.other, false);
  tasks_[task].at = first ? act.next : act.next_beside;
  if (tasks_[task].at < 0) keep_only(task, {});
}

}  // namespace tenter::analysis::oracle
