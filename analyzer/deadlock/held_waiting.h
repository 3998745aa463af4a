// Who waited for long while it held a lock that others wanted meanwhile: they all waited for what the holder waited for.
// Nothing goes wrong by it, it only takes as long as it takes.
//
//   HeldWaiting held_waiting(world, limit_ns);
//   for each step: world.observe(step); held_waiting.observe(step);
//   for (const HeldWaitingCandidate& one : held_waiting.candidates()) ...
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "order/world.h"

namespace tenter::analysis {

struct HeldWaitingCandidate {
  TaskId holder = no_task;
  Waiting waiting;  // for what the holder waited, and where
  std::uint64_t lock = 0;
  Site held_at;  // where it had taken the lock
  TaskId other = no_task;
  Site wanted_at;          // where the other waited for the lock, of all who did for the longest time
  std::uint64_t ns = 0;    // for so long both of them waited
  std::size_t others = 0;  // who waited for at least the limit beside the holder
};

// A wait for another lock is not meant (those are for LockOrder and WaitGraph), nor is the lock that a condition gives back while
// somebody waits for it. Known are the waits that ended, of which the recorder has told when they were. One thread at a time.
class HeldWaiting {
 public:
  HeldWaiting(const World& world, std::uint64_t limit_ns) : world_(world), limit_ns_(limit_ns) {}
  void observe(const Step& step) {
    switch (step.event.op) {
      case trace::Op::wait_begin:
      case trace::Op::select_case: on_begin(step); break;
      case trace::Op::wait_end: on_end(step); break;
      default: break;
    }
  }
  // Once all steps were observed: for each wait the lock for which others waited the longest; the longest waits first.
  std::vector<HeldWaitingCandidate> candidates() const;

 private:
  struct Wait {
    TaskId task = no_task;
    std::uint64_t begin_ns = 0, end_ns = 0;  // since the recording began
    bool shared = false;
    Site held_at;     // of a holder
    Waiting waiting;  // of a waiter for the lock, at it
  };
  struct Begun {
    Waiting waiting;
    std::vector<HeldLock> held;
  };
  struct OfLock {
    std::vector<Wait> by_holders, by_others;
  };

  void on_begin(const Step& step);
  void on_end(const Step& step);

  const World& world_;
  const std::uint64_t limit_ns_;
  std::unordered_map<std::uint32_t, Begun> begun_;  // by task
  std::unordered_map<std::uint64_t, OfLock> long_;  // by lock
};

}  // namespace tenter::analysis
