// Tasks: functions that run at the same time as others, on a few threads. A task costs one page of memory and a few
// hundred nanoseconds, so that a program can have a million of them and wait in each as if it were alone.
//
//   int main() {
//     return tenter::run([] {
//       tenter::WaitGroup all;
//       for (int i = 0; i < 10; ++i) all.go([i] { std::printf("task %d\n", i); });
//       all.wait();
//     });
//   }
//
// Everything in this library can be called by tasks and by ordinary threads, at any time. A task waits by letting its
// thread run other tasks; an ordinary thread blocks.
//
// Tasks switch only inside calls of this library. A task that calls none keeps its thread, and the others keep theirs.
// A task may continue on another thread after any such call: do not hold a std::mutex across one, and do not count on
// thread_local variables to stay the same. A task's stack is 256 KiB
// (TENTER_STACK_SIZE, RunOptions::stack_size, TaskOptions::stack_size).
//
// The scheduler is an M:N scheduler with work stealing after Go's (https://go.dev/src/runtime/proc.go).
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tenter/error.h>
#include <tenter/lint.h>

namespace tenter {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::steady_clock::time_point;

// What go() may be told about a task.
struct TaskOptions {
  std::string name = {};       // shown in every message and report about it
  std::size_t stack_size = 0;  // bytes; 0: that of the run
};

// What run() may be told about all tasks that start while it lasts.
struct RunOptions {
  // Bytes of the stacks of the main task and of those that ask for no size of their own; from 16 KiB to 4 GiB, or the
  // nearest of these. 0: TENTER_STACK_SIZE, or 256 KiB.
  std::size_t stack_size = 0;
};

namespace detail {

class Task;

// A task to be: its stack is there, and `storage` on it, for the closure.
struct Spawn {
  Task* task;
  void* storage;
};
Spawn spawn_prepare(std::size_t closure_size, TaskOptions* options);
void spawn_launch(Task* task, void (*entry)(void*), void* closure);
void spawn_discard(Task* task) noexcept;
void run_main(const RunOptions& options, void (*entry)(void*), void* closure);
void begin_blocking();
void end_blocking();

constexpr std::size_t closure_alignment = 64;
constexpr std::size_t largest_closure = 4096;

template <class F, class... A>
struct Closure {
  F function;
  std::tuple<A...> arguments;

  void operator()() {
    std::apply([this](A&... each) { std::invoke(std::move(function), std::move(each)...); }, arguments);
  }
};
template <class F>
struct Closure<F> {
  F function;
  void operator()() { std::invoke(std::move(function)); }
};

// A closure that does not fit on the stack's first pages lies elsewhere.
template <class C>
struct DistantClosure {
  std::unique_ptr<C> closure;
  void operator()() { (*closure)(); }
};

template <class C>
void run_closure(void* closure) {
  C* const self = static_cast<C*>(closure);
  (*self)();
  self->~C();
}

// Inlined everywhere, so that without optimization, too, the place that a task is said to be made at is the program's own.
template <class C, class Make>
[[gnu::always_inline]] inline void spawn(TaskOptions* options, Make make) {
  const Spawn spawned = spawn_prepare(sizeof(C), options);
  struct Discard {
    Task* task;
    ~Discard() {
      if (task != nullptr) { spawn_discard(task); }
    }
  } unless_launched{spawned.task};
  C* const closure = make(spawned.storage);
  unless_launched.task = nullptr;
  spawn_launch(spawned.task, &run_closure<C>, closure);
}

template <class F, class... A>
[[gnu::always_inline]] inline void go(TaskOptions* options, F&& f, A&&... a) {
  using C = Closure<std::decay_t<F>, std::decay_t<A>...>;
  const auto construct = [&](void* place) {
    if constexpr (sizeof...(A) == 0) {
      return ::new (place) C{std::forward<F>(f)};
    } else {
      return ::new (place) C{std::forward<F>(f), std::tuple<std::decay_t<A>...>(std::forward<A>(a)...)};
    }
  };
  if constexpr (sizeof(C) <= largest_closure && alignof(C) <= closure_alignment) {
    spawn<C>(options, construct);
  } else {
    std::unique_ptr<C> distant;
    if constexpr (sizeof...(A) == 0) {
      distant.reset(new C{std::forward<F>(f)});
    } else {
      distant.reset(new C{std::forward<F>(f), std::tuple<std::decay_t<A>...>(std::forward<A>(a)...)});
    }
    spawn<DistantClosure<C>>(options, [&](void* place) { return ::new (place) DistantClosure<C>{std::move(distant)}; });
  }
}

template <class F>
struct MainTask {
  std::remove_reference_t<F>& function;
  int result = 0;

  static void enter(void* closure) {
    auto& [function, result] = *static_cast<MainTask*>(closure);
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      std::invoke(std::forward<F>(function));
    } else {
      result = static_cast<int>(std::invoke(std::forward<F>(function)));
    }
  }
};

}  // namespace detail

// Starts the scheduler if need be, runs `main_task` as the main task, and returns what it returns (0 if void). As in Go,
// the other tasks end with the main task: they never run again, and nothing of theirs is destroyed. The main task's own
// locals are gone by then, so join whoever uses them. run() may be called again afterwards, by an ordinary thread.
//
// Throws Error when called by a task, or while another thread is inside run(); std::bad_alloc if no stack can be had.
//
//   return tenter::run({.stack_size = 1 << 20}, [] { ... });
template <class F>
  requires(std::is_invocable_v<F>)
TENTER_LINT("run")
[[gnu::always_inline]] inline int run(RunOptions options, F&& main_task) {
  detail::MainTask<F> body{main_task};
  detail::run_main(options, &detail::MainTask<F>::enter, &body);
  return body.result;
}
template <class F>
TENTER_LINT("run")
[[gnu::always_inline]] inline int run(F&& main_task) {
  detail::MainTask<F> body{main_task};
  detail::run_main(RunOptions{}, &detail::MainTask<F>::enter, &body);
  return body.result;
}

// Starts a task that calls f(a...). The arguments are decayed copies, made here and now, as with std::thread; use
// std::ref for what shall be shared. What the caller did before go() happens before the task's first step.
//
// An exception that leaves the task ends the process: it prints the task's name, where it was created and the
// exception's text, and exits with code 2.
template <class F, class... A>
  requires(!std::is_same_v<std::decay_t<F>, TaskOptions> && std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...>)
TENTER_LINT("go")
[[gnu::always_inline]] inline void go(F&& f, A&&... a) {
  detail::go(nullptr, std::forward<F>(f), std::forward<A>(a)...);
}

//   go({.name = "fetcher"}, fetch, url);
template <class F, class... A>
  requires(std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...>)
TENTER_LINT("go")
[[gnu::always_inline]] inline void go(TaskOptions options, F&& f, A&&... a) {
  detail::go(&options, std::forward<F>(f), std::forward<A>(a)...);
}

// Lets other tasks run. Orders nothing.
TENTER_LINT("pause") void yield();

// Waits. Returns at once if the time has passed. Orders nothing.
TENTER_LINT("sleep") void sleep_for(Duration duration);
TENTER_LINT("sleep") void sleep_until(TimePoint time);

// Runs f, which may block its thread for long (a system call, a foreign library), on a thread of its own, so that other
// tasks keep their workers. Returns what f returns; an exception of f's passes through. From an ordinary thread it just
// calls f.
template <class F>
TENTER_LINT("call")
auto blocking(F f) {
  struct Scope {
    Scope() { detail::begin_blocking(); }
    ~Scope() { detail::end_blocking(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  } scope;
  return f();
}

// The time by which this library's timers and deadlines go: std::chrono::steady_clock's, except under the seeded
// scheduler (TENTER_SCHEDULER=seeded:SEED), where it is virtual and follows from the seed. Orders nothing.
//
//   sleep_until(now() + 5ms);
TENTER_LINT("query") TimePoint now();

// How many threads run tasks at a time: GOMAXPROCS. At first the value of TENTER_MAX_WORKERS, or else the number of
// processors that the process may use. A change holds as soon as the workers come between two tasks.
void set_max_workers(int n);
int max_workers();

// How many tasks there are, the main task included, and those that have ended not. Orders nothing.
TENTER_LINT("query") std::size_t task_count();

}  // namespace tenter
