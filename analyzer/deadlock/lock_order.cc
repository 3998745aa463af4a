// Locks are numbered as they come to life, so that a lock at an address that was used before is another lock. Arcs are kept
// once per task, pair of locks, locks held and places; of the moments at which one was seen, a few clocks are kept:
// two arcs may meet if some kept moment of the one is unordered with some kept moment of the other. A read lock taken
// twice is an arc from the lock to itself, which the search for longer cycles never follows.
#include "deadlock/lock_order.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "happens_before/happens_before.h"

namespace tenter::analysis {
namespace {

using trace::LockFlag;
using trace::Op;

using LockNumber = std::uint32_t;
using HeldNumbers = std::vector<std::pair<LockNumber, bool>>;  // (lock, shared), sorted

constexpr std::size_t moments_an_arc = 8;
constexpr std::uint64_t search_steps = 4'000'000;

struct Moment {
  Epoch epoch;
  VectorClock clock;
};

struct Arc {
  LockArc seen;
  LockNumber held = 0, wanted = 0;
  const HeldNumbers* all_held = nullptr;  // without `wanted`
  std::vector<Moment> moments;
  std::uint64_t count = 0;
};

// While both tasks hold what they hold: is that possible at all?
bool share_a_gate(const HeldNumbers& a, const HeldNumbers& b) {
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (left->first < right->first) {
      ++left;
    } else if (right->first < left->first) {
      ++right;
    } else {
      if (!left->second || !right->second) return true;
      ++left;
      ++right;
    }
  }
  return false;
}

bool unordered(const Moment& a, const Moment& b) { return !b.clock.contains(a.epoch) && !a.clock.contains(b.epoch); }

bool may_meet(const Arc& a, const Arc& b) {
  if (a.seen.task == b.seen.task || share_a_gate(*a.all_held, *b.all_held)) return false;
  return std::any_of(a.moments.begin(), a.moments.end(), [&](const Moment& left) {
    return std::any_of(b.moments.begin(), b.moments.end(), [&](const Moment& right) { return unordered(left, right); });
  });
}

using Graph = std::vector<std::map<LockNumber, std::vector<const Arc*>>>;  // held -> wanted -> arcs

// Strongly connected components (Tarjan, Depth-First Search and Linear Graph Algorithms, 1972), without recursion.
std::vector<std::uint32_t> components(const Graph& graph) {
  const std::size_t n = graph.size();
  std::vector<std::uint32_t> number(n, 0), low(n, 0), component(n, 0);
  std::vector<LockNumber> path;
  std::vector<std::pair<LockNumber, std::map<LockNumber, std::vector<const Arc*>>::const_iterator>> calls;
  std::uint32_t next = 0, found = 0;
  for (LockNumber root = 0; root < n; ++root) {
    if (number[root] != 0) continue;
    number[root] = low[root] = ++next;
    path.push_back(root);
    calls.emplace_back(root, graph[root].begin());
    while (!calls.empty()) {
      auto& [at, edge] = calls.back();
      if (edge != graph[at].end()) {
        const LockNumber to = (edge++)->first;
        if (number[to] == 0) {
          number[to] = low[to] = ++next;
          path.push_back(to);
          calls.emplace_back(to, graph[to].begin());
        } else if (component[to] == 0) {
          low[at] = std::min(low[at], number[to]);
        }
        continue;
      }
      const LockNumber done = at;
      calls.pop_back();
      if (!calls.empty()) low[calls.back().first] = std::min(low[calls.back().first], low[done]);
      if (low[done] != number[done]) continue;
      ++found;
      for (LockNumber member = n > 0 ? path.back() : 0;; member = path.back()) {
        path.pop_back();
        component[member] = found;
        if (member == done) break;
      }
    }
  }
  return component;
}

// Finds the cycles of one component, shortest first.
class Search {
 public:
  Search(const Graph& graph, std::vector<LockNumber> members, std::uint64_t& steps,
         std::vector<LockCycleCandidate>& found)
      : graph_(graph), members_(std::move(members)), inside_(graph.size(), false), steps_(steps), found_(found) {
    for (const LockNumber member : members_) inside_[member] = true;
  }

  void run() {
    for (std::size_t length = 2; length <= members_.size() && steps_ > 0; ++length) {
      length_ = length;
      longer_paths_ = false;
      for (const LockNumber first : members_) {  // the smallest lock of the cycle, so that each is met once
        on_path_.assign(1, first);
        extend();
      }
      if (!longer_paths_) break;
    }
  }

 private:
  bool spend() {
    if (steps_ > 0) --steps_;
    return steps_ > 0;
  }

  void extend() {
    const LockNumber at = on_path_.back();
    for (const auto& [to, arcs] : graph_[at]) {
      if (!inside_[to] || to < on_path_.front() || !spend()) continue;
      if (to == on_path_.front()) {
        if (on_path_.size() == length_) close();
        continue;
      }
      if (on_path_.size() == length_) {
        longer_paths_ = true;
        continue;
      }
      if (std::find(on_path_.begin(), on_path_.end(), to) != on_path_.end() || completes_a_known_pair(to)) continue;
      on_path_.push_back(to);
      extend();
      on_path_.pop_back();
    }
  }

  bool completes_a_known_pair(LockNumber to) const {
    return std::any_of(on_path_.begin(), on_path_.end(),
                       [&](LockNumber on) { return known_pairs_.count({std::min(on, to), std::max(on, to)}) != 0; });
  }

  void close() {
    std::vector<LockNumber> locks = on_path_;
    std::sort(locks.begin(), locks.end());
    for (const std::vector<LockNumber>& known : known_sets_) {
      if (std::includes(locks.begin(), locks.end(), known.begin(), known.end())) return;
    }
    chosen_.clear();
    if (!choose()) return;
    known_sets_.push_back(locks);
    if (locks.size() == 2) known_pairs_.insert({locks[0], locks[1]});
    LockCycleCandidate candidate;
    candidate.count = chosen_.front()->count;
    for (const Arc* arc : chosen_) {
      candidate.arcs.push_back(arc->seen);
      candidate.count = std::min(candidate.count, arc->count);
    }
    found_.push_back(std::move(candidate));
  }

  // Picks an arc for every edge of the cycle such that all the tasks can be where they are at once.
  bool choose() {
    const std::size_t place = chosen_.size();
    if (place == on_path_.size()) {
      const Arc& first = *chosen_.front();
      return waits_for(*chosen_.back(), first) && can_meet(0);
    }
    const LockNumber held = on_path_[place];
    const LockNumber wanted = on_path_[(place + 1) % on_path_.size()];
    for (const Arc* arc : graph_[held].at(wanted)) {
      if (!spend()) return false;
      if (place > 0 && !waits_for(*chosen_.back(), *arc)) continue;
      const bool fits = std::all_of(chosen_.begin(), chosen_.end(), [&](const Arc* other) {
        return other->seen.task != arc->seen.task && !share_a_gate(*other->all_held, *arc->all_held);
      });
      if (!fits) continue;
      chosen_.push_back(arc);
      if (choose()) return true;
      chosen_.pop_back();
    }
    return false;
  }
  // Two readers of one lock do not wait for each other.
  static bool waits_for(const Arc& waiter, const Arc& holder) {
    return !(waiter.seen.wanted_shared && holder.seen.held_shared);
  }
  bool can_meet(std::size_t place) {
    if (place == chosen_.size()) return true;
    for (const Moment& moment : chosen_[place]->moments) {
      if (!spend()) return false;
      const bool fits =
          std::all_of(moments_.begin(), moments_.end(), [&](const Moment* other) { return unordered(*other, moment); });
      if (!fits) continue;
      moments_.push_back(&moment);
      const bool met = can_meet(place + 1);
      moments_.pop_back();
      if (met) return true;
    }
    return false;
  }

  const Graph& graph_;
  std::vector<LockNumber> members_;
  std::vector<bool> inside_;
  std::uint64_t& steps_;
  std::vector<LockCycleCandidate>& found_;
  std::size_t length_ = 0;
  bool longer_paths_ = false;
  std::vector<LockNumber> on_path_;
  std::vector<const Arc*> chosen_;
  std::vector<const Moment*> moments_;
  std::set<std::pair<LockNumber, LockNumber>> known_pairs_;
  std::vector<std::vector<LockNumber>> known_sets_;
};

}  // namespace

struct LockOrder::Impl {
  Impl(const World& the_world, Clocks clocks) : world(the_world) {
    if (clocks == Clocks::own) order.emplace(HappensBefore::Edges::without_locks);
  }

  const World& world;
  std::optional<HappensBefore> order;
  std::map<std::uint64_t, LockNumber> numbers;  // of the locks that live, by address
  LockNumber next_number = 0;
  // Numbered as they come: which arc of a pair is tried first must not depend on where in memory a set lies.
  using HeldSet = std::uint32_t;
  std::map<HeldNumbers, HeldSet> held_sets;
  using Key = std::tuple<TaskId, LockNumber, LockNumber, HeldSet, std::uint64_t, StackId, std::uint64_t, StackId>;
  std::map<Key, Arc> arcs;
  std::map<std::tuple<TaskId, LockNumber, HeldSet>, Arc> writers;  // of locks that keep readers out for them
  mutable bool gave_up = false;

  LockNumber number(std::uint64_t address) {
    const auto [at, is_new] = numbers.try_emplace(address, next_number);
    if (is_new) ++next_number;
    return at->second;
  }

  void on_acquire(const Step& step) {
    // A try_lock waits for nobody, and a lock that the task holds already is no news; both count as held later on.
    if ((step.event.flags & (LockFlag::attempt | LockFlag::again)) != 0) return;
    const TaskInfo* task = world.task(step.task);
    const bool shared = (step.event.flags & LockFlag::shared) != 0;
    const LockInfo* lock = world.lock(step.event.object);
    const bool writers_first = lock != nullptr && (lock->kind == trace::LockKind::task_rwmutex ||
                                                   lock->kind == trace::LockKind::rwlock_writers_first);
    const bool writes = writers_first && !shared;
    if (task == nullptr || (task->held.size() < 2 && !writes)) return;
    const std::uint64_t wanted = step.event.object;
    HeldNumbers all;
    for (const HeldLock& held : task->held) {
      if (held.lock != wanted) all.emplace_back(number(held.lock), held.shared);
    }
    std::sort(all.begin(), all.end());
    const auto held_set = held_sets.try_emplace(std::move(all), static_cast<HeldSet>(held_sets.size())).first;
    const LockNumber wanted_number = number(wanted);
    const Site wanted_at = site_of(step.event);
    const auto add = [&](Arc& arc, const HeldLock& held) {
      if (arc.count++ == 0) {
        arc.seen = {step.task, held.lock, wanted, held.shared, shared, held.where, wanted_at};
        arc.held = number(held.lock);
        arc.wanted = wanted_number;
        arc.all_held = &held_set->first;
      }
      if (!order) return;
      const Epoch epoch = order->epoch(step.task);
      if (!arc.moments.empty() && arc.moments.back().epoch == epoch) return;
      // The first moments and the last: what lies between is ordered like one of them in all but odd cases.
      if (arc.moments.size() == moments_an_arc) arc.moments.pop_back();
      arc.moments.push_back({epoch, order->clock(step.task)});
    };
    if (writes) add(writers[{step.task, wanted_number, held_set->second}], task->held.back());
    for (auto held = task->held.begin(); held + 1 != task->held.end(); ++held) {  // the last is the one just taken
      if (held->lock == wanted && !(writers_first && held->shared && shared)) continue;
      add(arcs[Key{step.task, number(held->lock), wanted_number, held_set->second, held->where.pc, held->where.callers,
                   wanted_at.pc, wanted_at.callers}],
          *held);
    }
  }

  // One for each pair of places, however many tasks take the lock twice there.
  void add_locks_taken_twice(std::vector<LockCycleCandidate>& found) const {
    std::map<std::tuple<LockNumber, std::uint64_t, StackId, std::uint64_t, StackId>, LockCycleCandidate> twice;
    for (const auto& [key, arc] : arcs) {
      if (arc.held != arc.wanted) continue;
      const bool a_writer_may_come = std::any_of(writers.begin(), writers.end(), [&](const auto& writer) {
        return writer.second.wanted == arc.wanted && may_meet(arc, writer.second);
      });
      if (!a_writer_may_come) continue;
      LockCycleCandidate& one = twice[{arc.wanted, arc.seen.held_at.pc, arc.seen.held_at.callers, arc.seen.wanted_at.pc,
                                       arc.seen.wanted_at.callers}];
      one.count = one.arcs.empty() ? arc.count : one.count + arc.count;
      one.arcs.assign(1, arc.seen);
    }
    for (auto& [places, one] : twice) found.push_back(std::move(one));
  }

  void observe(const Step& step) {
    if (order) order->observe(step);
    switch (step.event.op) {
      case Op::lock_acquire: return on_acquire(step);
      case Op::lock_create:
      case Op::lock_destroy: numbers.erase(step.event.object); return;
      case Op::alloc:
      case Op::free: {
        if (step.event.value == 0) return;
        const std::uint64_t end = step.event.object + std::min(step.event.value, ~step.event.object);
        numbers.erase(numbers.lower_bound(step.event.object), numbers.lower_bound(end));
        return;
      }
      default: return;
    }
  }

  Graph graph_of_arcs() const {
    Graph graph(next_number);
    for (const auto& [key, arc] : arcs) graph[arc.held][arc.wanted].push_back(&arc);
    return graph;
  }

  bool any_cycle() const {
    const std::vector<std::uint32_t> component = components(graph_of_arcs());
    return std::ranges::any_of(
        arcs, [&](const auto& one) { return component[one.second.held] == component[one.second.wanted]; });
  }

  std::vector<LockCycleCandidate> candidates() const {
    TENTER_CHECK(order.has_value(), "without clocks nobody knows what can meet");
    const Graph graph = graph_of_arcs();
    const std::vector<std::uint32_t> component = components(graph);
    std::map<std::uint32_t, std::vector<LockNumber>> members;
    for (LockNumber lock = 0; lock < component.size(); ++lock) members[component[lock]].push_back(lock);
    std::vector<LockCycleCandidate> found;
    std::uint64_t steps = search_steps;
    for (auto& [id, locks] : members) {
      if (locks.size() > 1) Search(graph, locks, steps, found).run();
    }
    gave_up = steps == 0;
    add_locks_taken_twice(found);
    return found;
  }
};

LockOrder::LockOrder(const World& world, Clocks clocks) : impl_(std::make_unique<Impl>(world, clocks)) {}
LockOrder::~LockOrder() = default;
void LockOrder::look_at(const Step& step) { impl_->observe(step); }
bool LockOrder::any_cycle() const { return impl_->any_cycle(); }
std::vector<LockCycleCandidate> LockOrder::candidates() const { return impl_->candidates(); }
bool LockOrder::exhausted() const { return impl_->gave_up; }

}  // namespace tenter::analysis
