// Tasks and threads that were left behind: they neither ended nor can, or nobody ever joined them.
#pragma once
#include <string>
#include <vector>

#include "deadlock/wait_graph.h"
#include "order/world.h"

namespace tenter::analysis {

enum class LeakReason : std::uint8_t {
  send_no_receiver, receive_no_sender, select_no_case, nil_channel, lock_never_released, wait_group_never_done,
  condition_never_signalled, context_never_cancelled, still_running
};
struct LeakCandidate {
  TaskId task = no_task;
  bool thread = false;                 // a thread that ended or not but was never joined nor detached
  LeakReason reason{};
  bool proven = false;                 // nobody live can ever unblock it
  Waiting waiting;                     // meaningless for threads and still_running
  std::vector<TaskId> could_unblock;   // live tasks that used the object's other end
};

// Call once all steps were observed. Tasks that are part of a deadlock are left to it.
class LeftBehind {
 public:
  explicit LeftBehind(const World& world) : world_(world) {}
  void observe(const Step& step);
  std::vector<LeakCandidate> candidates(const std::vector<DeadlockCandidate>& deadlocks, bool complete) const;

 private:
  const World& world_;
};

}  // namespace tenter::analysis
