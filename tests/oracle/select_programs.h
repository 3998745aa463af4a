// Small programs of channels and selects, of which each may go on in one way or another, and who is left behind in any schedule of theirs.
//
//   const SelectProgram program = random_select_program(seed);
//   const std::optional<std::set<int>> stuck = stuck_acts(program, most_states);   // by act, in the order of `acts`
//
// As in small_programs.h a state is where each task stands and what the objects hold, and a rendezvous is one step of two tasks. A
// timer may fire whenever somebody waits for it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tenter::analysis::oracle {

enum class Deed : std::uint8_t {
  go,         // object: the task
  send, recv, try_send,   // channel
  close,      // stop
  set, await, // flag: an atomic that others look at, relaxed, until it is set
  lock, unlock,
  select      // a channel, and something else
};
enum class Beside : std::uint8_t { timer, stop, channel, otherwise };

struct SelectAct {
  Deed deed{};
  int object = 0;
  int next = -1;       // the act after it; -1: the task ends
  // Of a select: its first case is on `object`, and the second on `other`.
  bool sends = false;
  Beside beside{};
  int other = 0;       // of the second, which receives: a stop or a channel
  int next_beside = -1;
};

struct SelectProgram {
  static constexpr int tasks_at_most = 4, channels = 3, stops = 1, flags = 1, locks = 1;
  std::vector<SelectAct> acts;
  std::vector<int> first;      // of each task; main is the first, and starts the others
  std::array<int, channels> capacities{};
  std::string text() const;
};
SelectProgram random_select_program(std::uint64_t seed);

// Sends and receives, not of a select, at which some schedule leaves a task for good. Nothing if there are more states than `most`.
std::optional<std::set<int>> stuck_acts(const SelectProgram& program, std::size_t most);

}  // namespace tenter::analysis::oracle
