// Which variables of the program could still be used to send on a channel, or to receive from it, and where the last of
// them went. What a program cannot reach it cannot use: this is what proves that somebody waits for ever.
//
//   const Reach reach = world.handles().who_could(channel, trace::HandleFlag::receive);
//   if (reach.known && !reach.elsewhere && reach.holders.empty()) ...   // nobody can receive any more
//
// Nothing is claimed of a channel whose story is not whole: one that was not seen to be made with a handle for both
// directions (a timer's, or one whose sender is the library itself), or of which a handle ended that was not seen to
// begin (its bytes were copied to another place). A handle whose memory was given back without destroying it counts as
// live for good. What a task destroys counts once the task ends or goes on: the destructors of static objects, which run
// while the program ends, prove nothing about what others could have done. So does one in code that does not tell of its handles, in part or not at all: see docs/limits.md.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "order/site.h"
#include "order/step.h"

namespace tenter::analysis {

// A handle was destroyed, or made to refer to something else.
struct HandleEnd {
  TaskId by = no_task;
  Site where;
  TaskId on_stack_of = no_task;  // where it was; no_task: not on a task's stack
  std::uint64_t number = 0;      // of two ends the one with the higher number came later
};

struct Reach {
  bool known = false;  // else the rest says nothing
  // On whose stacks, closures included, there is such a handle, or what refers to it alone; each once, ascending.
  std::vector<TaskId> holders;
  bool elsewhere = false;       // there is one on the heap, in a static variable, on a thread's stack
  std::vector<HandleEnd> ends;  // of the last few such handles that are no more, latest first
  bool outside = false;         // something outside of the program, such as signals; said whether known or not
};

// One thread at a time. Any sequence of steps is taken.
class Handles {
 public:
  void observe(const Step& step) {
    const trace::Op op = step.event.op;
    switch (op) {
      case trace::Op::access_range:
      case trace::Op::free: return;
      case trace::Op::handle_birth: return on_birth(step);
      case trace::Op::handle_death: return on_death(step);
      default: on_other(step);
    }
  }
  // `direction`: HandleFlag::send (which can close, too) or HandleFlag::receive.
  Reach who_could(std::uint64_t channel, std::uint8_t direction) const;
  // Could anybody use the channel in a direction that `can` names, or is that not known? Not meant are the handles that lie at `except`, and those on
  // the stack of `keeper`.
  bool others_could(std::uint64_t channel, std::uint8_t can, std::span<const std::uint64_t> except,
                    TaskId keeper) const;
  // It is what a context's done() returns. Nobody sends on it; whoever could is a cancel function, the context's timer, or
  // whoever could cancel what the context was derived from, which stands in its story as a handle at that one's channel.
  bool belongs_to_context(std::uint64_t channel) const;

 private:
  struct Live {
    std::uint8_t directions = 0;
    std::uint32_t times = 0;   // more than once: an end was not seen
    std::uint32_t ending = 0;  // so many of them end if the task that destroyed them goes on
    TaskId held_by = no_task;  // a task that waits, and has said so
  };
  struct Ending {
    std::uint64_t channel;
    std::uint64_t generation;  // of the channel
    std::uint64_t handle;
    HandleEnd end;
  };
  struct Channel {
    std::uint64_t generation = 0;                  // of the channels at one address
    bool whole = false;                            // so far its story is
    bool begun = false;                            // it has had a handle
    bool of_context = false;                       // it is a done()
    bool outside = false;                          // something outside of the program sends on it
    std::unordered_map<std::uint64_t, Live> live;  // by address
    std::array<std::deque<HandleEnd>, 2> ends;     // by direction, latest last
  };
  struct Stack {
    std::uint64_t size;
    TaskId owner;
  };

  void on_birth(const Step& step);
  void on_death(const Step& step);
  void on_other(const Step& step);
  void on_stack(const Event& event);
  void goes_on(TaskId task);
  void wakes(TaskId task);
  void take_out(const Ending& ending);
  TaskId owner_of(std::uint64_t address) const;

  std::unordered_map<std::uint64_t, Channel> channels_;
  std::map<std::uint64_t, Stack> stacks_;                           // by their lowest address; they do not overlap
  std::unordered_map<std::uint32_t, std::vector<Ending>> endings_;  // by task
  // The channels and handles that a task which waits has said it holds.
  std::unordered_map<std::uint32_t, std::vector<std::pair<std::uint64_t, std::uint64_t>>> held_;
  TaskId main_thread_ = no_task;
  std::uint64_t ends_ = 0;
};

}  // namespace tenter::analysis
