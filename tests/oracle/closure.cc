#include "closure.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace tenter::analysis::oracle {
namespace {

using trace::AccessFlag;
using trace::ChanFlag;
using trace::LockFlag;
using trace::MemoryOrder;
using trace::Op;

bool is(const Step& step, std::initializer_list<Op> ops) { return std::find(ops.begin(), ops.end(), step.event.op) != ops.end(); }
bool flag(const Step& step, std::uint8_t bit) { return (step.event.flags & bit) != 0; }
MemoryOrder order(const Step& step) { return static_cast<MemoryOrder>(step.event.flags); }
bool acquiring(const Step& step) {
  return order(step) == MemoryOrder::consume || order(step) == MemoryOrder::acquire || order(step) == MemoryOrder::acq_rel ||
         order(step) == MemoryOrder::seq_cst;
}
bool releasing(const Step& step) {
  return order(step) == MemoryOrder::release || order(step) == MemoryOrder::acq_rel || order(step) == MemoryOrder::seq_cst;
}
bool modifies(const Step& step) { return is(step, {Op::atomic_store, Op::atomic_rmw}); }

}  // namespace

Closure::Closure(const std::vector<Step>& steps, bool locks)
    : steps_(steps), nodes_(2 * steps.size()), reach_(nodes_ * nodes_, 0) {
  program_order();
  tasks();
  if (locks) lock_edges();
  atomics(locks);
  fences();
  collected();
  conditions(!locks);
  barriers();
  channels();
  close();
}

void Closure::program_order() {
  for (std::size_t a = 0; a < steps_.size(); ++a) {
    for (std::size_t b = a + 1; b < steps_.size(); ++b) {
      if (steps_[a].task == steps_[b].task) edge(a, b);
    }
  }
}

void Closure::tasks() {
  for (std::size_t a = 0; a < steps_.size(); ++a) {
    for (std::size_t b = a + 1; b < steps_.size(); ++b) {
      if (steps_[a].event.op == Op::task_create && steps_[a].event.object == index(steps_[b].task)) edge(a, b);
      if (steps_[b].event.op == Op::task_join && steps_[b].event.object == index(steps_[a].task)) edge(a, b);
    }
  }
}

// Unlock n before lock m, n < m, unless both are a reader's.
void Closure::lock_edges() {
  for (std::size_t a = 0; a < steps_.size(); ++a) {
    if (steps_[a].event.op != Op::lock_release || flag(steps_[a], LockFlag::again)) continue;
    for (std::size_t b = a + 1; b < steps_.size(); ++b) {
      if (steps_[b].event.object != steps_[a].event.object) continue;
      if (is(steps_[b], {Op::lock_create, Op::lock_destroy})) break;   // another lock from here on
      if (steps_[b].event.op != Op::lock_acquire || flag(steps_[b], LockFlag::again)) continue;
      if (!flag(steps_[a], LockFlag::shared) || !flag(steps_[b], LockFlag::shared)) edge(a, b);
    }
  }
}

// From every read: back along the modifications that its value's release sequences consist of.
void Closure::atomics(bool into_read_modify_writes) {
  for (std::size_t read = 0; read < steps_.size(); ++read) {
    if (!is(steps_[read], {Op::atomic_load, Op::atomic_rmw})) continue;
    std::vector<std::size_t> sources;
    for (std::size_t i = read; i-- > 0;) {
      const Step& step = steps_[i];
      if (is(step, {Op::alloc, Op::free}) && step.event.object <= steps_[read].event.object &&
          steps_[read].event.object - step.event.object < step.event.value) {
        break;   // before that it was another object
      }
      if (!modifies(step) || step.event.object != steps_[read].event.object) continue;
      if (releasing(step)) sources.push_back(i);
      for (std::size_t fence = 0; fence < i; ++fence) {
        if (steps_[fence].event.op == Op::fence && releasing(steps_[fence]) && steps_[fence].task == step.task) {
          sources.push_back(fence);
        }
      }
      if (step.event.op == Op::atomic_store) break;
    }
    std::vector<std::size_t> targets;
    const bool counts = into_read_modify_writes || steps_[read].event.op == Op::atomic_load;
    if (counts && acquiring(steps_[read])) targets.push_back(read);
    for (std::size_t fence = read + 1; fence < steps_.size(); ++fence) {
      if (steps_[fence].event.op == Op::fence && acquiring(steps_[fence]) && steps_[fence].task == steps_[read].task) {
        targets.push_back(fence);
      }
    }
    for (const std::size_t from : sources) {
      for (const std::size_t to : targets) edge(from, to);
    }
  }
}

void Closure::fences() {
  for (std::size_t a = 0; a < steps_.size(); ++a) {
    for (std::size_t b = a + 1; b < steps_.size(); ++b) {
      if (steps_[a].event.op == Op::fence && steps_[b].event.op == Op::fence && order(steps_[a]) == MemoryOrder::seq_cst &&
          order(steps_[b]) == MemoryOrder::seq_cst) {
        edge(a, b);
      }
    }
  }
}

// Whatever was given comes before whatever takes later.
void Closure::collected() {
  const std::pair<Op, Op> rules[] = {{Op::sem_post, Op::sem_wait}, {Op::release, Op::acquire}, {Op::wg_add, Op::wg_pass},
                                     {Op::once_end, Op::once_pass}};
  for (const auto& [give, take] : rules) {
    for (std::size_t a = 0; a < steps_.size(); ++a) {
      for (std::size_t b = a + 1; b < steps_.size(); ++b) {
        if (steps_[a].event.op == give && steps_[b].event.op == take && steps_[a].event.object == steps_[b].event.object) {
          edge(a, b);
        }
      }
    }
  }
}

void Closure::conditions(bool any_signal) {
  for (std::size_t b = 0; b < steps_.size(); ++b) {
    if (steps_[b].event.op != Op::cond_wake) continue;
    for (std::size_t a = b; a-- > 0;) {
      if (steps_[a].event.object != steps_[b].event.object) continue;
      if (steps_[a].event.op == Op::cond_wake && steps_[a].task == steps_[b].task && !any_signal) break;
      if (steps_[a].event.op == Op::cond_signal && (any_signal || steps_[a].event.value == index(steps_[b].task))) edge(a, b);
    }
  }
}

void Closure::barriers() {
  std::map<std::uint64_t, std::vector<std::size_t>> arrivals;   // by barrier
  std::map<std::uint64_t, std::uint64_t> width;
  std::map<std::pair<std::uint64_t, TaskId>, std::size_t> mine;   // generation of the task's last arrival
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Event& event = steps_[i].event;
    if (event.op == Op::barrier_create) width[event.object] = event.value;
    if (event.op == Op::barrier_arrive) {
      mine[{event.object, steps_[i].task}] = arrivals[event.object].size() / width[event.object];
      arrivals[event.object].push_back(i);
    }
    if (event.op == Op::barrier_leave) {
      const std::size_t first = mine[{event.object, steps_[i].task}] * width[event.object];
      for (std::size_t k = 0; k < width[event.object]; ++k) edge(arrivals[event.object][first + k], i);
    }
  }
}

// Every operation is one node: its own step if it went ahead at once, else an extra node between the park and the done.
void Closure::channels() {
  struct Transfers {
    std::uint64_t capacity = 0;
    std::vector<std::optional<std::size_t>> sends, receives;   // nodes; none for a timer's
    std::optional<std::size_t> close;
  };
  std::map<std::uint64_t, Transfers> channels;
  std::map<std::pair<TaskId, std::uint64_t>, std::size_t> parks;   // the last park of the task on the channel
  std::map<TaskId, std::size_t> completed;                         // the node that the task's next done completes
  const std::size_t extra = steps_.size();
  const auto parked = [&](std::uint64_t task, std::uint64_t channel) {
    const TaskId id = static_cast<TaskId>(task);
    const std::size_t park = parks.at({id, channel});
    edge(park, extra + park);
    completed[id] = extra + park;
    return extra + park;
  };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Event& event = steps_[i].event;
    Transfers& channel = channels[event.object];
    switch (event.op) {
      case Op::chan_make: channel = Transfers{event.value, {}, {}, {}}; break;
      case Op::chan_park: parks[{steps_[i].task, event.object}] = i; break;
      case Op::chan_close: channel.close = i; break;
      case Op::chan_send:
        channel.sends.push_back(i);
        if (event.value != 0) channel.receives.push_back(parked(event.value, event.object));
        break;
      case Op::chan_timer_send:
        channel.sends.push_back(std::nullopt);
        if (event.value != 0) channel.receives.push_back(parked(event.value, event.object));
        break;
      case Op::chan_recv:
        if (flag(steps_[i], ChanFlag::closed)) {
          edge(*channel.close, i);
          break;
        }
        channel.receives.push_back(i);
        if (event.value != 0) channel.sends.push_back(parked(event.value, event.object));
        break;
      case Op::chan_done:
        if (!flag(steps_[i], ChanFlag::closed)) {
          edge(completed.at(steps_[i].task), i);
        } else if (!flag(steps_[i], ChanFlag::send)) {
          edge(*channel.close, i);
        }
        break;
      default: break;
    }
    if (!is(steps_[i], {Op::chan_send, Op::chan_recv, Op::chan_timer_send}) || flag(steps_[i], ChanFlag::closed)) continue;
    // Number k of each: all edges of Go's memory model that both ends are known of by now.
    const auto join = [&](const std::optional<std::size_t>& from, const std::optional<std::size_t>& to) {
      if (from && to) edge(*from, *to);
    };
    for (std::size_t k = 0; k < std::min(channel.sends.size(), channel.receives.size()); ++k) {
      join(channel.sends[k], channel.receives[k]);
      if (channel.capacity == 0) join(channel.receives[k], channel.sends[k]);
    }
    for (std::size_t k = 0; k < channel.receives.size() && k + channel.capacity < channel.sends.size(); ++k) {
      if (channel.capacity > 0) join(channel.receives[k], channel.sends[k + channel.capacity]);
    }
  }
}

void Closure::close() {
  for (std::size_t k = 0; k < nodes_; ++k) {
    for (std::size_t i = 0; i < nodes_; ++i) {
      if (!reach_[i * nodes_ + k]) continue;
      for (std::size_t j = 0; j < nodes_; ++j) reach_[i * nodes_ + j] |= reach_[k * nodes_ + j];
    }
  }
}

// ---- races -----------------------------------------------------------------------------------------------------

namespace {

struct Touch {
  std::size_t step;
  std::uint64_t begin, end;
  bool write, atomic;
};

// Heap memory that is given out a second time was freed in between; other memory needs no free.
bool reused(const std::vector<Step>& steps, std::size_t from, std::size_t to, std::uint64_t byte) {
  bool freed = false;
  for (std::size_t i = from; i < to; ++i) {
    const Event& event = steps[i].event;
    if (byte < event.object || byte - event.object >= event.value) continue;
    freed = freed || event.op == Op::free;
    if (event.op != Op::alloc) continue;
    if (freed || static_cast<trace::MemoryKind>(event.arg) != trace::MemoryKind::heap) return true;
  }
  return false;
}

}  // namespace

Races find_races(const std::vector<Step>& steps) {
  const Closure closure(steps, true);
  std::vector<Touch> touches;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Event& event = steps[i].event;
    if (event.op == Op::access_range) {
      touches.push_back({i, event.object, event.object + event.value, flag(steps[i], AccessFlag::write), false});
    } else if (is(steps[i], {Op::atomic_load, Op::atomic_store, Op::atomic_rmw})) {
      touches.push_back({i, event.object, event.object + event.arg, modifies(steps[i]), true});
    } else if (event.op == Op::free) {
      touches.push_back({i, event.object, event.object + event.value, true, false});
    }
  }
  Races races;
  for (std::size_t b = 0; b < touches.size(); ++b) {
    bool racy = false;
    for (std::size_t a = 0; a < b; ++a) {
      const Touch& left = touches[a];
      const Touch& right = touches[b];
      if ((!left.write && !right.write) || (left.atomic && right.atomic)) continue;
      if (!closure.unordered(left.step, right.step)) continue;
      bool overlap = false;
      for (std::uint64_t byte = std::max(left.begin, right.begin); byte < std::min(left.end, right.end); ++byte) {
        if (reused(steps, left.step, right.step, byte)) continue;
        overlap = true;
        races.bytes.insert(byte);
      }
      if (!overlap) continue;
      racy = true;
      races.pairs.insert(std::minmax(steps[left.step].event.pc, steps[right.step].event.pc));
    }
    if (racy) ++races.later_events;
  }
  return races;
}

// ---- cycles of locks ------------------------------------------------------------------------------------------------

namespace {

struct Held {
  std::uint64_t lock;
  bool shared;
};
struct Attempt {   // one moment at which a task took `wanted` while it held `held`
  std::size_t step;
  TaskId task;
  std::uint64_t wanted;
  bool wanted_shared;
  std::vector<Held> held;
};

}  // namespace

std::set<LockSet> find_lock_cycles(const std::vector<Step>& steps) {
  const Closure closure(steps, false);
  std::map<std::uint64_t, std::uint64_t> generation;
  std::map<TaskId, std::vector<Held>> held;
  std::vector<Attempt> attempts;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Event& event = steps[i].event;
    if (is(steps[i], {Op::lock_create, Op::lock_destroy})) ++generation[event.object];
    const std::uint64_t lock = event.object + generation[event.object];   // objects are far apart
    std::vector<Held>& mine = held[steps[i].task];
    if (flag(steps[i], LockFlag::again)) continue;
    if (event.op == Op::lock_acquire) {
      if (!flag(steps[i], LockFlag::attempt) && !mine.empty()) {
        attempts.push_back({i, steps[i].task, lock, flag(steps[i], LockFlag::shared), mine});
      }
      mine.push_back({lock, flag(steps[i], LockFlag::shared)});
    } else if (event.op == Op::lock_release) {
      std::erase_if(mine, [lock](const Held& one) { return one.lock == lock; });
    }
  }

  const auto blocks = [](const Attempt& waiter, const Attempt& holder) {
    return std::any_of(holder.held.begin(), holder.held.end(), [&](const Held& one) {
      return one.lock == waiter.wanted && !(one.shared && waiter.wanted_shared);
    });
  };
  const auto together = [&](const Attempt& a, const Attempt& b) {
    if (a.task == b.task || !closure.unordered(a.step, b.step)) return false;
    for (const Held& left : a.held) {
      for (const Held& right : b.held) {
        if (left.lock == right.lock && !(left.shared && right.shared)) return false;
      }
    }
    return true;
  };
  std::set<LockSet> found;
  std::vector<const Attempt*> chain;
  const std::function<void()> extend = [&] {
    for (const Attempt& next : attempts) {
      if (!std::all_of(chain.begin(), chain.end(), [&](const Attempt* one) { return together(*one, next); })) continue;
      if (!chain.empty() && !blocks(*chain.back(), next)) continue;
      chain.push_back(&next);
      if (chain.size() > 1 && blocks(next, *chain.front())) {
        LockSet locks;
        for (const Attempt* one : chain) locks.insert(one->wanted);
        if (locks.size() == chain.size()) found.insert(locks);
      }
      extend();
      chain.pop_back();
    }
  };
  extend();

  std::set<LockSet> smallest;
  for (const LockSet& one : found) {
    const bool has_smaller = std::any_of(found.begin(), found.end(), [&](const LockSet& other) {
      return other.size() < one.size() && std::includes(one.begin(), one.end(), other.begin(), other.end());
    });
    if (!has_smaller) smallest.insert(one);
  }
  return smallest;
}

}  // namespace tenter::analysis::oracle
