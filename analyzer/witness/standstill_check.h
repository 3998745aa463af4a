// StandstillCheck says of a schedule, an order of some steps of a run that ScheduleCheck has found possible, whether everybody is
// stuck at its end: each task has done all that it did in the run, or waits for what nobody is left to do.
//
//   StandstillCheck judge;
//   while (Step* step = sequencer.next()) judge.observe(*step);
//   const Standstill end = judge.after(schedule);
//   if (end.objection.empty()) ... end.stuck ...
//
// What a task does next is known from the run as long as it has seen nothing else than there. So a schedule is turned down where
// somebody could go on: a receive for which a value is there, a lock that is free, a step that waits for nobody, or one of which it
// is not known what it waits for (semaphores, barriers, descriptors, contexts, timers, a select that went ahead at once).
// It is also turned down where the run itself misused something, since an exception may end the program, and where a task that had not ended when the recording did has done all that is known of it.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "order/step.h"

namespace tenter::analysis {

struct StuckAt {
  TaskId task = no_task;
  trace::WaitKind kind{};
  std::uint64_t object = 0;
  std::uint32_t step = 0;  // the one that it cannot do
};
struct Standstill {
  std::string objection;       // why it is none, in one sentence; empty where it is one
  std::vector<StuckAt> stuck;  // ascending by task
};

// One object is for one thread. Memory: some 48 bytes for each step that is no plain access.
class StandstillCheck {
 public:
  void observe(const Step& step);
  // `lost`: a signal of the schedule that nobody hears, which has to be so.
  Standstill after(std::span<const std::uint32_t> schedule, std::uint32_t lost = UINT32_MAX) const;

 private:
  struct Act {
    std::uint32_t step = 0;
    trace::Op op{};
    std::uint8_t flags = 0;
    std::uint64_t object = 0;  // of a channel: its number
    std::uint64_t value = 0;
  };
  struct Task {
    trace::TaskKind kind = trace::TaskKind::thread;
    bool ends = false;        // in the run
    bool is_created = false;  // by a step of the run
    std::uint32_t creator = 0;
    std::vector<Act> acts;            // that others can depend on, and waits
    std::vector<std::uint32_t> runs;  // accesses, which wait for nobody: the last of each row of them
  };
  struct Channel {
    std::uint64_t address = 0, capacity = 0;
    bool made = false;    // the run has seen it
    bool begun = false;   // it has had a handle
    bool others = false;  // the library itself, or something outside, may send on it or close it
  };
  struct State;

  std::uint64_t channel_number(std::uint64_t address);
  void on_handle(const Event& event);
  const char* heard(const State& state, std::uint32_t signaller, const Act& lost) const;

  std::uint32_t steps_ = 0;
  bool went_wrong_ = false;  // the library threw, or said that all sleep
  std::map<std::uint32_t, Task> tasks_;
  std::vector<Channel> channels_;
  std::unordered_map<std::uint64_t, std::uint64_t> channel_at_;  // address -> number, of the one that is there now
  std::unordered_map<std::uint64_t, std::unordered_set<std::uint32_t>>
      waiters_;                                 // by condition: tasks that wait for it
  std::unordered_set<std::uint64_t> anybodys_;  // locks that somebody gave back who had not taken them
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> holders_;  // of locks, in the run so far
};

}  // namespace tenter::analysis
