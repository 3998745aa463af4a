// Locks that were still held when their holder ended.
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {

Finding left_held_finding(const LeftHeldCandidate& left, Describer& describe) {
  Finding finding;
  finding.kind = "lock-left-held";
  finding.certainty = "observed";
  finding.severity = "warning";
  finding.object = describe.lock_object(left.lock);
  Side side;
  side.role = "lock";
  side.task = describe.task(left.task);
  side.stack = describe.stack(left.locked_at);
  const std::string kind = side.task.kind == "thread" ? "thread" : "task";
  finding.message = "a " + kind + " ended without unlocking what it had locked";
  if (!finding.object->name.empty()) finding.message += " (" + quoted_name(finding.object->name) + ')';
  finding.explanation = call_task_first(side.task) + (left.shared ? " took a read lock at " : " took the lock at ") +
                        place_of(side.stack) + " and ended without giving it back, and nobody else has: " +
                        (left.shared ? "a writer" : "whoever wants it next") + " waits for ever.";
  const std::string key = describe.lock_key(left.lock);
  finding.fingerprint = fingerprint(finding.kind, key, {site_key(side.stack, /*with_line=*/true)});
  finding.locations.push_back(location_of(side.stack));
  finding.sides.push_back(std::move(side));
  return finding;
}

}  // namespace tenter::analysis
