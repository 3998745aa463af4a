// Locks that were held for long by who waited itself, while others waited for them.
#include <cstdio>

#include "base/text.h"
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {
namespace {

std::string in_seconds(std::uint64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g s", static_cast<double>(ns) / 1e9);
  return text;
}

}  // namespace

Finding held_waiting_finding(const HeldWaitingCandidate& held, Describer& describe) {
  Finding finding;
  finding.kind = "lock-held-while-waiting";
  finding.certainty = "observed";
  finding.severity = "note";
  finding.object = describe.lock_object(held.lock);
  Side wait, hold, want;
  wait.role = "wait";
  wait.task = hold.task = describe.task(held.holder);
  wait.stack = describe.stack(held.waiting.where);
  wait.locks = {describe.lock(held.lock)};
  hold.role = "hold";
  hold.stack = describe.stack(held.held_at);
  want.role = "lock";
  want.task = describe.task(held.other);
  want.stack = describe.stack(held.wanted_at);
  WaitRef blocked = describe.wait(held.holder, held.waiting);
  blocked.lasted_ns = held.ns;
  const std::string lock = quoted_name(describe.lock(held.lock).name);
  finding.message = lock + " was held for " + in_seconds(held.ns) + " by " + call_task(wait.task) +
                    ", which waited, while " + (held.others > 1 ? counted(held.others, "other") : "another") +
                    " waited for the lock";
  finding.explanation = call_task_first(wait.task) + ' ' + waits_words(blocked.wants, place_of(wait.stack)) +
                        " and still has " + lock + ", taken at " + place_of(hold.stack) + ". " +
                        call_task_first(want.task) + " wanted the lock at " + place_of(want.stack) +
                        " and got it only afterwards: for " + in_seconds(held.ns) +
                        " it waited for what the holder waited for.";
  finding.fingerprint =
      fingerprint(finding.kind, describe.lock_key(held.lock), {site_key(wait.stack, true), site_key(hold.stack, true)});
  for (Side* const side : {&wait, &hold, &want}) {
    finding.locations.push_back(location_of(side->stack));
    finding.sides.push_back(std::move(*side));
  }
  finding.blocked_on = std::move(blocked);
  return finding;
}

}  // namespace tenter::analysis
