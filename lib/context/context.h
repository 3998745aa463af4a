// The contexts behind the handles.
//
// A context is one of three kinds: one that can be cancelled, one that adds a value, one that cuts off the cancellation.
// Those that can be cancelled keep, besides what they were derived from, the nearest such context above them: its
// `children` are cancelled with it. Functions of after_func() are children, too.
//
// Who keeps what alive:
//   - A handle of a context (a Context, a cancel function) counts in handles_. A context that has handles is one handle of
//     what it was derived from, so that values and deadlines can be looked up.
//   - When the last handle goes, nobody can ask for values, causes or done() any more: the context is *forgotten*. It is
//     freed unless it is still kept. keepers counts who keeps it: its place among the children of another, its timer,
//     whoever is busy with it at the moment. A forgotten context gives up its place and its timer, too, unless there is
//     still somebody to notice that it is done: a handle of its channel, or a child.
//   - A child does not keep its parent: a parent that nobody can cancel any more lets go of its children.
//
// Locks: each tree has one, taken after the timer queue's and before those of channels and of the scheduler. Trees share
// a fixed number of locks. Nothing of the program's runs under it; what has to be destroyed or started is collected and
// done after the unlock.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>

#include <tenter/context.h>

#include "task/futex.h"
#include "task/leak_scope.h"
#include "task/timer_queue.h"

namespace tenter::detail {

class CancelableContext;
class ChannelCore;

class ContextCore {
 public:
  enum class Kind : std::uint8_t { cancelable, value, detached };

  ContextCore(const ContextCore&) = delete;
  ContextCore& operator=(const ContextCore&) = delete;

  void retain() { handles_.fetch_add(1, std::memory_order_relaxed); }
  bool drop_handle() { return handles_.fetch_sub(1, std::memory_order_acq_rel) == 1; }  // true: it was the last

  const Kind kind;
  ContextCore* const parent;         // a handle of it until this one is forgotten; null: the background
  CancelableContext* const nearest;  // of itself and those above: the one that can be cancelled; null: none

 protected:
  ContextCore(Kind its_kind, ContextCore* its_parent, CancelableContext* its_nearest)
      : kind(its_kind), parent(its_parent), nearest(its_nearest) {}
  ~ContextCore() = default;

 private:
  std::atomic<std::uint32_t> handles_{1};
};

class ValueContext final : public ContextCore {
 public:
  ValueContext(ContextCore* its_parent, std::unique_ptr<ContextEntry> its_entry);
  std::unique_ptr<ContextEntry> entry;
};

class DetachedContext final : public ContextCore {
 public:
  explicit DetachedContext(ContextCore* its_parent) : ContextCore(Kind::detached, its_parent, nullptr) {}
};

// What is cancelled together with a context. All is guarded by the tree's lock.
struct ContextChild {
  explicit ContextChild(FutexLock& tree_lock, bool function) : lock(tree_lock), is_function(function) {}
  FutexLock& lock;
  const bool is_function;
  bool forgotten = false;
  std::uint32_t keepers = 0;
  CancelableContext* owner = nullptr;  // null: it is nobody's child
  ContextChild* previous = nullptr;    // among the owner's children, or in a list of those to be dealt with
  ContextChild* next = nullptr;

 protected:
  ~ContextChild() = default;
};

// A chain of children by `next`.
struct ContextList {
  ContextChild* first = nullptr;
  ContextChild* last = nullptr;
  void push(ContextChild& child) {
    child.next = nullptr;
    (last != nullptr ? last->next : first) = &child;
    last = &child;
  }
};

class CancelableContext final : public ContextCore, public ContextChild, public TimerEntry {
 public:
  CancelableContext(ContextCore* its_parent, FutexLock& tree_lock);
  ~CancelableContext();

  void add_child(ContextChild& child);
  void remove_child(ContextChild& child);

  ChannelCore* const done;
  std::int64_t deadline = never;                // its own or the earliest above; never changes once it is shared
  std::atomic<int> error{0};                    // a context_errc, set under the lock before done is closed
  bool has_timer = false;                       // guarded by the lock, as all that follows
  std::exception_ptr cause = nullptr;           // once it is done
  std::exception_ptr deadline_cause = nullptr;  // of its own deadline
  ContextChild* first_child = nullptr;
  ContextChild* last_child = nullptr;

 private:
  std::int64_t fire(std::int64_t now) override;
  bool can_wake() const override;
  void add_targets(std::vector<TimerTarget>& targets) const override;
};

// A function of after_func().
class ContextFunction final : public ContextChild {
 public:
  ContextFunction(FutexLock& tree_lock, ErasedFunction what)
      : ContextChild(tree_lock, true), function(what), scope(current_leak_scope()) {
    if (scope != nullptr) { scope->retain(); }
  }
  ~ContextFunction() { LeakScopeCore::release(scope); }

  std::atomic<std::uint32_t> handles{1};
  const ErasedFunction function;
  LeakScopeCore* const scope;  // of the task that calls it
  bool is_pending = true;      // neither started nor stopped; guarded by the lock
  const void* created_at = nullptr;
  std::uint64_t run_serial = 0;
  void* record = nullptr;  // the recorder's handle of the task to be
};

}  // namespace tenter::detail
