// Small programs of channels, locks, wait groups and conditions, and all that can go wrong in any schedule of theirs.
//
//   const Program program = random_program(seed);
//   const std::optional<Truth> truth = enumerate(program, most_states);
//   if (truth->count({Trouble::send_on_closed, send, close})) ...
//
// What a program does depends on no value, so a state is where each task stands and what the objects hold. A rendezvous is
// one step of two tasks: the order in which tasks queue is a matter of schedule, too, so every pairing is possible.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tenter::analysis::oracle {

enum class Verb : std::uint8_t { go, send, recv, close, lock, unlock, add, done, wait, cond_wait, signal };

struct Act {
  Verb verb{};
  int object = 0;   // the task to start, or the channel, lock, group or condition; a condition belongs to the lock of its number
};

struct Program {
  std::vector<std::vector<Act>> tasks;   // the first is main, and starts the others
  std::vector<int> capacities;           // of the channels

  static constexpr int acts_a_task = 32;
  static int id_of(std::size_t task, std::size_t act) { return static_cast<int>(task) * acts_a_task + static_cast<int>(act); }
  const Act& act(int id) const {
    return tasks[static_cast<std::size_t>(id / acts_a_task)][static_cast<std::size_t>(id % acts_a_task)];
  }
  std::string text() const;
};
Program random_program(std::uint64_t seed);

enum class Trouble : std::uint8_t {
  send_on_closed,       // other: the close
  close_of_closed,      // other: the earlier close
  negative_count,       // of a done; no other
  unlock_of_unlocked,   // no other
  add_beside_wait,      // an add from zero; other: the wait
  never_woken,          // of a wait for a condition; no other
  mixed_deadlock        // of a wait under a lock, and nobody can go on; other: the lock of the same, where another stands
};

struct Mishap {
  Trouble trouble{};
  int act = 0;      // Program::id_of()
  int other = -1;
  auto operator<=>(const Mishap&) const = default;
};
using Truth = std::set<Mishap>;

// All that some schedule shows. A schedule is over once an act of it fails. Nothing if there are more states than `most`.
std::optional<Truth> enumerate(const Program& program, std::size_t most);

std::string name_of(Trouble trouble);

}  // namespace tenter::analysis::oracle
