#include "reorderings.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>

#include "base/check.h"
#include "channel_machine.h"

namespace tenter::analysis::oracle {
namespace {

using trace::LockFlag;
using trace::Op;

bool is(const Event& event, std::initializer_list<Op> ops) { return std::find(ops.begin(), ops.end(), event.op) != ops.end(); }
bool flag(const Event& event, std::uint8_t bit) { return (event.flags & bit) != 0; }
bool reads(const Event& event) {
  return is(event, {Op::atomic_load, Op::atomic_rmw}) || (event.op == Op::access_range && !is_write(event));
}
bool writes(const Event& event) {
  return is(event, {Op::atomic_store, Op::atomic_rmw, Op::free}) || (event.op == Op::access_range && is_write(event));
}
bool changes_channel(const Event& event) {
  return is(event, {Op::chan_make, Op::chan_send, Op::chan_recv, Op::chan_park, Op::chan_close, Op::chan_timer_send,
                    Op::chan_look});
}
bool on_condition(const Event& event) {
  return is(event, {Op::cond_signal, Op::cond_wake}) ||
         (event.op == Op::wait_begin && static_cast<trace::WaitKind>(event.value) == trace::WaitKind::condition);
}
bool matters(const Event& event) {
  if (flag(event, LockFlag::again) && is(event, {Op::lock_acquire, Op::lock_release})) return false;
  return reads(event) || writes(event) || changes_channel(event) || on_condition(event) ||
         is(event, {Op::lock_create, Op::lock_destroy, Op::lock_acquire, Op::lock_release, Op::lock_look, Op::sem_look, Op::once_begin, Op::once_end,
                    Op::once_pass, Op::barrier_create, Op::barrier_arrive, Op::barrier_leave, Op::sem_create, Op::sem_post, Op::sem_wait,
                    Op::acquire, Op::release, Op::wg_add, Op::wg_pass, Op::task_create, Op::task_join, Op::chan_done});
}

struct Node {
  Event event;
  std::uint32_t task = 0;
  std::size_t step = 0;
  std::size_t number = 0;   // among its task's
  std::vector<std::size_t> needs;   // nodes
  std::vector<std::size_t> bytes;   // of an access: each byte, as long as one block lies there
  std::vector<int> sees;            // of a read: the writer of each, -1 for none
  std::uint64_t lock = 0;           // of an acquire, release or refusal: which, destroyed and made anew is another
  std::size_t holder = none;        // of a refusal: the first acquire of those that held the lock in the run
  static constexpr std::size_t none = SIZE_MAX;
  bool begins_wait = false;         // a release that lets a wait on a condition begin
  std::uint64_t condition = 0;
};

struct State {
  std::vector<std::uint8_t> done;   // by task
  std::vector<int> writer;          // by byte
  std::map<std::uint64_t, std::pair<int, int>> locks;   // writers, readers
  std::map<std::uint64_t, int> counts;                  // of semaphores, wait groups, barriers' arrivals, once
  std::map<std::pair<std::uint64_t, std::uint32_t>, int> per_task;   // arrivals, signals, waits
  ChannelMachine channels;

  std::string key() const {
    std::string text(done.begin(), done.end());
    for (const int one : writer) text += static_cast<char>(one + 1);
    for (const auto& [what, number] : per_task) text += static_cast<char>(number + 1);
    return text + '|' + channels.key();
  }
};

class Search {
 public:
  Search(const std::vector<Step>& steps, Orders orders) : orders_(orders) {
    collect(steps);
    find_holders();
    static_needs();
    if (orders_ == Orders::sync_preserving) preserving_needs();
    find_foreign_releases();
    follow_the_run();
  }

  std::optional<Shown> run(std::size_t most_states) {
    std::vector<State> todo = {start()};
    std::unordered_set<std::string> known = {todo.back().key()};
    while (!todo.empty()) {
      const State state = std::move(todo.back());
      todo.pop_back();
      look_for_races(state);
      look_for_deadlocks(state);
      for (std::size_t t = 0; t < tasks_.size(); ++t) {
        if (state.done[t] == tasks_[t].size()) continue;
        State next = state;
        if (!perform(tasks_[t][state.done[t]], next, false)) continue;
        if (!known.insert(next.key()).second) continue;
        if (known.size() > most_states) return std::nullopt;
        todo.push_back(std::move(next));
      }
    }
    return shown_;
  }

 private:
  State start() const {
    State state;
    state.done.resize(tasks_.size());
    state.writer.assign(bytes_, -1);
    return state;
  }

  void collect(const std::vector<Step>& steps) {
    std::map<std::uint64_t, std::size_t> byte_now;
    std::map<std::uint64_t, std::uint64_t> lives;   // of locks and channels
    std::map<std::uint64_t, std::uint64_t> sizes;   // of blocks of memory
    std::map<std::uint32_t, std::size_t> tasks;
    std::map<std::uint32_t, std::uint64_t> waits_on;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const Event& event = steps[i].event;
      if (event.op == Op::alloc) {
        for (std::uint64_t byte = event.object; byte < event.object + event.value; ++byte) byte_now.erase(byte);
        sizes[event.object] = event.value;
        for (auto& [address, life] : lives) life += address - event.object < event.value;
      }
      if (event.op == Op::wait_end) waits_on.erase(index(steps[i].task));
      if (!matters(event)) continue;
      Node node;
      node.event = event;
      node.task = index(steps[i].task);
      node.step = i;
      const bool all_of_it = event.op == Op::free && event.value == 0;
      const std::uint64_t size = is_atomic(event) ? event.arg : all_of_it ? sizes[event.object] : event.value;
      if (reads(event) || writes(event)) {
        for (std::uint64_t byte = event.object; byte < event.object + size; ++byte) {
          const auto [at, is_new] = byte_now.try_emplace(byte, bytes_);
          if (is_new) ++bytes_;
          node.bytes.push_back(at->second);
        }
      }
      if (event.op == Op::free) {
        for (std::uint64_t byte = event.object; byte < event.object + size; ++byte) byte_now.erase(byte);
      }
      if (is(event, {Op::lock_create, Op::lock_destroy})) ++lives[event.object];
      if (is(event, {Op::lock_create, Op::lock_destroy, Op::lock_acquire, Op::lock_release, Op::lock_look}))
        node.lock = event.object + lives[event.object];   // objects are far apart
      if (event.op == Op::chan_make) ++lives[event.object];
      if (changes_channel(event) || event.op == Op::chan_done) node.event.object += lives[event.object];
      if (event.op == Op::wait_begin) waits_on[node.task] = event.object;
      if (event.op == Op::lock_release && waits_on.count(node.task) != 0) {
        node.begins_wait = true;
        node.condition = waits_on[node.task];
      }
      const auto [task, is_new] = tasks.try_emplace(node.task, tasks_.size());
      if (is_new) tasks_.emplace_back();
      node.number = tasks_[task->second].size();
      tasks_[task->second].push_back(nodes_.size());
      place_.push_back(task->second);
      nodes_.push_back(std::move(node));
    }
  }

  // Who takes a lock keeps it until a release of the same kind, his own if there is one.
  void find_holders() {
    std::map<std::uint64_t, std::vector<std::size_t>> taken;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Event& event = nodes_[i].event;
      std::vector<std::size_t>& now = taken[nodes_[i].lock];
      const bool shared = flag(event, LockFlag::shared);
      const auto find = [&](auto suits) { return std::find_if(now.begin(), now.end(), suits); };
      if (event.op == Op::lock_acquire) now.push_back(i);
      if (event.op == Op::lock_release) {
        const auto same = [&](std::size_t a) { return flag(nodes_[a].event, LockFlag::shared) == shared; };
        auto at = find([&](std::size_t a) { return same(a) && nodes_[a].task == nodes_[i].task; });
        if (at == now.end()) at = find(same);
        if (at == now.end()) continue;
        ended_by_[*at] = i;
        now.erase(at);
      }
      if (event.op == Op::lock_look) {
        const auto refuses = [&](std::size_t a) { return !shared || !flag(nodes_[a].event, LockFlag::shared); };
        auto at = find([&](std::size_t a) { return refuses(a) && nodes_[a].task == nodes_[i].task; });
        if (at == now.end()) at = find(refuses);
        if (at != now.end()) nodes_[i].holder = *at;
      }
    }
  }

  // The lock seemed free: who had it was about to say so.
  bool is_misplaced(std::size_t node) const {
    return nodes_[node].event.op == Op::lock_look && nodes_[node].holder == Node::none;
  }
  // Between its neighbours such an attempt stays.
  bool keeps_place(std::size_t a, std::size_t b) const {
    if (nodes_[a].lock == 0 || nodes_[a].lock != nodes_[b].lock) return false;
    if (is_misplaced(a)) return is_misplaced(b) || nodes_[b].event.op == Op::lock_acquire;
    if (!is_misplaced(b) || nodes_[a].event.op != Op::lock_release) return false;
    for (std::size_t later = a + 1; later < b; ++later) {
      if (nodes_[later].lock == nodes_[a].lock && nodes_[later].event.op == Op::lock_release) return false;
    }
    return true;
  }

  // What no schedule can change.
  void static_needs() {
    for (std::size_t b = 0; b < nodes_.size(); ++b) {
      const Event& event = nodes_[b].event;
      for (std::size_t a = 0; a < b; ++a) {
        const Event& before = nodes_[a].event;
        const bool same = before.object == event.object;
        const bool needed =
            keeps_place(a, b) || (before.op == Op::task_create && before.object == nodes_[b].task && nodes_[b].number == 0) ||
            (event.op == Op::task_join && event.object == nodes_[a].task && event.object != nodes_[b].task) ||
            (same && before.op == Op::task_create && event.op == Op::task_join) ||  // it may have done nothing else
            (same && before.op == Op::release && event.op == Op::acquire) ||
            (same && before.op == Op::barrier_create && event.op == Op::barrier_arrive) ||
            (same && before.op == Op::chan_make && (changes_channel(event) || event.op == Op::chan_done)) ||
            (nodes_[a].lock != 0 && nodes_[a].lock == nodes_[b].lock && is(event, {Op::lock_acquire, Op::lock_look}) &&
             is(before, {Op::lock_create, Op::lock_destroy}));
        if (needed) nodes_[b].needs.push_back(a);
      }
    }
  }

  std::size_t ended_by(std::size_t acquire) const {
    const auto at = ended_by_.find(acquire);
    return at == ended_by_.end() ? Node::none : at->second;
  }

  // The acquire that an exclusive release ended in the run, whose ever it was.
  std::size_t taken_by(std::size_t release) const {
    for (std::size_t a = release; a-- > 0;) {
      const Node& node = nodes_[a];
      const bool exclusive = !flag(node.event, LockFlag::shared) && !flag(nodes_[release].event, LockFlag::shared);
      if (exclusive && node.event.op == Op::lock_acquire && node.lock == nodes_[release].lock) return a;
    }
    return nodes_.size();
  }

  // What a sync-preserving order must keep besides.
  void preserving_needs() {
    for (std::size_t b = 0; b < nodes_.size(); ++b) {
      const Event& event = nodes_[b].event;
      for (std::size_t a = 0; a < b; ++a) {
        const Event& before = nodes_[a].event;
        const bool same = before.object == event.object;
        const auto condition = [](const Node& node) {
          return on_condition(node.event) ? node.event.object : node.begins_wait ? node.condition : 0;
        };
        const bool adds = static_cast<std::int64_t>(before.value) >= 0, done = static_cast<std::int64_t>(event.value) < 0;
        const bool needed =
            (same && changes_channel(before) && (changes_channel(event) || event.op == Op::chan_done)) ||
            (event.op == Op::lock_release && a == taken_by(b)) ||
            (event.op == Op::lock_look && a == nodes_[b].holder) ||
            (before.op == Op::lock_look && ended_by(nodes_[a].holder) == b && nodes_[nodes_[a].holder].task != nodes_[a].task) ||
            (same && is(before, {Op::sem_post, Op::sem_wait}) && event.op == Op::sem_look) ||
            (same && before.op == Op::sem_look && is(event, {Op::sem_post, Op::sem_wait})) ||
            (condition(nodes_[a]) != 0 && condition(nodes_[a]) == condition(nodes_[b])) ||
            (same && is(before, {Op::once_begin, Op::once_end}) &&
             is(event, {Op::once_begin, Op::once_end, Op::once_pass})) ||
            (same && is(before, {Op::barrier_create, Op::barrier_arrive}) &&
             is(event, {Op::barrier_arrive, Op::barrier_leave})) ||
            (same && before.op == Op::sem_post && event.op == Op::sem_wait) ||
            (same && before.op == Op::wg_add && event.op == Op::wg_pass) ||
            (same && before.op == Op::wg_pass && event.op == Op::wg_add) ||
            (same && before.op == Op::wg_add && event.op == Op::wg_add && adds && done);
        if (needed) nodes_[b].needs.push_back(a);
      }
    }
  }

  // Releases in the run by tasks that had not taken the lock.
  void find_foreign_releases() {
    std::map<std::tuple<std::uint64_t, std::uint32_t, bool>, int> held;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Event& event = nodes_[i].event;
      int& mine = held[{nodes_[i].lock, nodes_[i].task, flag(event, LockFlag::shared)}];
      if (event.op == Op::lock_acquire) ++mine;
      if (event.op == Op::lock_release && mine-- <= 0) {
        mine = 0;
        given_back_by_another_.insert(i);
      }
    }
  }

  // The run itself tells what each read saw and which value each receive got.
  void follow_the_run() {
    State state = start();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      TENTER_CHECK(perform(i, state, true), "the run itself is an order that the objects allow");
    }
  }

  bool done(const State& state, std::size_t node) const { return nodes_[node].number < state.done[place_[node]]; }

  bool perform(std::size_t number, State& state, bool learn) {
    Node& node = nodes_[number];
    for (const std::size_t need : node.needs) {
      if (!done(state, need)) return false;
    }
    if (reads(node.event)) {
      std::vector<int> sees;
      for (const std::size_t byte : node.bytes) sees.push_back(state.writer[byte]);
      if (learn) node.sees = sees;
      if (sees != node.sees) return false;
    }
    if (writes(node.event)) {
      for (const std::size_t byte : node.bytes) state.writer[byte] = static_cast<int>(number);
    }
    if (is(node.event, {Op::lock_acquire, Op::lock_release, Op::lock_look}) && !lock(node, number, state)) return false;
    if (orders_ == Orders::all && !object(node, number, state, learn)) return false;
    ++state.done[place_[number]];
    return true;
  }

  bool lock(const Node& node, std::size_t number, State& state) const {
    auto& [writers, readers] = state.locks[node.lock];
    const bool shared = flag(node.event, LockFlag::shared);
    if (node.event.op == Op::lock_release) {
      return (shared ? readers : writers)-- > 0;   // who gives it back need not be who took it
    }
    const bool is_taken = writers > 0 || (!shared && readers > 0);
    if (node.event.op == Op::lock_look) return is_taken || node.holder == Node::none;
    if (is_taken) return false;
    ++(shared ? readers : writers);
    if (orders_ == Orders::all) return true;
    for (std::size_t later = number + 1; later < nodes_.size(); ++later) {
      const Node& other = nodes_[later];
      if (other.event.op != Op::lock_acquire || other.lock != node.lock || !done(state, later)) continue;
      if (!shared || !flag(other.event, LockFlag::shared)) return false;
    }
    return true;
  }

  bool object(const Node& node, std::size_t number, State& state, bool learn) {
    const Event& event = node.event;
    int& count = state.counts[event.object << 3 | kind_of_count(event.op)];
    switch (event.op) {
      case Op::sem_create: count = static_cast<int>(event.value); return true;
      case Op::sem_post: count += static_cast<int>(event.value); return true;
      case Op::sem_look:
        if (learn) got_[number] = count;
        return count == got_[number];
      case Op::sem_wait: count -= static_cast<int>(event.value); return count >= 0;
      case Op::wg_add: count += static_cast<int>(static_cast<std::int64_t>(event.value)); return count >= 0;
      case Op::wg_pass: return count == 0;
      case Op::once_begin: return count++ == 0;
      case Op::once_end: return count++ == 1;
      case Op::once_pass: return count == 2;
      case Op::barrier_create: widths_[event.object] = static_cast<int>(event.value); return true;
      case Op::barrier_arrive: {
        const int round = count++ / widths_.at(event.object);
        state.per_task[{event.object, node.task}] = round;
        return true;
      }
      case Op::barrier_leave:
        return count >= (state.per_task[{event.object, node.task}] + 1) * widths_.at(event.object);
      default: break;
    }
    if (node.begins_wait) state.per_task[{node.condition + 1, node.task}] = 1;   // objects are far apart
    if (on_condition(event)) return condition(node, state);
    if (changes_channel(event) || event.op == Op::chan_done)
      return state.channels.perform(event, node.task, number, learn, got_[number]);
    return true;
  }
  static unsigned kind_of_count(Op op) {
    if (is_one_of(op, {Op::sem_create, Op::sem_post, Op::sem_wait, Op::sem_look})) return 1;
    if (is_one_of(op, {Op::wg_add, Op::wg_pass})) return 2;
    return is_one_of(op, {Op::once_begin, Op::once_end, Op::once_pass}) ? 3 : 4;
  }
  static bool is_one_of(Op op, std::initializer_list<Op> ops) { return std::find(ops.begin(), ops.end(), op) != ops.end(); }

  // A signal reaches who waits: who gave its lock back for that, and has not been woken. A task that wakes without
  // a recorded wait counts as waiting always.
  bool condition(const Node& node, State& state) {
    const Event& event = node.event;
    if (event.op == Op::wait_begin) {
      waits_.insert({event.object, node.task});
      return true;
    }
    if (event.op == Op::cond_wake) {
      state.per_task[{event.object + 1, node.task}] = 0;
      return --state.per_task[{event.object, node.task}] >= 0;
    }
    for (const Node& other : nodes_) {
      if (other.number != 0 || (event.value != 0 && event.value != other.task)) continue;
      const bool waiting = waits_.count({event.object, other.task}) == 0 ||
                           state.per_task[{event.object + 1, other.task}] != 0;
      if (waiting) ++state.per_task[{event.object, other.task}];
    }
    return true;
  }

  void look_for_races(const State& state) {
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      for (std::size_t u = t + 1; u < tasks_.size(); ++u) {
        if (state.done[t] == tasks_[t].size() || state.done[u] == tasks_[u].size()) continue;
        const std::size_t a = tasks_[t][state.done[t]], b = tasks_[u][state.done[u]];
        if (conflict(nodes_[a], nodes_[b]) && ready(a, state) && ready(b, state))
          shown_.races.insert(std::minmax(nodes_[a].step, nodes_[b].step));
      }
    }
  }

  // By lock: the tasks that took it and have not given it back, and whether they share it. A lock that another task than took it
  // gives back is nobody's.
  using Holders = std::map<std::uint64_t, std::vector<std::pair<std::size_t, bool>>>;
  Holders holders(const State& state) const {
    Holders all;
    std::set<std::uint64_t> nobodys;
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      for (std::size_t i = 0; i < tasks_[t].size(); ++i) {
        const Node& node = nodes_[tasks_[t][i]];
        const std::pair<std::size_t, bool> mine{t, flag(node.event, LockFlag::shared)};
        std::vector<std::pair<std::size_t, bool>>& holding = all[node.lock];
        if (node.event.op == Op::lock_acquire) {
          if (i < state.done[t]) holding.push_back(mine);
        } else if (node.event.op == Op::lock_release) {
          const auto taken = std::find(holding.begin(), holding.end(), mine);
          if (i < state.done[t] && taken != holding.end()) holding.erase(taken);
          if (given_back_by_another_.count(tasks_[t][i]) != 0) nobodys.insert(node.lock);
        }
      }
    }
    for (const std::uint64_t lock : nobodys) all.erase(lock);
    return all;
  }

  void look_for_deadlocks(const State& state) {
    const Holders all = holders(state);
    std::vector<std::vector<std::size_t>> waits_for(tasks_.size());
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      if (state.done[t] == tasks_[t].size()) continue;
      const std::size_t next = tasks_[t][state.done[t]];
      const Event& event = nodes_[next].event;
      const auto held = all.find(nodes_[next].lock);
      if (event.op != Op::lock_acquire || flag(event, LockFlag::attempt) || held == all.end() || !ready(next, state)) continue;
      for (const auto& [holder, shared] : held->second) {
        if (holder != t && !(shared && flag(event, LockFlag::shared))) waits_for[t].push_back(holder);
      }
    }
    for (std::size_t t = 0; t < tasks_.size(); ++t) {
      std::vector<std::size_t> path = {t};
      follow_waits(waits_for, path, state);
    }
  }
  void follow_waits(const std::vector<std::vector<std::size_t>>& waits_for, std::vector<std::size_t>& path, const State& state) {
    for (const std::size_t next : waits_for[path.back()]) {
      if (next == path.front()) {
        std::set<std::size_t> waiting;
        for (const std::size_t t : path) waiting.insert(nodes_[tasks_[t][state.done[t]]].step);
        shown_.deadlocks.insert(std::move(waiting));
      } else if (std::find(path.begin(), path.end(), next) == path.end()) {
        path.push_back(next);
        follow_waits(waits_for, path, state);
        path.pop_back();
      }
    }
  }
  // Who waits for a lock need not wait for an attempt that failed before.
  bool ready(std::size_t node, const State& state) const {
    return std::all_of(nodes_[node].needs.begin(), nodes_[node].needs.end(),
                       [&](std::size_t need) { return is_misplaced(need) || done(state, need); });
  }
  static bool conflict(const Node& a, const Node& b) {
    if ((!writes(a.event) && !writes(b.event)) || (is_atomic(a.event) && is_atomic(b.event))) return false;
    return std::any_of(a.bytes.begin(), a.bytes.end(), [&](std::size_t byte) {
      return std::find(b.bytes.begin(), b.bytes.end(), byte) != b.bytes.end();
    });
  }

  Orders orders_;
  std::vector<Node> nodes_;
  std::map<std::size_t, std::size_t> ended_by_;   // acquire -> release
  std::set<std::size_t> given_back_by_another_;
  std::vector<std::size_t> place_;                // of a node's task in tasks_
  std::vector<std::vector<std::size_t>> tasks_;   // nodes, by task
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, int> widths_;
  std::map<std::size_t, int> got_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> waits_;   // condition, task: its waits were recorded
  Shown shown_;
};

}  // namespace

std::optional<Shown> shown_by_all_orders(const std::vector<Step>& steps, Orders orders, std::size_t most_states) {
  return Search(steps, orders).run(most_states);
}

}  // namespace tenter::analysis::oracle
