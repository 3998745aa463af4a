// Tasks that a select would have left behind by another case.
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {
namespace {

using Because = LeftBySelectCandidate::Because;

std::string why(const LeftBySelectCandidate& left, const std::string& other, const std::string& by,
                const std::string& at) {
  switch (left.because) {
    case Because::time:
      return "The select could also " + other + ", which time alone makes ready, and that may be before.";
    case Because::ready: return "The select could also " + other + ", which was ready as well.";
    case Because::otherwise:
      return "Had the select come before, no case would have been ready, and it would not have waited.";
    case Because::order:
      return "The select could also " + other + ", which " + by + " makes ready at " + at +
             ", and nothing orders that after the choice.";
  }
  return {};
}

}  // namespace

Finding left_by_select_finding(const LeftBySelectCandidate& left, Describer& describe) {
  Finding finding;
  finding.kind = "task-leak";
  finding.certainty = "predicted";
  finding.severity = "warning";
  finding.proof = "proven";
  const LeakReason reason = left.sends ? LeakReason::send_no_receiver : LeakReason::receive_no_sender;
  finding.reason = name_of(reason);
  const Waiting waiting{
      left.sends ? trace::WaitKind::chan_send : trace::WaitKind::chan_recv, left.channel, left.where, {}};

  Side side;
  side.role = left.sends ? "send" : "receive";
  side.task = describe.task(left.task);
  side.stack = describe.stack(left.where);
  Side select;
  select.role = "select";
  select.task = describe.task(left.chooser);
  select.stack = describe.stack(left.select);
  finding.object = describe.channel_object(left.channel);
  finding.fingerprint = fingerprint(finding.kind, describe.object_key(waiting),
                                    {finding.reason, site_key(side.task.created_at, true), site_key(side.stack, true)});
  WaitRef wait = describe.wait(left.task, waiting);

  const std::string who = side.task.name.empty() ? "a task" : "task `" + side.task.name + '`';
  finding.message = who + " can be left behind: the select that " + (left.sends ? "receives from" : "sends to") +
                    " it may take another case";
  finding.explanation = call_task_first(side.task);
  if (const std::string place = known_place_of(side.task.created_at); !place.empty())
    finding.explanation += ", created at " + place + ',';
  finding.explanation += ' ' + waits_words(wait.wants, place_of(side.stack)) + ". In this run the select at " +
                         place_of(select.stack) + ", in " + call_task(select.task) + ", took the case that ends that. ";
  Side other;
  std::string at;
  if (left.by != no_task) {
    other.role = left.closes ? "close" : left.other_sends ? "receive" : "send";
    other.task = describe.task(left.by);
    other.stack = describe.stack(left.at);
    at = place_of(other.stack);
  }
  const Waiting beside{
      left.other_sends ? trace::WaitKind::chan_send : trace::WaitKind::chan_recv, left.other_channel, {}, {}};
  finding.explanation += why(left, left.other_channel != 0 ? describe.wants(beside) : "",
                             left.by != no_task ? call_task(other.task) : "", at);
  finding.explanation += std::string(" Then the last handle that could ") + (left.sends ? "receive" : "send") +
                         " goes with the select, and nobody can ever wake the task.";
  for (const std::uint64_t lock : left.held) side.locks.push_back(describe.lock(lock));
  if (!side.locks.empty()) {
    std::vector<std::string> names;
    for (const LockRef& lock : side.locks) names.push_back(quoted_name(lock.name));
    finding.explanation += " It would hold " + in_words(names) + " for good.";
  }
  finding.blocked_on = std::move(wait);
  finding.locations = {location_of(side.stack), location_of(select.stack)};
  finding.sides.push_back(std::move(side));
  finding.sides.push_back(std::move(select));
  if (left.by != no_task) {
    finding.locations.push_back(location_of(other.stack));
    finding.sides.push_back(std::move(other));
  }
  return finding;
}

}  // namespace tenter::analysis
