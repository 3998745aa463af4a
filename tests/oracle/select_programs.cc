#include "select_programs.h"

#include <random>
#include <string_view>
#include <unordered_set>

namespace tenter::analysis::oracle {
namespace {

// ---- programs ------------------------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  SelectProgram write() {
    for (int& capacity : program_.capacities) capacity = one_in(5) ? 1 : 0;
    const std::size_t tasks = 2 + below(SelectProgram::tasks_at_most - 1);
    std::vector<std::vector<SelectAct>> phrases(tasks);
    for (std::size_t task = 1; task < tasks; ++task) phrases[0].push_back({Deed::go, static_cast<int>(task)});
    // A result, or an answer, of which one side may go elsewhere; then anything.
    for (std::size_t pairs = 1 + below(2); pairs > 0; --pairs) {
      const std::size_t waiter = 1 + below(tasks - 1), chooser = (waiter + 1 + below(tasks - 1)) % tasks;
      const int channel = static_cast<int>(below(SelectProgram::channels));
      const bool sends = !one_in(3);
      if (one_in(3)) phrases[waiter].push_back(noise());
      phrases[waiter].push_back({one_in(10) ? Deed::try_send : sends ? Deed::send : Deed::recv, channel});
      if (one_in(4)) phrases[chooser].push_back(noise());
      SelectAct select{Deed::select, channel};
      select.sends = !sends;
      select.beside = static_cast<Beside>(below(4));
      select.other = select.beside == Beside::channel ? (channel + 1) % SelectProgram::channels : 0;
      phrases[chooser].push_back(select);
    }
    if (!one_in(3)) phrases[below(tasks)].push_back({Deed::close, 0});
    for (std::size_t more = below(3); more > 0; --more) phrases[below(tasks)].push_back(noise());
    if (one_in(3)) section(phrases[below(tasks)]);
    if (one_in(3)) section(phrases[below(tasks)]);
    for (std::vector<SelectAct>& of_task : phrases) lay_out(of_task);
    return std::move(program_);
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  SelectAct noise() {
    constexpr std::array deeds = {Deed::send, Deed::recv, Deed::try_send, Deed::set, Deed::await, Deed::set, Deed::await};
    const Deed deed = deeds[below(deeds.size())];
    const bool on_channel = deed == Deed::send || deed == Deed::recv || deed == Deed::try_send;
    return {deed, on_channel ? static_cast<int>(below(SelectProgram::channels)) : 0};
  }
  // Around one of the acts.
  void section(std::vector<SelectAct>& acts) {
    const auto at = static_cast<std::ptrdiff_t>(below(acts.size() + 1));
    const bool around = at < static_cast<std::ptrdiff_t>(acts.size()) && acts[static_cast<std::size_t>(at)].deed != Deed::unlock &&
                        acts[static_cast<std::size_t>(at)].deed != Deed::lock;
    acts.insert(acts.begin() + at, {Deed::lock, 0});
    acts.insert(acts.begin() + at + (around ? 2 : 1), {Deed::unlock, 0});
  }
  int add(SelectAct act) {
    program_.acts.push_back(act);
    return static_cast<int>(program_.acts.size()) - 1;
  }
  // From the end on, so that each act knows the next. After either case of a select there may be one act of its own.
  void lay_out(const std::vector<SelectAct>& acts) {
    int next = -1;
    for (std::size_t i = acts.size(); i-- > 0;) {
      SelectAct act = acts[i];
      act.next = next;
      if (act.deed == Deed::select) {
        const auto branch = [&](bool beside) {
          if (!one_in(3)) return next;
          SelectAct own = noise();
          if (beside && one_in(2)) own = {act.sends ? Deed::send : Deed::recv, act.object};   // all the same
          own.next = next;
          return add(own);
        };
        act.next = branch(false);
        act.next_beside = branch(true);
      }
      next = add(act);
    }
    program_.first.push_back(next);
  }

  std::mt19937_64 random_;
  SelectProgram program_;
};

// ---- schedules -----------------------------------------------------------------------------------------------------

struct State {
  std::array<std::int8_t, SelectProgram::tasks_at_most> at{};   // -1: over; -2: not begun
  std::array<std::uint8_t, SelectProgram::channels> filled{};
  std::uint8_t closed = 0, set = 0, locked = 0;
  bool operator==(const State&) const = default;
};
static_assert(std::has_unique_object_representations_v<State>);
struct StateHash {
  std::size_t operator()(const State& state) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(&state), sizeof state});
  }
};

class Enumeration {
 public:
  Enumeration(const SelectProgram& program, std::size_t most) : program_(program), most_(most) {}

  std::optional<std::set<int>> run() {
    State start;
    start.at.fill(-2);
    start.at[0] = static_cast<std::int8_t>(program_.first[0]);
    reach(start);
    while (!todo_.empty()) {
      if (seen_.size() > most_) return std::nullopt;
      const State state = todo_.back();
      todo_.pop_back();
      moved_ = false;
      for (std::size_t task = 0; task < program_.first.size(); ++task)
        if (state.at[task] >= 0) step(state, task);
      if (moved_) continue;
      for (const std::int8_t at : state.at) {
        if (at < 0) continue;
        const Deed deed = program_.acts[static_cast<std::size_t>(at)].deed;
        if (deed == Deed::send || deed == Deed::recv) stuck_.insert(at);
      }
    }
    return std::move(stuck_);
  }

 private:
  void reach(const State& state) {
    moved_ = true;
    if (seen_.insert(state).second) todo_.push_back(state);
  }
  const SelectAct& act_of(const State& state, std::size_t task) const {
    return program_.acts[static_cast<std::size_t>(state.at[task])];
  }
  static State moved(State state, std::size_t task, int to) {
    state.at[task] = static_cast<std::int8_t>(to);
    return state;
  }

  // Where a task could go that stands ready to send to, or receive from, the channel.
  std::vector<int> offers(const State& state, std::size_t task, int channel, bool send) const {
    if (state.at[task] < 0) return {};
    const SelectAct& act = act_of(state, task);
    if (act.deed == (send ? Deed::send : Deed::recv) && act.object == channel) return {act.next};
    if (act.deed != Deed::select) return {};
    std::vector<int> ends;
    if (act.object == channel && act.sends == send) ends.push_back(act.next);
    if (act.beside == Beside::channel && act.other == channel && !send) ends.push_back(act.next_beside);
    return ends;
  }
  // By a partner, or the buffer. False: it cannot, for sure, whoever has queued.
  bool transfer(const State& state, std::size_t task, int channel, bool send, int next) {
    const auto c = static_cast<std::size_t>(channel);
    if (program_.capacities[c] > 0) {
      if (send ? state.filled[c] == program_.capacities[c] : state.filled[c] == 0) return false;
      State after = moved(state, task, next);
      after.filled[c] = static_cast<std::uint8_t>(after.filled[c] + (send ? 1 : -1));
      return reach(after), true;
    }
    for (std::size_t other = 0; other < program_.first.size(); ++other) {
      if (other == task) continue;
      for (const int end : offers(state, other, channel, !send)) reach(moved(moved(state, task, next), other, end));
    }
    return false;
  }

  void step(const State& state, std::size_t task) {
    const SelectAct& act = act_of(state, task);
    State after = moved(state, task, act.next);
    switch (act.deed) {
      case Deed::go:
        after.at[static_cast<std::size_t>(act.object)] =
            static_cast<std::int8_t>(program_.first[static_cast<std::size_t>(act.object)]);
        return reach(after);
      case Deed::send: transfer(state, task, act.object, true, act.next); return;
      case Deed::recv: transfer(state, task, act.object, false, act.next); return;
      case Deed::try_send:
        if (!transfer(state, task, act.object, true, act.next)) reach(after);
        return;
      case Deed::close: after.closed = 1; return reach(after);
      case Deed::set: after.set = 1; return reach(after);
      case Deed::await:
        if (state.set != 0) reach(after);
        return;
      case Deed::lock:
        if (state.locked != 0) return;
        after.locked = 1;
        return reach(after);
      case Deed::unlock: after.locked = 0; return reach(after);
      case Deed::select: break;
    }
    const bool ready = transfer(state, task, act.object, act.sends, act.next);
    switch (act.beside) {
      case Beside::timer: return reach(moved(state, task, act.next_beside));
      case Beside::stop:
        if (state.closed != 0) reach(moved(state, task, act.next_beside));
        return;
      case Beside::channel: transfer(state, task, act.other, false, act.next_beside); return;
      case Beside::otherwise:
        if (!ready) reach(moved(state, task, act.next_beside));
        return;
    }
  }

  const SelectProgram& program_;
  const std::size_t most_;
  std::unordered_set<State, StateHash> seen_;
  std::vector<State> todo_;
  std::set<int> stuck_;
  bool moved_ = false;
};

}  // namespace

std::string SelectProgram::text() const {
  std::string text = "capacities";
  for (const int capacity : capacities) text += ' ' + std::to_string(capacity);
  text += "; tasks begin at";
  for (const int act : first) text += ' ' + std::to_string(act);
  text += '\n';
  constexpr std::array words = {"go t", "send c", "recv c", "try_send c", "close s", "set f", "await f", "lock m", "unlock m", "select "};
  constexpr std::array others = {"timer", "recv s", "recv c", "otherwise"};
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const SelectAct& act = acts[i];
    text += "  " + std::to_string(i) + ": " + words[static_cast<std::size_t>(act.deed)];
    if (act.deed == Deed::select) text += act.sends ? "send c" : "recv c";
    text += std::to_string(act.object) + ", then " + std::to_string(act.next);
    if (act.deed == Deed::select) {
      text += std::string("; or ") + others[static_cast<std::size_t>(act.beside)] + std::to_string(act.other) + ", then " +
              std::to_string(act.next_beside);
    }
    text += '\n';
  }
  return text;
}

SelectProgram random_select_program(std::uint64_t seed) { return Writer(seed).write(); }

std::optional<std::set<int>> stuck_acts(const SelectProgram& program, std::size_t most) {
  return Enumeration(program, most).run();
}

}  // namespace tenter::analysis::oracle
