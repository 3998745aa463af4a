// A finding of the checks, before anybody has formatted it, and the list of all checks.
#pragma once
#include <string>
#include <vector>

#include <clang/Basic/SourceLocation.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>

namespace tenter::lint {

// In the order of the table in checks.cc.
enum class Check {
  double_close,
  send_after_close,
  multiple_closers,
  close_by_receiver,
  close_races_send,
  range_never_closed,
  handle_reassigned,
  nil_operation,
  leaked_sender,
  leaked_receiver,
  self_deadlock,
  double_lock,
  lock_leaked,
  add_in_task,
  done_missing,
  lost_cancel,
  captures_local,
  thread_not_joined,
  select_busy_loop,
  lock_order_cycle,
  field_never_closed,
  narrow_direction,
  block_under_lock,
  loop_variable,
  captures_this,
  shared_write,
  wait_in_spawn_loop,
  closed_spin,
  result_dropped,
  sleep_for_sync,
  wait_without_loop,
  contract_mismatch,
  guard_inconsistent,
};

struct CheckInfo {
  Check check;
  const char* id;       // "chan-double-close"
  const char* summary;  // one sentence, for --list-checks
  bool by_default;      // false: only where asked for by name, because what it finds may be meant
};
llvm::ArrayRef<CheckInfo> all_checks();
const CheckInfo& info(Check check);

// Which checks are wanted: `*`, `chan-*`, `-chan-self-deadlock`, one after the other; `possible` adds what happens on some
// paths only, if the program's conditions allow them.
class Selection {
 public:
  Selection();  // the default: all that is certain
  // The word that names no check, or nothing.
  std::string parse(llvm::StringRef list);
  bool wants(Check check, bool certain) const;

 private:
  std::vector<bool> wanted_;
  bool possible_ = false;
};

struct Note {
  clang::SourceLocation where;
  std::string text;
};
struct FixIt {
  clang::SourceRange remove;  // invalid: nothing
  clang::SourceLocation insert_at;
  std::string insert;
};
struct LintFinding {
  Check check = Check::double_close;
  bool certain = true;
  clang::SourceLocation where;
  std::string text;      // one sentence, small first letter, no full stop
  std::string object;    // the name of the channel, lock, ... it is about
  std::string function;  // that it is in
  std::vector<Note> notes;
  std::vector<FixIt> fixes;
};

}  // namespace tenter::lint
