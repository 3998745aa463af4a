// Model says what a declaration means to the checks: which function sends, which class is a lock. The library's headers
// tell it by annotations (<tenter/lint.h>); what the C++ standard library's threads and locks do is known by name.
//
//   Model model;
//   model.role(*call.getDirectCallee());        // Role::close for Chan<int>::close
//
// Nothing else is known: a function without a role and without a body in sight may do anything.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <clang/AST/Decl.h>
#include <clang/AST/Type.h>
#include <llvm/ADT/DenseMap.h>

namespace tenter::lint {

enum class Role {
  none,
  make,
  send,
  try_send,
  recv,
  try_recv,
  close,
  range,  // begin(): receives until the channel is closed
  query,  // looks, and changes nothing
  alias,  // another handle of the same channel
  go,     // starts a task
  wg_go,  // starts a task that a wait group counts
  call,   // calls its function here and now
  run,    // the same, as the main task
  once,   // calls its function unless that was done before
  select,
  on_recv,
  on_send,
  otherwise,
  lock,
  try_lock,
  unlock,
  lock_shared,
  unlock_shared,
  wg_add,
  wg_done,
  wg_wait,
  wait,    // may wait for another task
  signal,  // wakes another task, and does not wait
  pause,   // lets others run, and orders nothing
  sleep,
  cancel,  // makes a context and its cancel function
  detach,  // of a std::thread
};

// What a class is.
enum class Kind {
  other,
  channel,
  mutex,
  wait_group,
  guard,
  thread,
  joining_thread,  // whose destructor waits for it
};

// What a parameter's annotations promise.
struct Contract {
  bool closes = false, owns_close = false, sends = false, receives = false;
  bool given() const { return closes || owns_close || sends || receives; }
};

class Model {
 public:
  Role role(const clang::FunctionDecl& function) const;
  Kind kind(clang::QualType type) const;  // of a class, or a reference to it
  Contract contract(const clang::ParmVarDecl& parameter) const;
  // Is a warning of the check unwanted in this function? Told by TENTER_LINT_ALLOW.
  bool allows(const clang::Decl& declaration, llvm::StringRef check) const;

 private:
  mutable llvm::DenseMap<const clang::FunctionDecl*, Role> roles_;
  mutable llvm::DenseMap<const clang::CXXRecordDecl*, Kind> kinds_;
};

// Does it belong to the standard library, as a member of one of its classes, too?
bool is_standard(const clang::Decl& declaration);

// The words after "tenter:" of a declaration's annotations, those of the template that it comes from included.
std::vector<std::string> annotations(const clang::Decl& declaration);

}  // namespace tenter::lint
