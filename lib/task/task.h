// A task is a function on a stack of its own. Its control block sits at the top of that stack, with the function's
// closure below it, so that starting a task allocates nothing once its stack is there.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "task/agent.h"
#include "task/futex.h"
#include "task/overflow.h"

namespace tenter::detail {

class Run;
class LeakScopeCore;
struct StackSize;

constexpr std::ptrdiff_t cache_line = 64;

// What the C++ runtime keeps per thread about exceptions in flight (__cxa_eh_globals of the Itanium ABI). It belongs to
// the task: a task may wait inside a catch block, and continue on another thread.
struct ExceptionState {
  void* caught = nullptr;
  unsigned uncaught = 0;
};

class Task final : public Agent {
 public:
  enum class Phase : std::uint8_t { unused, live };

  Task(char* stack_begin, std::size_t stack_size, bool has_canary, StackSize* of_size)
      : Agent(true), has_canary_(has_canary), of_size_(of_size), stack_begin_(stack_begin), stack_size_(stack_size) {}
  ~Task() = default;

  std::uint64_t id() const { return id_; }
  const std::string& name() const {
    static const std::string none;
    return name_ != nullptr ? *name_ : none;
  }
  const void* created_at() const { return created_at_; }
  const void* begins_in() const { return reinterpret_cast<const char*>(entry_) + 1; }  // as if called from there
  std::size_t stack_size() const { return stack_size_; }
  const void* closure() const { return closure_; }
  bool closure_is_on_stack() const { return closure_ >= stack_begin_ && closure_ < static_cast<const void*>(this); }
  bool has_guard_at(const void* address) const {
    return address >= stack_begin_ - guard_zone && address < stack_begin_;
  }
  // Is the guard zone untouched, as far as its upper end shows?
  bool canary_lives() const;

  // What is touched first when a task is started, and when it goes on after a wait, as deep as waits of this library are.
  // It need not live any more.
  static void prefetch_to_start(const Task* task) { prefetch(task, -2, 3); }
  static void prefetch_to_run(const Task* task) { prefetch(task, -9, 2); }

  bool is_live() const { return phase_.load(std::memory_order_acquire) == Phase::live; }

  // "task 7 `fetcher`", as all of our messages call it.
  std::string describe() const;
  // "created at app+0x1234 (main)", or nothing where that is not known.
  std::string describe_creation() const;

 private:
  friend class Scheduler;
  friend class Worker;
  friend class StackPool;
  friend class AsleepCheck;
  friend class Census;
  friend struct TaskAccess;

  static void prefetch(const Task* task, std::ptrdiff_t first_line, std::ptrdiff_t end_line) {
    const char* const here = reinterpret_cast<const char*>(task);
    for (std::ptrdiff_t line = first_line; line < end_line; ++line) { __builtin_prefetch(here + line * cache_line, 1); }
  }

  friend class Agent;

  // What it needs when it comes back to a worker; said when it left.
  static constexpr std::uint8_t needs_exceptions = 1;  // its own to be put back
  static constexpr std::uint8_t needs_helper = 2;      // it is inside of blocking()

  // The rest of the first cache line, which is all that a task that waits, is woken and goes on touches here.
  const bool has_canary_;  // no protection could be had for the guard zone
  std::uint8_t needs_ = 0;
  void* context_ = nullptr;  // where to continue, while it does not run

  // The second: what its beginning and its end touch.
  ExceptionState exceptions_;
  void (*entry_)(void*) = nullptr;
  void* closure_ = nullptr;
  LeakScopeCore* scope_ = nullptr;  // that it was started in; see task/leak_scope.h
  StackSize* const of_size_;        // where it is kept after its end; null: in a mapping of its own, which is unmapped
  char* const stack_begin_;         // lowest usable byte; the guard zone is below
  std::uint32_t blocking_depth_ = 0;  // how many calls of blocking() it is in; then it runs on helpers only
  std::atomic<Phase> phase_{Phase::unused};
  bool is_main_ = false;
  std::atomic<bool> checks_leaks_{false};  // it waits for others to come to rest
  bool has_brief_brood_ = false;           // see Scheduler::end_turn()

  // The third: what its beginning alone touches.
  std::uint64_t id_ = 0;
  const void* created_at_ = nullptr;         // return address in whoever called go()
  std::unique_ptr<const std::string> name_;  // null: it has none
  LeakScopeCore* children_scope_ = nullptr;  // that what it starts is in
  const std::size_t stack_size_;             // up to this control block
  void* fake_stack_ = nullptr;               // AddressSanitizer's, while it does not run
  void* fiber_ = nullptr;                    // ThreadSanitizer's
};
static_assert(sizeof(Task) <= 3 * cache_line);

// What is kept for a size that is, or was, the usual one.
struct StackSize {
  std::size_t bytes;
  std::vector<Task*> free = {};                             // used before
  std::size_t open_mapping = static_cast<std::size_t>(-1);  // the one that has unused stacks
};

// Stacks, each with a Task at its top. A stack is committed page by page as it is used and keeps its pages when it is used
// again. Stacks of the usual size are cut from large mappings; what a single task asks for gets one of its own.
class StackPool {
 public:
  static StackPool& instance() {
    StackPool* const made = instance_.load(std::memory_order_acquire);  // pairs with the release in make()
    return made != nullptr ? *made : make();
  }

  // The size of tasks that ask for none. 0: the process's (TENTER_STACK_SIZE, or 256 KiB).
  void set_usual_size(std::size_t stack_size);

  // A task that is not live yet. Size 0: the usual one.
  Task* acquire(std::size_t stack_size);
  void release(Task* task);

  // Calls f(Task&) for every live task. The caller sees to it that none starts or ends meanwhile.
  template <class F>
  void for_each_live(F f) {
    FutexGuard guard(lock_);
    for (const Mapping& mapping : mappings_) {
      for (std::size_t i = 0; i < mapping.used; ++i) {
        Task& task = *task_at(mapping, i);
        if (task.is_live()) { f(task); }
      }
    }
  }

  // The same while tasks start and end: what a task keeps for life (id, name, creation, scope) stays as it is meanwhile,
  // because nobody is given a used stack. Throws Error where Linux lacks membarrier (before 4.14).
  template <class F>
  void look_at_live(F f) {
    Looking looking(looking_);
    for_each_live(f);
  }
  template <class F>
  void while_nobody_looks(F f) {
    FutexGuard guard(lock_);
    f();
  }

  // A worker's private stock, so that starting and ending tasks takes no lock.
  class Cache {
   public:
    Task* take();
    bool put(Task* task);  // false: it is full
    void spill(StackPool& pool);
    bool refill(StackPool& pool);  // false: the pool has no used stacks
    void change_to(StackPool& pool, StackSize* size);

   private:
    friend class StackPool;
    void prefetch(std::size_t begin, std::size_t end) const;

    static constexpr std::size_t limit = 64;
    static constexpr std::size_t burst = 8;
    std::array<Task*, limit> tasks_;  // the one that was used last is taken first
    std::size_t size_ = 0;
    StackSize* of_size_ = nullptr;  // of each of them
  };
  Task* acquire(Cache& cache);
  void release(Cache& cache, Task* task);

 private:
  struct Mapping {
    char* base;
    std::size_t stride;  // of one stack, its guard zone included
    std::size_t count;
    std::size_t used;  // stacks that were handed out at least once
    bool is_guarded;   // all of it; else each stack is, where that works, when it is handed out
  };

  class Looking {
   public:
    explicit Looking(std::atomic<int>& count);
    ~Looking() { count_.fetch_sub(1, std::memory_order_release); }  // pairs with the acquire in acquire()
    Looking(const Looking&) = delete;
    Looking& operator=(const Looking&) = delete;

   private:
    std::atomic<int>& count_;
  };
  void wait_for_lookers();

  StackPool();
  static StackPool& make();
  inline static constinit std::atomic<StackPool*> instance_{nullptr};
  static Task* task_at(const Mapping& mapping, std::size_t index);
  StackSize* size_locked(std::size_t bytes);
  Task* carve(Mapping& mapping, StackSize* of_size);  // the next unused stack of a mapping
  Mapping map(std::size_t stack_size, std::size_t count);
  bool install_guard(char* zone);
  bool install_guards(const Mapping& mapping);
  static void prepare_for_next(const Task& task);
  [[noreturn]] static void out_of_memory();

  FutexLock lock_;
  std::vector<Mapping> mappings_;
  std::vector<std::unique_ptr<StackSize>> sizes_;
  std::size_t size_of_process_;
  std::uint64_t guards_allowed_;  // TENTER_STACK_GUARDS: how many stacks are protected
  std::uint64_t guards_ = 0;      // that many are
  std::size_t guards_by_protection_ = 0;
  bool guard_install_works_ = true;
  bool guards_in_batches_ = true;
  alignas(64) std::atomic<int> looking_{0};  // how many look_at_live()
  std::atomic<StackSize*> usual_{nullptr};   // written under lock_
};

}  // namespace tenter::detail
