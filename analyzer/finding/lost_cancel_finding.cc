// Contexts that nobody can cancel any more.
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {

Finding lost_cancel_finding(const LostCancelCandidate& lost, Describer& describe) {
  Finding finding;
  finding.kind = "lost-cancel";
  finding.certainty = "observed";
  finding.severity = "error";
  Side wait;
  wait.role = lost.waiting.kind == trace::WaitKind::select ? "select" : "wait";
  wait.task = describe.task(lost.task);
  wait.stack = describe.stack(lost.waiting.where);
  finding.object = describe.channel_object(lost.context);
  if (lost.held_by_waiter) {
    finding.message = "the cancel function of a context is held only by the task that waits for the context";
    finding.explanation =
        call_task_first(wait.task) + " waits for the context at " + place_of(wait.stack) +
        ", and nobody else can cancel it: it has no deadline, and the cancel function that is left is this "
        "task's own, which does not get to call it.";
    finding.locations.push_back(location_of(wait.stack));
    // Many a task is a lambda that does nothing else: where it was created tells which.
    finding.fingerprint =
        fingerprint(finding.kind, "held",
                    {site_key(wait.stack, /*with_line=*/true), site_key(wait.task.created_at, /*with_line=*/true)});
    finding.sides.push_back(std::move(wait));
    return finding;
  }
  Side drop;
  drop.role = "drop";
  drop.task = describe.task(lost.last->by);
  drop.stack = describe.stack(lost.last->where);
  std::string place = known_place_of(drop.stack);
  if (!place.empty()) place = " at " + place;
  finding.message = "the cancel function of a context was gone" + place + ", and nobody had called it";
  finding.explanation = "Nobody can cancel the context any more: its last cancel function was gone" + place + ", in " +
                        call_task(drop.task) +
                        ", it has no deadline, and whatever it was derived from cannot be cancelled either. " +
                        call_task_first(wait.task) + " still waits for it.";
  finding.locations.push_back(location_of(drop.stack));
  finding.locations.push_back(location_of(wait.stack));
  finding.fingerprint = fingerprint(
      finding.kind, "", {site_key(drop.stack, /*with_line=*/true), site_key(wait.stack, /*with_line=*/true)});
  finding.sides.push_back(std::move(drop));
  finding.sides.push_back(std::move(wait));
  return finding;
}

}  // namespace tenter::analysis
