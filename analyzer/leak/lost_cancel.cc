#include "leak/lost_cancel.h"

#include <set>

namespace tenter::analysis {
namespace {

class LostCancels {
 public:
  explicit LostCancels(const Handles& handles) : handles_(handles) {}

  void look_at(TaskId task, const Waiting& waiting) {
    if (waiting.kind == trace::WaitKind::chan_recv) look_at(waiting.object, task, waiting);
    if (waiting.kind != trace::WaitKind::select) return;
    for (const SelectCase& one : waiting.cases) {
      if (!one.send) look_at(one.channel, task, waiting);
    }
  }
  std::vector<LostCancelCandidate> found() && { return std::move(found_); }

 private:
  void look_at(std::uint64_t channel, TaskId task, const Waiting& waiting) {
    if (!handles_.belongs_to_context(channel) || !seen_.insert(channel).second) return;
    const Reach reach = handles_.who_could(channel, trace::HandleFlag::send);
    const bool held = reach.holders == std::vector<TaskId>{task};
    const bool gone = reach.holders.empty() && !reach.ends.empty();
    if (!reach.known || reach.elsewhere || !(held || gone)) return;
    const std::optional<HandleEnd> last =
        reach.ends.empty() ? std::optional<HandleEnd>() : std::optional(reach.ends.front());
    found_.push_back({channel, held, last, task, waiting});
  }

  const Handles& handles_;
  std::set<std::uint64_t> seen_;
  std::vector<LostCancelCandidate> found_;
};

}  // namespace

std::vector<LostCancelCandidate> find_lost_cancels(const World& world, const std::vector<DeadlockCandidate>& deadlocks,
                                                   const std::vector<LeakCandidate>& leaks) {
  LostCancels lost(world.handles());
  for (const DeadlockCandidate& deadlock : deadlocks) {
    for (const StuckTask& stuck : deadlock.tasks) lost.look_at(stuck.task, stuck.waiting);
  }
  for (const LeakCandidate& leak : leaks) {
    if (leak.reason != LeakReason::still_running) lost.look_at(leak.task, leak.waiting);
  }
  return std::move(lost).found();
}

}  // namespace tenter::analysis
