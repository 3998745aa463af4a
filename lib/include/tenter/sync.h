// Locks and the like for tasks and threads: Mutex, RWMutex, Cond, Once, WaitGroup, Semaphore. As their namesakes in Go's
// package sync (https://pkg.go.dev/sync), unless said otherwise.
//
//   Mutex mutex;
//   std::lock_guard guard(mutex);       // all locks are Lockable, and RWMutex is SharedLockable
//
// A task that waits lets its thread run other tasks; an ordinary thread blocks. None of these objects can be copied or
// moved. An object may be destroyed as soon as a wait on it has returned, even if the other side is still on its way out
// of done() or unlock(). Whoever still waits on an object that is destroyed waits for ever.
#pragma once
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include <tenter/annotate.h>
#include <tenter/error.h>
#include <tenter/lint.h>
#include <tenter/shared.h>
#include <tenter/task.h>

namespace tenter {

namespace detail {
// What a recorder is told of objects that are made while the program runs, but not of constants.
void lock_created(const void* lock, int kind) noexcept;
void wait_group_created(const void* group) noexcept;
void semaphore_created(const void* semaphore, std::ptrdiff_t count) noexcept;
}  // namespace detail

// Mutual exclusion. Not recursive: a second lock() by the same task waits for ever. It has no owner: another task may
// unlock it. An unlock happens before the next lock returns.
//
// Whoever comes along while the lock is free gets it, which is fast; a waiter that was passed over for a millisecond is
// handed the lock next, so nobody starves (the two modes of Go's mutex).
class TENTER_LINT("mutex") Mutex {
 public:
  constexpr Mutex() noexcept {
    if (!std::is_constant_evaluated() && tenter_recording()) { detail::lock_created(this, 4); }
  }
  ~Mutex();
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  TENTER_LINT("lock") void lock();
  TENTER_LINT("try-lock") bool try_lock();
  TENTER_LINT("unlock") void unlock();  // throws UnlockError if it is not locked

 private:
  void lock_fully(const void* call_site);
  void lock_held(const void* call_site);
  void unlock_fully(const void* call_site);
  template <bool may_be_heard>
  void lock_slowly();
  void unlock_slowly(const void* call_site);
  std::atomic<std::uint32_t> state_{0};
};

// Many readers or one writer. A writer that waits (up to 50 us it just looks again) keeps new readers out; those that came
// while a writer had the lock run before the next writer. Not recursive, even for readers: a writer may come between.
class TENTER_LINT("mutex") RWMutex {
 public:
  // The read side as a Lockable, for a Cond or std::lock_guard. The same lock in every report.
  class SharedLocker {
   public:
    constexpr explicit SharedLocker(RWMutex& mutex) noexcept : mutex_(&mutex) {}
    void lock() { mutex_->lock_shared(); }
    bool try_lock() { return mutex_->try_lock_shared(); }
    void unlock() { mutex_->unlock_shared(); }

   private:
    RWMutex* mutex_;
  };

  constexpr RWMutex() noexcept : shared_locker_(*this) {
    if (!std::is_constant_evaluated() && tenter_recording()) { detail::lock_created(this, 5); }
  }
  ~RWMutex();
  RWMutex(const RWMutex&) = delete;
  RWMutex& operator=(const RWMutex&) = delete;

  TENTER_LINT("lock") void lock();
  TENTER_LINT("try-lock") bool try_lock();
  TENTER_LINT("unlock") void unlock();  // throws UnlockError if no writer has it
  TENTER_LINT("lock-shared") void lock_shared();
  TENTER_LINT("try-lock") bool try_lock_shared();     // false as well while a writer waits
  TENTER_LINT("unlock-shared") void unlock_shared();  // throws UnlockError if no reader has it
  SharedLocker& shared_locker() noexcept { return shared_locker_; }

 private:
  void lock_fully(const void* call_site);
  void unlock_fully(const void* call_site);
  void lock_shared_fully(const void* call_site);
  void lock_shared_closed(std::uint32_t after, const void* call_site);
  void unlock_shared_fully(const void* call_site);
  std::atomic<std::uint32_t> state_{0};
  std::uint32_t before_{0};  // that have to leave before the writer that waits; guarded by its queue's lock
  SharedLocker shared_locker_;
};

// A condition that tasks wait for under a lock.
//
//   Cond changed(mutex);
//   std::unique_lock lock(mutex);
//   changed.wait([&] { return !queue.empty(); });
//
// signal() wakes the one that waits longest; without waiters it is forgotten. The caller need not hold the lock. A signal
// happens before the wait that it ends. Without a predicate, check again after wait(): another task may have come first.
class Cond {
 public:
  template <class Lockable>
  explicit Cond(Lockable& lockable)
      : lockable_(&lockable),
        lock_([](void* l) { static_cast<Lockable*>(l)->lock(); }),
        unlock_([](void* l) { static_cast<Lockable*>(l)->unlock(); }) {}
  ~Cond();
  Cond(const Cond&) = delete;
  Cond& operator=(const Cond&) = delete;

  // Unlocks, waits for a signal, locks. The lock must be held.
  TENTER_LINT("wait") void wait();
  template <class P>
    requires std::predicate<P&>
  TENTER_LINT("wait")
  void wait(P predicate) {
    while (!predicate()) { wait(); }
  }
  TENTER_LINT("signal") void signal();
  TENTER_LINT("signal") void broadcast();

 private:
  void* lockable_;
  void (*lock_)(void*);
  void (*unlock_)(void*);
  std::atomic<std::uint32_t> waiting_{0};
};

// Does something once. The end of that one call happens before every call() returns; who comes while it runs waits. If
// it throws, call() throws in that one task, and it counts as done. A call from within the call waits for ever.
class Once {
 public:
  constexpr Once() noexcept = default;
  ~Once();
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

  template <class F>
  TENTER_LINT("once")
  void call(F&& f) {
    if (!begin()) { return; }
    struct End {
      Once& once;
      ~End() { once.end(); }
    } end_of_it{*this};
    std::invoke(std::forward<F>(f));
  }

 private:
  bool begin();  // true: the caller is the one to do it, and says end()
  bool begin_slowly();
  void end();
  std::atomic<std::uint32_t> state_{0};
};

// A function that computes f() on its first call and returns that value, or throws what f threw, on every call: the same
// object each time. If f returns nothing, it is called once. The function can be copied, and its copies share the value,
// which lives as long as one of them. The end of f happens before every call returns.
template <class F>
  requires std::invocable<F&>
auto once_value(F f) {
  using T = std::remove_cvref_t<std::invoke_result_t<F&>>;
  struct State {
    F f;
    Once once = {};
    std::conditional_t<std::is_void_v<T>, std::optional<bool>, std::optional<T>> value = std::nullopt;
    std::exception_ptr error = nullptr;
  };
  auto shared = detail::Shared<State>::make(std::move(f));
  return [shared = std::move(
              shared)]() -> std::conditional_t<std::is_void_v<T>, void, std::add_lvalue_reference_t<const T>> {
    State& state = *shared;
    state.once.call([&] {
      try {
        if constexpr (std::is_void_v<T>) {
          std::invoke(state.f);
        } else {
          state.value.emplace(std::invoke(state.f));
        }
      } catch (...) { state.error = std::current_exception(); }
    });
    if (state.error) { std::rethrow_exception(state.error); }
    if constexpr (!std::is_void_v<T>) { return *state.value; }
  };
}

// Waits for a number of tasks to be done. Every done() happens before the wait() that it ends returns. An add() from zero
// must happen before wait(); the group may be used again once all waits have returned.
class TENTER_LINT("wait-group") WaitGroup {
 public:
  constexpr WaitGroup() noexcept {
    if (!std::is_constant_evaluated() && tenter_recording()) { detail::wait_group_created(this); }
  }
  ~WaitGroup();
  WaitGroup(const WaitGroup&) = delete;
  WaitGroup& operator=(const WaitGroup&) = delete;

  TENTER_LINT("wg-add")
  void add(int n = 1);  // throws NegativeWaitGroupError, and changes nothing, if the counter would become negative
  TENTER_LINT("wg-done") void done() { add(-1); }
  TENTER_LINT("wg-wait") void wait();
  // add(1), and a task that calls f. Its end, the end of f itself included, is the done().
  template <class F>
    requires std::invocable<std::decay_t<F>>
  TENTER_LINT("wg-go")
  [[gnu::always_inline]] void go(F&& f) {
    go(TaskOptions{}, std::forward<F>(f));
  }
  template <class F>
    requires std::invocable<std::decay_t<F>>
  TENTER_LINT("wg-go")
  [[gnu::always_inline]] void go(TaskOptions options, F&& f) {
    add(1);
    tenter::go(std::move(options), Member<std::decay_t<F>>{Done(this), std::forward<F>(f)});
  }

 private:
  class Done {
   public:
    explicit Done(WaitGroup* group) noexcept : group_(group) {}
    Done(Done&& other) noexcept : group_(std::exchange(other.group_, nullptr)) {}
    Done& operator=(Done&&) = delete;
    ~Done() {
      if (group_ != nullptr) { group_->done(); }
    }

   private:
    WaitGroup* group_;
  };
  template <class F>
  struct Member {
    Done done;  // first, so that it is the last to go
    F function;
    void operator()() { std::invoke(std::move(function)); }
  };

  void add_fully(int n, const void* call_site);
  void add_looking(int n);
  void below_zero(std::int64_t n, std::int64_t after);
  void end_waits();
  std::atomic<std::int64_t> state_{0};
};

// A number of permits. Who waits longest is served first, also if it wants many. A release happens before the acquire
// that it serves returns.
class Semaphore {
 public:
  explicit Semaphore(std::ptrdiff_t count);
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // Each throws Error if n is negative; the constructor and release() also if there would be more than most_permits.
  TENTER_LINT("wait") void acquire(std::ptrdiff_t n = 1);
  bool try_acquire(std::ptrdiff_t n = 1);  // false as well while others wait
  TENTER_LINT("signal") void release(std::ptrdiff_t n = 1);
  static constexpr std::ptrdiff_t most_permits = std::numeric_limits<std::ptrdiff_t>::max() / 4;

 private:
  std::atomic<std::int64_t> state_;
};

}  // namespace tenter
