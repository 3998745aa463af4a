// Who answers for a task: the leak scope in which it was started. A task passes on its own scope to what it starts, timers
// with a function included, unless a LeakScope says otherwise; a plain thread has none until a LeakScope gives it one.
// While no LeakScope exists every pointer here is null, and starting and ending a task cost one test more.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "task/futex.h"

namespace tenter::detail {

class LeakScopeCore {
 public:
  LeakScopeCore(const LeakScopeCore&) = delete;
  LeakScopeCore& operator=(const LeakScopeCore&) = delete;

  // One reference is the caller's. The new scope keeps its parent.
  static LeakScopeCore* make(std::string name, LeakScopeCore* parent) {
    return new LeakScopeCore(std::move(name), parent);
  }
  // All tasks of the program, also those that were started outside of any scope.
  static LeakScopeCore& program();
  static bool any_exist() { return existing_.load(std::memory_order_relaxed) > 0; }  // the program's aside

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  static void release(LeakScopeCore* scope);  // null is allowed

  const std::string& name() const { return name_; }
  LeakScopeCore* parent() const { return parent_; }
  bool encloses(const LeakScopeCore* scope) const;  // is `scope` this one, or inside of it?

  std::atomic<std::int64_t> settle_limit_ns;
  // What checks of this scope, and of those inside, leave out.
  FutexLock lock;  // guards the two below
  std::vector<std::string> ignored_names;
  std::vector<std::uint64_t> ignored_tasks;  // in ascending order

 private:
  LeakScopeCore(std::string name, LeakScopeCore* parent);
  ~LeakScopeCore() = default;

  static inline constinit std::atomic<int> existing_{0};
  std::atomic<std::uint32_t> references_{1};
  const std::string name_;
  LeakScopeCore* const parent_;  // null: the program
};

// The scope of what the caller, a task or a plain thread, starts from now on; null: none. Borrowed.
LeakScopeCore* current_leak_scope();
// Replaces it, and returns the one before. Takes over the caller's reference, and gives back that of the one before.
LeakScopeCore* exchange_leak_scope(LeakScopeCore* scope);

}  // namespace tenter::detail
