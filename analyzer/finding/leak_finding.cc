// Tasks and threads that were left behind.
#include "base/text.h"
#include "finding/collect.h"
#include "finding/fingerprint.h"

namespace tenter::analysis {
namespace {

const char* reason_words(LeakReason reason) {
  switch (reason) {
    case LeakReason::send_no_receiver: return "it waits to send, and nobody receives";
    case LeakReason::receive_no_sender: return "it waits to receive, and nobody sends or closes";
    case LeakReason::select_no_case: return "it waits in a select, and no case can become ready";
    case LeakReason::nil_channel: return "it waits on a nil channel, which is never ready";
    case LeakReason::lock_never_released: return "it waits for a lock that is never released";
    case LeakReason::wait_group_never_done: return "it waits for a wait group whose counter never reaches zero";
    case LeakReason::condition_never_signalled: return "it waits for a condition that nobody signals";
    case LeakReason::context_never_cancelled: return "it waits for a context that is never cancelled";
    case LeakReason::still_running: return "it was still running when the program ended";
  }
  return "it never ended";
}

// What it was the last of.
std::string last_of(const LeakCandidate& leak) {
  if (leak.reason == LeakReason::context_never_cancelled) return "function that could have cancelled it";
  switch (leak.waiting.kind) {
    case trace::WaitKind::chan_send: return "handle that somebody else could have used to receive from it";
    case trace::WaitKind::chan_recv: return "handle that somebody else could have used to send on it or close it";
    default: return "handle that somebody else could have used to end the wait";
  }
}

const char* role_of(LeakReason reason) {
  switch (reason) {
    case LeakReason::send_no_receiver: return "send";
    case LeakReason::receive_no_sender: return "receive";
    case LeakReason::select_no_case: return "select";
    case LeakReason::lock_never_released: return "lock";
    case LeakReason::still_running: return "run";
    case LeakReason::nil_channel:
    case LeakReason::wait_group_never_done:
    case LeakReason::condition_never_signalled:
    case LeakReason::context_never_cancelled: break;
  }
  return "wait";
}

// Who has the lock that is waited for, and since where.
void add_holders(const Waiting& waiting, Describer& describe, Finding& finding) {
  if (waiting.kind != trace::WaitKind::lock && waiting.kind != trace::WaitKind::shared_lock) return;
  const World& world = describe.world();
  const LockInfo* const lock = world.lock(waiting.object);
  if (lock == nullptr) return;
  constexpr std::size_t most = 8;  // a lock may have many readers
  for (std::size_t i = 0; i < lock->holders.size() && i < most; ++i) {
    const TaskInfo* const holder = world.task(lock->holders[i]);
    if (holder == nullptr) continue;
    for (const HeldLock& held : holder->held) {
      if (held.lock != waiting.object) continue;
      Side side;
      side.role = "hold";
      side.task = describe.task(holder->id);
      side.stack = describe.stack(held.where);
      finding.explanation += ' ' + call_task_first(side.task) + " has held it since " + place_of(side.stack) +
                             (holder->ended ? ", and has ended." : ".");
      finding.locations.push_back(location_of(side.stack));
      finding.sides.push_back(std::move(side));
      break;
    }
  }
}

Finding thread_leak(const LeakCandidate& leak, Describer& describe) {
  Finding finding;
  finding.kind = "thread-leak";
  finding.certainty = "observed";
  finding.severity = "warning";
  Side side;
  side.role = "create";
  side.task = describe.task(leak.task);
  side.stack = side.task.created_at;
  finding.locations.push_back(location_of(side.stack));
  const TaskInfo* info = describe.world().task(leak.task);
  const bool ended = info != nullptr && info->ended;
  const std::string place = known_place_of(side.stack);
  finding.message =
      "a thread was never joined nor detached" + (place.empty() ? std::string() : " (created at " + place + ')');
  finding.explanation = call_task_first(side.task) + (ended ? " ended, but" : " was still there at the end, and") +
                        " nobody joined or detached it: its stack and its result stay allocated.";
  if (!ended) {
    finding.reason = name_of(leak.reason);
    finding.proof = "proven";
    WaitRef wait = describe.wait(leak.task, leak.waiting);
    finding.explanation += " It " + waits_words(wait.wants, place_of(wait.stack)) + ", and " +
                           "no task that still lives can ever end that.";
    finding.blocked_on = std::move(wait);
  }
  finding.fingerprint = fingerprint(finding.kind, "", {site_key(side.stack, /*with_line=*/true)});
  finding.sides.push_back(std::move(side));
  return finding;
}

}  // namespace

Finding leak_finding(const LeakCandidate& leak, Describer& describe) {
  if (leak.thread) return thread_leak(leak, describe);
  Finding finding;
  finding.kind = "task-leak";
  finding.certainty = "observed";
  if (leak.witness) {
    finding.certainty = "predicted";
    finding.found_by = {leak.witness->analysis};
    finding.witness = witness_of(*leak.witness, describe);
  }
  finding.reason = name_of(leak.reason);
  finding.proof = leak.proven ? "proven" : "likely";
  const bool running = leak.reason == LeakReason::still_running;
  finding.severity = running ? "note" : leak.proven ? "error" : "warning";

  const TaskInfo* info = describe.world().task(leak.task);
  Waiting waiting = leak.waiting;
  if (running) waiting = {trace::WaitKind::sleep, 0, info != nullptr ? info->last : Site{}, {}};
  Side side;
  side.role = role_of(leak.reason);
  side.task = describe.task(leak.task);
  side.stack = describe.stack(waiting.where);
  // A task that ran past its last library call leaves no place but its creation.
  finding.locations.push_back(location_of(side.stack.empty() ? side.task.created_at : side.stack));
  if (info != nullptr && !leak.witness)
    for (const HeldLock& held : info->held) side.locks.push_back(describe.lock(held.lock));

  const std::string who = side.task.name.empty() ? "a task" : "task `" + side.task.name + '`';
  finding.message = who +
                    (running        ? " did not end: "
                     : leak.witness ? " can be left behind: "
                                    : " is left behind: ") +
                    reason_words(leak.reason);
  finding.explanation = call_task_first(side.task);
  if (const std::string place = known_place_of(side.task.created_at); !place.empty())
    finding.explanation += ", created at " + place + ',';
  if (running) {
    finding.explanation += " had not ended when the program did.";
  } else {
    WaitRef wait = describe.wait(leak.task, waiting);
    finding.explanation += ' ' + waits_words(wait.wants, place_of(side.stack)) + '.';
    if (leak.witness)
      finding.explanation += " In this run it was woken; after the order of steps given here nobody is left to do it.";
    else if (leak.proven) finding.explanation += " No task that still lives can ever wake it.";
    for (const TaskId other : leak.could_unblock) {
      if (finding.could_be_unblocked_by.size() == 64) break;
      finding.could_be_unblocked_by.push_back(describe.task(other));
    }
    if (!leak.proven && !finding.could_be_unblocked_by.empty()) {
      std::vector<std::string> names;
      for (const TaskRef& other : finding.could_be_unblocked_by) {
        if (names.size() == 8) {
          names.push_back("others");
          break;
        }
        names.push_back(call_task(other));
      }
      finding.explanation += " Only " + in_words(names) + " could have woken it.";
    }
    finding.blocked_on = std::move(wait);
  }
  switch (waiting.kind) {
    case trace::WaitKind::chan_send:
    case trace::WaitKind::chan_recv: finding.object = describe.channel_object(waiting.object); break;
    case trace::WaitKind::lock:
    case trace::WaitKind::shared_lock: finding.object = describe.lock_object(waiting.object); break;
    case trace::WaitKind::condition: finding.object = describe.other_object(waiting.object, "condition"); break;
    case trace::WaitKind::wait_group: finding.object = describe.other_object(waiting.object, "wait-group"); break;
    case trace::WaitKind::semaphore: finding.object = describe.other_object(waiting.object, "semaphore"); break;
    default: break;
  }
  finding.fingerprint = fingerprint(
      finding.kind, running ? std::string("running") : describe.object_key(waiting),
      {finding.reason, site_key(side.task.created_at, true), running ? std::string() : site_key(side.stack, true)});
  finding.sides.push_back(std::move(side));
  add_holders(waiting, describe, finding);
  if (leak.last_handle) {
    Side drop;
    drop.role = "drop";
    drop.task = describe.task(leak.last_handle->by);
    drop.stack = describe.stack(leak.last_handle->where);
    const std::string place = known_place_of(drop.stack);
    finding.explanation += " The last " + last_of(leak) + " was gone" + (place.empty() ? "" : " at " + place) +
                           ", in " + call_task(drop.task) + '.';
    finding.locations.push_back(location_of(drop.stack));
    finding.sides.push_back(std::move(drop));
  }
  return finding;
}

}  // namespace tenter::analysis
