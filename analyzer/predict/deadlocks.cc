// Acquires of one task that want the same lock while the same locks are held are one node; the abstract lock graph has an arc from
// a node to each of another task that holds what it wants. Invariant of check(): the ideal is closed, and every cursor stands
// before the first acquire of its node that may still be part of a deadlock.
#include "predict/deadlocks.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "predict/closed_ideal.h"
#include "predict/held_acquires.h"

namespace tenter::analysis {
namespace {

struct Holding {
  std::uint32_t lock = 0;
  bool shared = false;
  auto operator<=>(const Holding&) const = default;
};

struct Moment {
  std::uint32_t acquire = 0;
  std::vector<std::uint32_t> held;  // acquires, one for each of the node's holdings
};

struct Node {
  std::uint16_t task = 0;
  Holding wanted;
  std::vector<Holding> held;  // sorted
  std::vector<Moment> moments;
};

bool keep_out(const Holding& a, const Holding& b) { return a.lock == b.lock && !(a.shared && b.shared); }

// Both hold a lock that only one can hold: they are never there at once.
bool share_a_gate(const Node& a, const Node& b) {
  return std::any_of(a.held.begin(), a.held.end(), [&](const Holding& mine) {
    return std::any_of(b.held.begin(), b.held.end(), [&](const Holding& theirs) { return keep_out(mine, theirs); });
  });
}

bool waits_for(const Node& waiter, const Node& holder) {
  return std::any_of(holder.held.begin(), holder.held.end(),
                     [&](const Holding& held) { return keep_out(waiter.wanted, held); });
}

std::vector<Node> nodes_of(const TraceTable& table) {
  const std::vector<bool> anybodys = locks_of_anybody(table);
  std::map<std::tuple<std::uint16_t, Holding, std::vector<Holding>>, Node> nodes;
  HeldAcquires open(table);
  for (std::uint32_t i = 0; i < table.events().size(); ++i) {
    const TableEvent& event = table.events()[i];
    if (event.kind != EventKind::acquire) {
      open.observe(i);
      continue;
    }
    if (anybodys[event.object]) continue;
    const std::vector<std::uint32_t>& mine = open.of(event.task);
    const Holding wanted{event.object, event.is(TableEvent::shared)};
    if (!mine.empty() && !event.is(TableEvent::attempt)) {
      std::vector<std::pair<Holding, std::uint32_t>> held;
      for (const std::uint32_t acquire : mine) {
        const TableEvent& taken = table.events()[acquire];
        if (taken.object != event.object) held.push_back({{taken.object, taken.is(TableEvent::shared)}, acquire});
      }
      std::sort(held.begin(), held.end());
      std::vector<Holding> holdings;
      Moment moment{i, {}};
      for (const auto& [holding, acquire] : held) {
        holdings.push_back(holding);
        moment.held.push_back(acquire);
      }
      if (!holdings.empty()) {
        Node& node = nodes[{event.task, wanted, holdings}];
        node.task = event.task;
        node.wanted = wanted;
        node.held = std::move(holdings);
        node.moments.push_back(std::move(moment));
      }
    }
    open.observe(i);
  }
  std::vector<Node> all;
  for (auto& [key, node] : nodes) all.push_back(std::move(node));
  return all;
}

class Engine {
 public:
  Engine(const TraceTable& table, std::uint64_t most_work)
      : nodes_(nodes_of(table)), ideal_(table), most_work_(most_work) {
    for (std::uint32_t n = 0; n < nodes_.size(); ++n)
      for (const Holding& held : nodes_[n].held) holders_[held.lock].push_back(n);
  }

  PredictedDeadlocks run() {
    // Each cycle is met once, from its first node on. Only nodes from which there is a way back are walked over.
    for (first_ = 0; first_ < nodes_.size() && !outcome_.gave_up; ++first_) {
      find_ways_back();
      path_.assign(1, first_);
      extend();
    }
    return std::move(outcome_);
  }

 private:
  bool spend() {
    if (++work_ + ideal_.work() > most_work_) outcome_.gave_up = true;
    return !outcome_.gave_up;
  }

  // Which nodes reach the first one, over nodes behind it.
  void find_ways_back() {
    leads_back_.assign(nodes_.size(), false);
    std::vector<std::uint32_t> todo = {first_};
    if (wanters_.empty())
      for (std::uint32_t n = 0; n < nodes_.size(); ++n) wanters_[nodes_[n].wanted.lock].push_back(n);
    while (!todo.empty() && spend()) {
      const std::uint32_t at = todo.back();
      todo.pop_back();
      for (const Holding& held : nodes_[at].held) {
        const auto wanting = wanters_.find(held.lock);
        if (wanting == wanters_.end()) continue;
        for (const std::uint32_t n : wanting->second) {
          if (n < first_ || leads_back_[n] || !spend() || !waits_for(nodes_[n], nodes_[at])) continue;
          leads_back_[n] = true;
          if (n != first_) todo.push_back(n);
        }
      }
    }
  }

  void extend() {
    const Node& at = nodes_[path_.back()];
    const auto holding = holders_.find(at.wanted.lock);
    if (holding == holders_.end()) return;
    for (const std::uint32_t next : holding->second) {
      if (next < first_ || !leads_back_[next] || !spend()) continue;
      const Node& node = nodes_[next];
      if (!waits_for(at, node)) continue;
      if (next == first_) {
        if (path_.size() > 1) check();
        continue;
      }
      const bool fits = std::all_of(path_.begin(), path_.end(), [&](std::uint32_t other) {
        return nodes_[other].task != node.task && nodes_[other].wanted.lock != node.wanted.lock &&
               !share_a_gate(nodes_[other], node);
      });
      if (!fits) continue;
      path_.push_back(next);
      extend();
      path_.pop_back();
    }
  }

  void check() {
    ++outcome_.patterns;
    ideal_.clear();
    std::vector<std::size_t> at(path_.size(), 0);
    const auto acquire = [&](std::size_t i) { return nodes_[path_[i]].moments[at[i]].acquire; };
    for (bool moved = true; moved && spend();) {
      for (std::size_t i = 0; i < path_.size(); ++i) ideal_.add_before(acquire(i));
      if (!ideal_.close()) return;
      moved = false;
      for (std::size_t i = 0; i < path_.size(); ++i) {
        const std::vector<Moment>& moments = nodes_[path_[i]].moments;
        while (at[i] < moments.size() && ideal_.contains(moments[at[i]].acquire)) {
          ++at[i];
          moved = true;
        }
        if (at[i] == moments.size()) return;
      }
    }
    if (outcome_.gave_up) return;
    PredictedDeadlock deadlock;
    deadlock.before = ideal_.frontier();
    for (std::size_t i = 0; i < path_.size(); ++i) {
      const Node& node = nodes_[path_[i]];
      const Node& waiter = nodes_[path_[(i + path_.size() - 1) % path_.size()]];
      std::size_t held = 0;
      while (!keep_out(waiter.wanted, node.held[held])) ++held;
      deadlock.arcs.push_back({node.moments[at[i]].held[held], acquire(i)});
    }
    outcome_.found.push_back(std::move(deadlock));
  }

  const std::vector<Node> nodes_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> holders_, wanters_;  // by lock: nodes
  ClosedIdeal ideal_;
  std::uint64_t most_work_, work_ = 0;
  std::uint32_t first_ = 0;
  std::vector<bool> leads_back_;
  std::vector<std::uint32_t> path_;
  PredictedDeadlocks outcome_;
};

}  // namespace

PredictedDeadlocks predict_deadlocks(const TraceTable& table, std::uint64_t most_work) {
  return Engine(table, most_work).run();
}

std::vector<std::uint32_t> schedule_of(const TraceTable& table, const PredictedDeadlock& deadlock) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t event = 0; event < table.events().size(); ++event) {
    const TableEvent& one = table.events()[event];
    if (one.position < deadlock.before[one.task] && table.events_of(one.task)[one.position] == event)
      order.push_back(event);
  }
  for (const PredictedDeadlock::Arc& arc : deadlock.arcs) order.push_back(arc.wanted);
  return order;
}

}  // namespace tenter::analysis
