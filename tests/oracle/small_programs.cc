#include "small_programs.h"

#include <algorithm>
#include <array>
#include <random>
#include <unordered_set>

namespace tenter::analysis::oracle {
namespace {

constexpr std::size_t most_tasks = 4, most_objects = 2;
constexpr int nobody = -1;

const char* word_of(Verb verb) {
  switch (verb) {
    case Verb::go: return "go t";
    case Verb::send: return "send c";
    case Verb::recv: return "recv c";
    case Verb::close: return "close c";
    case Verb::lock: return "lock m";
    case Verb::unlock: return "unlock m";
    case Verb::add: return "add g";
    case Verb::done: return "done g";
    case Verb::wait: return "wait g";
    case Verb::cond_wait: return "cond_wait q";
    case Verb::signal: return "signal q";
  }
  return "?";
}

// ---- programs ------------------------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  Program write() {
    // A few themes a program: with all at once nearly everything would be ordered.
    themes_ = {static_cast<Theme>(below(themes)), static_cast<Theme>(below(themes))};
    const std::size_t tasks = 2 + below(most_tasks - 1);
    program_.tasks.resize(tasks);
    for (std::size_t c = 0; c < most_objects; ++c) program_.capacities.push_back(static_cast<int>(below(3)));
    if (one_in(3)) phrase(0);
    for (std::size_t task = 1; task < tasks; ++task) {
      say(0, Verb::go, static_cast<int>(task));
      if (one_in(3)) phrase(0);
    }
    for (std::size_t task = 0; task < tasks; ++task) {
      for (std::size_t phrases = 1 + below(2); phrases > 0; --phrases) phrase(task);
    }
    if (one_in(2)) hand_over(tasks);
    return std::move(program_);
  }

 private:
  enum Theme : std::uint8_t { channels, locks, groups, conditions, themes };

  std::size_t below(std::size_t n) { return random_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  void say(std::size_t task, Verb verb, int object) { program_.tasks[task].push_back({verb, object}); }

  void phrase(std::size_t task) {
    const int object = one_in(3) ? 1 : 0;
    switch (themes_[below(themes_.size())]) {
      case channels: {
        const std::size_t which = below(7);
        return say(task, which < 3 ? Verb::send : which < 6 ? Verb::recv : Verb::close, object);
      }
      case groups: {
        const std::size_t which = below(5);
        return say(task, which < 2 ? Verb::add : which < 4 ? Verb::done : Verb::wait, object);
      }
      case locks: return section(task, object, 0);
      case conditions: return section(task, object, 1 + below(2));
      case themes: return;
    }
  }

  // One task sends to another; both may take a lock before, and keep it meanwhile or not.
  void hand_over(std::size_t tasks) {
    const int channel = one_in(3) ? 1 : 0, lock = one_in(3) ? 1 : 0;
    const std::size_t sender = below(tasks), receiver = (sender + 1 + below(tasks - 1)) % tasks;
    for (std::size_t values = 1 + below(2); values > 0; --values) {
      for (const auto& [task, verb] : {std::pair(sender, Verb::send), std::pair(receiver, Verb::recv)}) {
        const std::size_t how = below(4);
        if (how != 0) say(task, Verb::lock, lock);
        if (how == 1) say(task, Verb::unlock, lock);
        say(task, verb, channel);
        if (how > 1) say(task, Verb::unlock, lock);
      }
    }
  }

  // A critical section: about anything, a wait for a condition, or a signal, which need not be in one.
  void section(std::size_t task, int object, std::size_t what) {
    const bool takes = what == 1 || !one_in(4), gives = what == 1 || (takes ? !one_in(8) : what == 0);
    if (takes) say(task, Verb::lock, object);
    if (what == 1) say(task, Verb::cond_wait, object);
    if (what == 2 && (gives || one_in(2))) say(task, Verb::signal, object);
    else if (what == 2) what = 3;
    if (what == 0 && one_in(2)) {
      const Theme other = themes_[below(2)];
      if (other == channels) say(task, one_in(2) ? Verb::send : Verb::recv, object);
      if (other == groups) say(task, one_in(2) ? Verb::add : Verb::done, object);
    }
    if (gives) say(task, Verb::unlock, object);
    if (what == 3) say(task, Verb::signal, object);
  }

  std::mt19937_64 random_;
  std::array<Theme, 2> themes_{};
  Program program_;
};

// ---- schedules -----------------------------------------------------------------------------------------------------

// Compared and hashed byte by byte: every member is of one byte, so there is nothing between them.
struct State {
  enum Stance : std::uint8_t { unborn, running, waits_for_signal, takes_its_lock_back };
  std::array<std::uint8_t, most_tasks> at{};        // the next act
  std::array<std::uint8_t, most_tasks> stance{};
  std::array<std::uint8_t, most_objects> filled{};
  std::array<std::int8_t, most_objects> closed_by{nobody, nobody};
  std::array<std::uint8_t, most_objects> locked{};   // 1 + the task that took it
  std::array<std::uint8_t, most_objects> count{};
  std::array<std::array<std::int8_t, most_tasks>, most_objects> queue{};   // who waits for a signal, and then nobody

  bool operator==(const State&) const = default;
};
struct StateHash {
  std::size_t operator()(const State& state) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(&state), sizeof state});
  }
};
static_assert(std::has_unique_object_representations_v<State>);

class Enumeration {
 public:
  Enumeration(const Program& program, std::size_t most) : program_(program), most_(most) {}

  std::optional<Truth> run() {
    State first;
    for (auto& queue : first.queue) queue.fill(nobody);
    first.stance[0] = State::running;
    reach(first);
    while (!todo_.empty()) {
      if (seen_.size() > most_) return std::nullopt;
      const State state = todo_.back();
      todo_.pop_back();
      expand(state);
    }
    return std::move(truth_);
  }

 private:
  void reach(const State& state) {
    if (seen_.insert(state).second) todo_.push_back(state);
  }
  const Act* next(const State& state, std::size_t task) const {
    const auto& acts = program_.tasks[task];
    return state.stance[task] == State::running && state.at[task] < acts.size() ? &acts[state.at[task]] : nullptr;
  }
  int id(const State& state, std::size_t task) const { return Program::id_of(task, state.at[task]); }

  void expand(const State& state) {
    bool is_over = true;
    for (std::size_t task = 0; task < program_.tasks.size(); ++task) {
      if (state.stance[task] == State::takes_its_lock_back) {
        const auto lock = static_cast<std::size_t>(program_.tasks[task][state.at[task]].object);
        if (state.locked[lock] != 0) continue;
        State after = state;
        after.locked[lock] = static_cast<std::uint8_t>(task + 1);
        after.stance[task] = State::running;
        ++after.at[task];
        reach(after);
        is_over = false;
      } else if (const Act* act = next(state, task)) {
        if (step(state, task, *act)) is_over = false;
      }
    }
    if (!is_over) return;
    for (std::size_t task = 0; task < program_.tasks.size(); ++task) {
      if (state.stance[task] == State::waits_for_signal) truth_.insert({Trouble::never_woken, id(state, task)});
      // A wait for a condition ends with its lock, which has the condition's number.
      const bool takes_back = state.stance[task] == State::takes_its_lock_back;
      const Act* act = takes_back ? &program_.tasks[task][state.at[task]] : next(state, task);
      if (act == nullptr || (act->verb != Verb::lock && !takes_back)) continue;
      const auto holder = static_cast<std::size_t>(state.locked[static_cast<std::size_t>(act->object)] - 1);
      if (holder != task && waits_under_lock(state, holder))
        truth_.insert({Trouble::mixed_deadlock, id(state, holder), id(state, task)});
    }
  }

  // For anything but a lock.
  bool waits_under_lock(const State& state, std::size_t task) const {
    if (state.stance[task] == State::waits_for_signal) return true;
    const Act* act = next(state, task);
    return act != nullptr && act->verb != Verb::lock;
  }

  // Where the task can go on, or fail: whatever comes of it. False: it cannot do either.
  bool step(const State& state, std::size_t task, const Act& act) {
    const auto object = static_cast<std::size_t>(act.object);
    const auto fail = [&](Trouble trouble, int other) { return truth_.insert({trouble, id(state, task), other}), true; };
    State after = state;
    ++after.at[task];
    switch (act.verb) {
      case Verb::go: after.stance[object] = State::running; break;
      case Verb::send:
        if (state.closed_by[object] != nobody) return fail(Trouble::send_on_closed, state.closed_by[object]);
        if (program_.capacities[object] == 0) return meet(state, task, object);
        if (state.filled[object] == program_.capacities[object]) return false;
        ++after.filled[object];
        break;
      case Verb::recv:
        if (state.filled[object] > 0) --after.filled[object];
        else if (state.closed_by[object] == nobody) return false;
        break;
      case Verb::close:
        if (state.closed_by[object] != nobody) return fail(Trouble::close_of_closed, state.closed_by[object]);
        after.closed_by[object] = static_cast<std::int8_t>(id(state, task));
        break;
      case Verb::lock:
        if (state.locked[object] != 0) return false;
        after.locked[object] = static_cast<std::uint8_t>(task + 1);
        break;
      case Verb::unlock:
        if (state.locked[object] == 0) return fail(Trouble::unlock_of_unlocked, nobody);
        after.locked[object] = 0;
        break;
      case Verb::add:
        if (state.count[object] == 0) find_waits(state, task, object);
        ++after.count[object];
        break;
      case Verb::done:
        if (state.count[object] == 0) return fail(Trouble::negative_count, nobody);
        --after.count[object];
        break;
      case Verb::wait:
        if (state.count[object] != 0) return false;
        break;
      case Verb::cond_wait: {
        if (state.locked[object] == 0) return fail(Trouble::unlock_of_unlocked, nobody);
        after.locked[object] = 0;
        after.at[task] = state.at[task];
        after.stance[task] = State::waits_for_signal;
        auto& queue = after.queue[object];
        *std::find(queue.begin(), queue.end(), nobody) = static_cast<std::int8_t>(task);
        break;
      }
      case Verb::signal: {
        auto& queue = after.queue[object];
        if (queue.front() == nobody) break;
        after.stance[static_cast<std::size_t>(queue.front())] = State::takes_its_lock_back;
        std::rotate(queue.begin(), queue.begin() + 1, queue.end());
        queue.back() = nobody;
        break;
      }
    }
    reach(after);
    return true;
  }

  bool meet(const State& state, std::size_t sender, std::size_t channel) {
    bool met = false;
    for (std::size_t receiver = 0; receiver < program_.tasks.size(); ++receiver) {
      const Act* act = next(state, receiver);
      if (act == nullptr || act->verb != Verb::recv || act->object != static_cast<int>(channel)) continue;
      State after = state;
      ++after.at[sender];
      ++after.at[receiver];
      reach(after);
      met = true;
    }
    return met;
  }

  void find_waits(const State& state, std::size_t adder, std::size_t group) {
    for (std::size_t task = 0; task < program_.tasks.size(); ++task) {
      const Act* act = next(state, task);
      if (act != nullptr && act->verb == Verb::wait && act->object == static_cast<int>(group))
        truth_.insert({Trouble::add_beside_wait, id(state, adder), id(state, task)});
    }
  }

  const Program& program_;
  const std::size_t most_;
  std::unordered_set<State, StateHash> seen_;
  std::vector<State> todo_;
  Truth truth_;
};

}  // namespace

std::string Program::text() const {
  std::string text = "capacities";
  for (const int capacity : capacities) text += ' ' + std::to_string(capacity);
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    text += "\nt" + std::to_string(task) + ':';
    for (const Act& act : tasks[task]) text += ' ' + (word_of(act.verb) + std::to_string(act.object)) + ';';
  }
  return text + '\n';
}

Program random_program(std::uint64_t seed) { return Writer(seed).write(); }

std::optional<Truth> enumerate(const Program& program, std::size_t most) { return Enumeration(program, most).run(); }

std::string name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::send_on_closed: return "send on a closed channel";
    case Trouble::close_of_closed: return "close of a closed channel";
    case Trouble::negative_count: return "count below zero";
    case Trouble::unlock_of_unlocked: return "unlock of an unlocked mutex";
    case Trouble::add_beside_wait: return "add from zero beside a wait";
    case Trouble::never_woken: return "wait for a condition that never ends";
    case Trouble::mixed_deadlock: return "wait under a lock that the other needs";
  }
  return "?";
}

}  // namespace tenter::analysis::oracle
