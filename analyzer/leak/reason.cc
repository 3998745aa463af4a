#include "leak/reason.h"

#include <algorithm>

namespace tenter::analysis {

using trace::WaitKind;

namespace {

LeakReason reason_of_kind(WaitKind kind) {
  switch (kind) {
    case WaitKind::chan_send: return LeakReason::send_no_receiver;
    case WaitKind::chan_recv: return LeakReason::receive_no_sender;
    case WaitKind::select: return LeakReason::select_no_case;
    case WaitKind::nil_channel_send:
    case WaitKind::nil_channel_recv: return LeakReason::nil_channel;
    case WaitKind::wait_group: return LeakReason::wait_group_never_done;
    case WaitKind::condition:
    case WaitKind::futex:
    case WaitKind::private_futex:
    case WaitKind::barrier: return LeakReason::condition_never_signalled;
    case WaitKind::lock:
    case WaitKind::shared_lock:
    case WaitKind::semaphore:
    case WaitKind::once: return LeakReason::lock_never_released;
    default: return LeakReason::still_running;
  }
}

bool is_for_contexts(const Waiting& waiting, const Handles& handles) {
  if (waiting.kind == WaitKind::chan_recv) return handles.belongs_to_context(waiting.object);
  return waiting.kind == WaitKind::select && !waiting.cases.empty() &&
         std::all_of(waiting.cases.begin(), waiting.cases.end(),
                     [&](const SelectCase& one) { return !one.send && handles.belongs_to_context(one.channel); });
}

}  // namespace

LeakReason reason_of(const Waiting& waiting, const Handles& handles) {
  return is_for_contexts(waiting, handles) ? LeakReason::context_never_cancelled : reason_of_kind(waiting.kind);
}

const char* name_of(LeakReason reason) {
  switch (reason) {
    case LeakReason::send_no_receiver: return "send-no-receiver";
    case LeakReason::receive_no_sender: return "receive-no-sender";
    case LeakReason::select_no_case: return "select-no-case";
    case LeakReason::nil_channel: return "nil-channel";
    case LeakReason::lock_never_released: return "lock-never-released";
    case LeakReason::wait_group_never_done: return "wait-group-never-done";
    case LeakReason::condition_never_signalled: return "condition-never-signalled";
    case LeakReason::context_never_cancelled: return "context-never-cancelled";
    case LeakReason::still_running: return "still-running";
  }
  return "still-running";
}

}  // namespace tenter::analysis
