#include "task/leak_scope.h"

#include "task/scheduler.h"

namespace tenter::detail {
namespace {

constinit thread_local LeakScopeCore* scope_of_thread __attribute__((tls_model("initial-exec"))) = nullptr;

// A task moves from thread to thread, so nobody remembers this address across a switch.
__attribute__((noinline)) LeakScopeCore*& thread_slot() {
  asm volatile("" ::: "memory");
  return scope_of_thread;
}

}  // namespace

LeakScopeCore::LeakScopeCore(std::string name, LeakScopeCore* parent)
    : settle_limit_ns(parent != nullptr ? parent->settle_limit_ns.load(std::memory_order_relaxed) : 1'000'000'000),
      name_(std::move(name)),
      parent_(parent) {
  if (parent_ != nullptr) { parent_->retain(); }
  existing_.fetch_add(1, std::memory_order_relaxed);
}

LeakScopeCore& LeakScopeCore::program() {
  static LeakScopeCore* const program = [] {
    auto* const made = new LeakScopeCore("", nullptr);
    existing_.fetch_sub(1, std::memory_order_relaxed);
    return made;
  }();
  return *program;
}

void LeakScopeCore::release(LeakScopeCore* scope) {
  while (scope != nullptr && scope->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    LeakScopeCore* const parent = scope->parent_;
    existing_.fetch_sub(1, std::memory_order_relaxed);
    delete scope;
    scope = parent;
  }
}

bool LeakScopeCore::encloses(const LeakScopeCore* scope) const {
  if (this == &program()) { return true; }
  while (scope != nullptr && scope != this) { scope = scope->parent_; }
  return scope == this;
}

LeakScopeCore*& Scheduler::leak_scope_slot() {
  Worker* const here = worker();
  return here != nullptr && here->current_ != nullptr ? here->current_->children_scope_ : thread_slot();
}

LeakScopeCore* current_leak_scope() { return Scheduler::leak_scope_slot(); }

LeakScopeCore* exchange_leak_scope(LeakScopeCore* scope) { return std::exchange(Scheduler::leak_scope_slot(), scope); }

// The child is in the scope that its creator gives, and so are the child's own children.
void Scheduler::enter_leak_scope(Task* task, LeakScopeCore* scope) {
  task->scope_ = scope;
  task->children_scope_ = scope;
  if (scope != nullptr) {
    scope->retain();
    scope->retain();
  }
}

void Scheduler::leave_leak_scope(Task* task) {
  // Somebody may be looking at the tasks, and at this one's scope.
  StackPool::instance().while_nobody_looks([task] {
    LeakScopeCore::release(std::exchange(task->scope_, nullptr));
    LeakScopeCore::release(std::exchange(task->children_scope_, nullptr));
  });
}

}  // namespace tenter::detail
