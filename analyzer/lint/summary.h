// What a function does to what it was given, told in its own places: parameters, captured variables, globals and fields
// of `this`. A caller puts its own objects in their place and needs not look inside.
#pragma once
#include <optional>
#include <vector>

#include <llvm/ADT/SetVector.h>

#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>

#include "lint/lock_order.h"
#include "lint/place.h"

namespace tenter::lint {

// What is done to one object. `may`: on some path; `must`: on all paths to the function's end.
struct Effect {
  bool may_send = false, must_send = false;
  bool may_recv = false, must_recv = false;
  bool may_range = false;
  bool may_close = false, must_close = false;
  bool plain_send = false;  // outside of select, and waiting: it ends only when somebody receives
  bool plain_recv = false;  // the same for a receive
  bool early_send = false;  // before the function has waited for anything else
  bool early_close = false;
  bool many_sends = false;                   // in a loop, or from several places
  bool leaves_range = false;                 // all of its loops over the channel can end before it is closed
  bool use_is_caught = false;                // the program expects the library's errors there
  bool owns_close = false;                   // somebody else of its will close it, some time
  bool escapes = false;                      // other things may happen to it
  bool may_lock = false, must_lock = false;  // a lock that was free, or not known, before
  bool holds = false, lets_go = false;       // of a lock, at the end, on all paths; of one that was held before
  bool locks_shared = false;
  bool always_locks = false;  // on all paths, before it has waited for anything
  bool early_done = false;    // of a wait group: before the function has waited for anything
  bool adds_first = false;    // of a wait group: the first that is done to it
  bool may_done = false, must_done = false;
  const clang::Stmt* send_at = nullptr;
  const clang::Stmt* recv_at = nullptr;
  const clang::Stmt* close_at = nullptr;
  const clang::Stmt* lock_at = nullptr;
  const clang::Stmt* add_at = nullptr;
  const clang::Stmt* done_at = nullptr;
  const clang::Stmt* return_without_done = nullptr;
  const clang::Stmt* end_without_done = nullptr;  // the body that a path comes to the end of, where others call done()
  const clang::Stmt* end_without_recv = nullptr;  // where a path ends without it, and has not waited for anything
};

// What another unit has told stands at a place of that one's source, where this unit has no statement: an empty one stands
// for it, which none of the operations can be.
inline bool is_far(const clang::Stmt& statement) { return clang::isa<clang::NullStmt>(statement); }

struct PlaceEffect {
  PlaceId place;
  Effect effect;
};

// A use of a variable that others may use, too: a captured one, a member, a global.
struct Use {
  PlaceId place{};
  bool writes = false;
  bool early = false;   // before the function has waited for anything: nothing can have been ordered before it
  bool always = false;  // on all paths
  const clang::Stmt* at = nullptr;
};

// A task that the function starts, and that may still run when the function has returned.
struct TaskEffects {
  const clang::Stmt* started_at = nullptr;
  std::vector<PlaceEffect> effects;
  bool refers_to_this = false;
};

// That a function, or one that it calls, takes a lock.
struct Acquisition {
  LockId lock = 0;
  bool shared = false;
  const clang::Stmt* at = nullptr;
};

struct Summary {
  bool returns = true;
  bool syncs = false;  // it may wait for other tasks
  // What it waits for apart from calls of `unseen`: then, without its like in the functions it calls, it does nothing else.
  bool plain = false, waits_itself = false;
  // Functions of other units on which all of this depends.
  llvm::SetVector<const clang::FunctionDecl*> unseen;
  std::vector<Acquisition> acquired;
  std::vector<PlaceEffect> effects;
  std::vector<TaskEffects> tasks;
  std::vector<Use> uses;
  const clang::Stmt* waits_at = nullptr;  // a wait in it for another task
  const clang::Stmt* answered_by =
      nullptr;                      // the send of a task on the channel that comes back, which must be received
  std::vector<PlaceId> reassigned;  // handles that it replaces
  std::optional<unsigned> returns_parameter;  // always the handle that came in as this parameter
  bool returns_made = false;                  // always a channel that it has made, and that nobody else has

  // Whether there is anything in it but that it may wait.
  bool tells() const {
    return !effects.empty() || !tasks.empty() || waits_at != nullptr || answered_by != nullptr || !reassigned.empty() ||
           !acquired.empty() || returns_parameter || returns_made;
  }
};

}  // namespace tenter::lint
