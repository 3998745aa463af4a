// Contexts that nobody can cancel any more.
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {

Finding lost_cancel_finding(const LostCancelCandidate& lost, Describer& describe) {
  Finding finding;
  finding.kind = "lost-cancel";
  finding.certainty = "observed";
  finding.severity = "error";
  Side drop;
  drop.role = "drop";
  drop.task = describe.task(lost.last.by);
  drop.stack = describe.stack(lost.last.where);
  Side wait;
  wait.role = lost.waiting.kind == trace::WaitKind::select ? "select" : "wait";
  wait.task = describe.task(lost.task);
  wait.stack = describe.stack(lost.waiting.where);
  std::string place = known_place_of(drop.stack);
  if (!place.empty()) place = " at " + place;
  finding.message = "the cancel function of a context was gone" + place + ", and nobody had called it";
  finding.explanation = "Nobody can cancel the context any more: its last cancel function was gone" + place + ", in " +
                        call_task(drop.task) +
                        ", it has no deadline, and whatever it was derived from cannot be cancelled either. " +
                        call_task_first(wait.task) + " still waits for it.";
  finding.object = describe.channel_object(lost.context);
  finding.locations.push_back(location_of(drop.stack));
  finding.locations.push_back(location_of(wait.stack));
  finding.fingerprint = fingerprint(
      finding.kind, "", {site_key(drop.stack, /*with_line=*/true), site_key(wait.stack, /*with_line=*/true)});
  finding.sides.push_back(std::move(drop));
  finding.sides.push_back(std::move(wait));
  return finding;
}

}  // namespace tenter::analysis
