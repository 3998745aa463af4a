// Who waits for another task, who could help each of them, and who is left to do so when the run is over.
//
//   WhoHelps who(world);
//   for each step: world.observe(step); who.observe(step);
//   const Stuck all = who.stuck();
//   for (const auto& [task, helpers] : all.waiting) if (all.is_stuck(task)) ...
//
// Who is stuck is a fixed point: start with everybody who waits for another task, and take out, until nothing changes, whoever some
// live task may still help (Saioc et al., Dynamic Partial Deadlock Detection and Recovery via Garbage Collection,
// ASPLOS 2025, with "holds the other end", or where that is not known "has used the other end", in the place of
// reachability).
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "order/world.h"

namespace tenter::analysis {

// Who may end a wait.
struct Helpers {
  std::set<TaskId> could;       // used the other end, and may do so again
  std::set<TaskId> may;         // touched the object at all
  std::set<TaskId> holders;     // have a handle of the other end on their stacks: they and their descendants may
  bool anybody = false;         // such a handle is elsewhere
  bool outside = false;         // something outside of the program may, at any time
  bool handles_known = true;    // of all channels that the wait is about
  std::vector<HandleEnd> ends;  // of such handles
};

// Those who could still act, and, as they may have references to what is on the stacks of those from whom they descend,
// those too.
class Live {
 public:
  explicit Live(const World& world) : world_(world) {}
  void add(TaskId task);
  bool has(TaskId task) const { return live_.count(task) != 0; }
  bool helps(const Helpers& helpers) const;

 private:
  const World& world_;
  std::set<TaskId> live_;
  std::set<TaskId> lineage_;
};

struct Stuck {
  explicit Stuck(const World& world) : live(world) {}
  bool is_stuck(TaskId task) const { return waiting.count(task) != 0 && !live.has(task); }
  Live live;
  std::map<TaskId, Helpers> waiting;  // those that are not live are stuck
};

// One thread at a time. Any sequence of steps is taken.
class WhoHelps {
 public:
  explicit WhoHelps(const World& world) : world_(world) {}
  void observe(const Step& step);
  // Once all steps were observed. The main thread is over: main returned, or it is among those that wait.
  Stuck stuck() const;
  // The task was inside a call of the library, or had yet to make its first: any other may be past its last.
  bool calls_or_will(const TaskInfo& task) const;

 private:
  struct Object {
    std::map<TaskId, std::uint8_t> users;
    std::int64_t count = 0;      // of a wait group or semaphore
    bool counted = false;        // its creation was seen, so that count is right
    TaskId runs_once = no_task;  // of a once that has begun and not ended
    bool done = false;           // of a once
  };
  struct Progress {
    bool granted = false;  // somebody has ended its wait
    bool called = false;   // it has completed a call of the library
    bool suspended = false;
  };

  Progress& of(TaskId task) { return progress_[index(task)]; }
  const Progress* find(TaskId task) const;
  Object& used(const Step& step, std::uint8_t how);
  Object& made(const Step& step, std::int64_t count);
  void grant(std::uint64_t partner);
  bool being_woken(const TaskInfo& task) const;
  void users_of(std::uint64_t object, std::uint8_t how, Helpers& helpers) const;
  bool is_or_descends_from(TaskId task, const std::vector<TaskId>& ancestors) const;
  void reach_of(std::uint64_t channel, bool waits_to_send, Helpers& helpers) const;
  Helpers helpers_of(const TaskInfo& task) const;

  const World& world_;
  std::unordered_map<std::uint64_t, Object> objects_;
  std::unordered_map<std::uint32_t, Progress> progress_;
};

}  // namespace tenter::analysis
