#include "report/kind_traits.h"

#include <algorithm>
#include <array>

namespace tenter::analysis {

const KindTraits& traits_of(std::string_view kind) {
  static constexpr std::array<KindTraits, 53> known = {{
      {"data-race", "DataRace", "Data race", "error", 362},
      {"use-after-free-race", "UseAfterFreeRace", "Memory freed beside an access", "error", 416},
      {"deadlock", "DeadlockedTasks", "Deadlock", "error", 833},
      {"double-lock", "DoubleLock", "Mutex locked twice by one task", "error", 764},
      {"lock-order-inversion", "LockOrderInversion", "Locks taken in different orders", "warning", 833},
      {"send-on-closed-channel", "SendOnClosedChannel", "Send on a closed channel", "error", 672},
      {"close-of-closed-channel", "CloseOfClosedChannel", "Channel closed twice", "error", 675},
      {"close-of-nil-channel", "CloseOfNilChannel", "Close of the nil channel", "error", 672},
      {"negative-wait-group", "NegativeWaitGroup", "Wait group counted below zero", "error", 662},
      {"wait-group-misuse", "WaitGroupMisuse", "Wait group raised beside a wait", "error", 662},
      {"unlock-of-unlocked-mutex", "UnlockOfUnlockedMutex", "Unlock of a mutex that nobody holds", "error", 832},
      {"unlock-by-other-task", "UnlockByOtherTask", "Mutex unlocked by another task", "note", 667},
      {"lock-left-held", "LockLeftHeld", "Lock still held when its task ended", "warning", 667},
      {"destroy-of-locked-mutex", "DestroyOfLockedMutex", "Locked mutex destroyed", "error", 667},
      {"uncaught-exception", "UncaughtException", "Exception that left a task", "error", 248},
      {"signal-unsafe-call", "SignalUnsafeCall", "Unsafe call in a signal handler", "error", 479},
      {"lost-cancel", "LostCancel", "Cancel function that nobody can call", "error", 772},
      {"task-leak", "TaskLeak", "Task that never ends", "error", 772},
      {"thread-leak", "ThreadLeak", "Thread neither joined nor detached", "warning", 772},
      {"lock-held-while-waiting", "LockHeldWhileWaiting", "Lock held by who waits, wanted by others", "note", 667},
      // of `tenter lint`
      {"chan-double-close", "ChanDoubleClose", "Channel closed twice", "warning", 675},
      {"chan-send-after-close", "ChanSendAfterClose", "Send on a closed channel", "warning", 672},
      {"chan-multiple-closers", "ChanMultipleClosers", "Channel closed by several tasks", "warning", 675},
      {"chan-close-by-receiver", "ChanCloseByReceiver", "Channel closed by its receiver", "note", 672},
      {"chan-close-races-send", "ChanCloseRacesSend", "Close beside a send", "warning", 362},
      {"chan-range-never-closed", "ChanRangeNeverClosed", "Loop over a channel that nobody closes", "warning", 772},
      {"chan-field-never-closed", "ChanFieldNeverClosed", "Wait on a member that nobody closes", "warning", 772},
      {"chan-handle-reassigned", "ChanHandleReassigned", "Channel variable replaced beside a use", "warning", 362},
      {"chan-nil-op", "ChanNilOp", "Use of the nil channel", "warning", 672},
      {"chan-leaked-sender", "ChanLeakedSender", "Task that sends for ever", "warning", 772},
      {"chan-leaked-receiver", "ChanLeakedReceiver", "Task that receives for ever", "warning", 772},
      {"chan-self-deadlock", "ChanSelfDeadlock", "Wait on a channel that nobody else has", "warning", 833},
      {"lock-double", "LockDouble", "Lock taken twice on one path", "warning", 764},
      {"lock-leaked", "LockLeaked", "Lock still held on a path out", "warning", 667},
      {"lock-order-cycle", "LockOrderCycle", "Locks taken in different orders", "note", 833},
      {"wg-add-in-task", "WgAddInTask", "Wait group raised by the task itself", "warning", 662},
      {"wg-done-missing", "WgDoneMissing", "Task that leaves without done()", "warning", 662},
      {"ctx-lost-cancel", "CtxLostCancel", "Cancel function that some path does not use", "warning", 772},
      {"task-captures-local", "TaskCapturesLocal", "Task that outlives a variable it uses", "warning", 825},
      {"thread-not-joined", "ThreadNotJoined", "Thread that some path does not join", "warning", 772},
      {"select-busy-loop", "SelectBusyLoop", "Loop that never waits", "warning", 834},
      {"chan-narrow-direction", "ChanNarrowDirection", "Channel parameter wider than its use", "note", 0},
      {"block-under-lock", "BlockUnderLock", "Wait with a lock held", "warning", 833},
      {"task-loop-variable", "TaskLoopVariable", "Task that refers to a loop variable", "warning", 362},
      {"task-captures-this", "TaskCapturesThis", "Task that outlives its object", "warning", 825},
      {"task-shared-write", "TaskSharedWrite", "Variable used beside the task that changes it", "warning", 362},
      {"wg-wait-in-spawn-loop", "WgWaitInSpawnLoop", "Wait for tasks that are not started yet", "warning", 833},
      {"select-closed-spin", "SelectClosedSpin", "Loop over a closed channel", "warning", 834},
      {"task-result-dropped", "TaskResultDropped", "Result that nobody receives", "warning", 772},
      {"sleep-for-sync", "SleepForSync", "Sleep in place of a wait", "note", 821},
      {"cond-wait-without-predicate", "CondWaitWithoutPredicate", "Wait for a condition that is not looked at again",
       "note", 662},
      {"contract-mismatch", "ContractMismatch", "Promise that the body does not keep", "warning", 573},
      {"guard-inconsistent", "GuardInconsistent", "Member used without its lock", "note", 820},
  }};
  static constexpr KindTraits other{"", "Finding", "Finding", "warning", 0};
  const auto found = std::ranges::find_if(known, [&](const KindTraits& one) { return kind == one.kind; });
  return found != known.end() ? *found : other;
}

}  // namespace tenter::analysis
