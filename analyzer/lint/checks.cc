#include "lint/finding.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/GlobPattern.h>

namespace tenter::lint {
namespace {

constexpr CheckInfo table[] = {
    {Check::double_close, "chan-double-close", "a channel is closed that is closed already", true},
    {Check::send_after_close, "chan-send-after-close", "a value is sent on a channel that is closed already", true},
    {Check::multiple_closers, "chan-multiple-closers", "several tasks close the same channel", true},
    {Check::close_by_receiver, "chan-close-by-receiver", "a receiver closes a channel on which a task may still send",
     false},
    {Check::close_races_send, "chan-close-races-send", "nothing orders a close and a send of two tasks", true},
    {Check::range_never_closed, "chan-range-never-closed",
     "a loop receives until a channel is closed, and nobody closes", true},
    {Check::handle_reassigned, "chan-handle-reassigned", "a channel variable is replaced while a task uses it", true},
    {Check::nil_operation, "chan-nil-op", "a nil channel is closed, or used so that it waits for ever", true},
    {Check::leaked_sender, "chan-leaked-sender", "a task sends for ever, because nobody is left to receive", true},
    {Check::leaked_receiver, "chan-leaked-receiver", "a task receives for ever, because nobody is left to send", true},
    {Check::self_deadlock, "chan-self-deadlock", "a task waits on a channel that only it knows", true},
    {Check::double_lock, "lock-double", "a lock is taken that the same path holds already", true},
    {Check::lock_leaked, "lock-leaked", "a path leaves the function with a lock that other paths let go", true},
    {Check::add_in_task, "wg-add-in-task", "a task adds to the wait group that it is to be waited for with", true},
    {Check::done_missing, "wg-done-missing", "a task, or one path of it, returns without its done()", true},
    {Check::lost_cancel, "ctx-lost-cancel", "a cancel function is not called on some path", true},
    {Check::captures_local, "task-captures-local", "a task refers to a variable that ends before the task does", true},
    {Check::thread_not_joined, "thread-not-joined", "a std::thread is destroyed without join() or detach()", true},
    {Check::select_busy_loop, "select-busy-loop", "a loop around a select that never waits keeps a processor busy",
     true},
    {Check::lock_order_cycle, "lock-order-cycle", "two functions take the same locks in different orders", false},
    {Check::field_never_closed, "chan-field-never-closed",
     "a member is received from, and nothing in the program sends on it or closes it", true},
    {Check::narrow_direction, "chan-narrow-direction", "a parameter is a channel of both directions and is used in one",
     false},
    {Check::block_under_lock, "block-under-lock", "a path waits with a lock that the one it waits for needs", true},
    {Check::loop_variable, "task-loop-variable", "a task refers to a loop variable, which the loop changes or ends",
     true},
    {Check::captures_this, "task-captures-this", "a task refers to an object that ends before the task does", true},
    {Check::shared_write, "task-shared-write",
     "a task and whoever started it use a variable, and nothing orders the two", true},
    {Check::wait_in_spawn_loop, "wg-wait-in-spawn-loop", "a loop waits for tasks that only its later turns start",
     true},
    {Check::closed_spin, "select-closed-spin", "a loop around a select goes on when a channel of it is closed", true},
    {Check::result_dropped, "task-result-dropped", "a task sends its result on a channel that the caller has dropped",
     true},
    {Check::sleep_for_sync, "sleep-for-sync", "a sleep stands where a wait for the task should be", false},
    {Check::wait_without_loop, "cond-wait-without-predicate", "a condition is waited for without being looked at again",
     false},
    {Check::contract_mismatch, "contract-mismatch", "a body does not do with a channel what its declaration promises",
     true},
    {Check::guard_inconsistent, "guard-inconsistent",
     "a member is used without the lock that is held at nearly all of its other uses", false},
};

}  // namespace

llvm::ArrayRef<CheckInfo> all_checks() { return table; }

const CheckInfo& info(Check check) { return table[static_cast<std::size_t>(check)]; }

Selection::Selection() {
  for (const CheckInfo& each : table) wanted_.push_back(each.by_default);
}

std::string Selection::parse(llvm::StringRef list) {
  llvm::SmallVector<llvm::StringRef> words;
  list.split(words, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef word : words) {
    word = word.trim();
    const std::string as_written = word.str();
    const bool wanted = !word.consume_front("-");
    word.consume_front("tenter-");
    if (word == "possible") {
      possible_ = wanted;
      continue;
    }
    llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(word);
    bool matched = false;
    if (!pattern) {
      llvm::consumeError(pattern.takeError());
    } else {
      for (std::size_t i = 0; i < wanted_.size(); ++i)
        if (pattern->match(table[i].id)) {
          wanted_[i] = wanted;
          matched = true;
        }
    }
    if (!matched) return as_written;
  }
  return {};
}

bool Selection::wants(Check check, bool certain) const {
  return wanted_[static_cast<std::size_t>(check)] && (certain || possible_);
}

}  // namespace tenter::lint
