// M tasks on N workers. A worker is an OS thread that runs one task after the other; it is started when there is work for
// it. What a worker does next:
//
//   1. the task that was woken last (run_next_): a value that was just handed over is still in this core's cache
//   2. its own queue, oldest first
//   3. the global queue: where plain threads put tasks, and where full queues overflow to; looked at first every 61st time,
//      so that nobody starves there (the number is Go's)
//   4. half of another worker's queue
//   5. sleep, until somebody has work and finds no worker that already looks for some. One of those that sleep, the
//      watcher, wakes up for the next timer and for events from outside
//
// The protocol of 5 is Go's (runtime/proc.go, "Worker thread parking/unparking"): whoever makes a task ready first
// publishes it and then looks whether somebody must be woken; a worker first announces that it sleeps and then looks at
// all queues once more. Both have a full fence between, so one of the two sees the other.
//
// A worker that looked in vain while others switch every few microseconds becomes the lookout: it sleeps, but looks up every
// now and then, and watches those. A task in the otherwise empty run_next_ of a watched worker wakes nobody, as that
// worker will run it sooner than anybody else could; two tasks that wake each other in turn would else keep a second
// processor busy with finding nothing. A worker that has become slow is no longer watched, and loses what waits there.
//
// Who keeps looking and finds only what is over sooner than it was moved withdraws for a while; see task/crowding.cc.
//
// Lock order: timers.lock, then lock_, then threads_lock_, StackPool's, or one waiting queue's own (a timer that fires, or
// is asked whether it would wake anybody, looks at its channel).
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "task/decisions.h"
#include "task/futex.h"
#include "task/leak_scope.h"
#include "task/outside.h"
#include "task/run_queue.h"
#include "task/task.h"
#include "task/task_ring.h"
#include "task/timer_queue.h"
#include "task/unwind.h"

namespace tenter {
struct RunOptions;
}

namespace tenter::detail {

constexpr std::int32_t full_budget = 1024;  // library calls without a switch
constexpr std::int32_t brood = 32;          // tasks that one starts without a switch, where they are brief
constexpr int most_workers = 256;

// Of the lookout, and of who has withdrawn: longer than a wake-up costs by two orders of magnitude.
constexpr std::int64_t nap_ns = 200'000;

// Why a worker withdraws: it is in the others' way, or finds too little to do. See task/crowding.cc.
enum class Withdrawal : std::uint8_t { crowded, unneeded };

// What is to be done with a task, once its stack is no longer in use. The next stack on the same worker does it.
enum class After : std::uint8_t { enqueue, park, end, help };

// The tasks that live and die together: those of one run(), or of the time up to the end of the next one. Each of the first
// workers has a count of its own, which nobody else writes; others share the last one. A task may begin on one worker and
// end on another, so only the sum means something.
class Run {
 public:
  void add(int worker) { change(worker, 1, std::memory_order_relaxed); }
  void remove(int worker) { change(worker, -1, std::memory_order_release); }  // pairs with live()
  // All that its main task left over waited for each other, or for nobody; see Census::left_waiting().
  bool left_waiting = false;
  std::int64_t live() const {
    std::int64_t sum = 0;
    for (const Count& count : counts_) { sum += count.value.load(std::memory_order_acquire); }  // pairs with remove()
    return sum;
  }
  static constexpr int nobody = -1;  // of a plain thread, or a helper

 private:
  static constexpr int own = 7;
  void change(int worker, std::int64_t by, std::memory_order order) {
    if (worker >= 0 && worker < own) {
      std::atomic<std::int64_t>& value = counts_[static_cast<std::size_t>(worker)].value;
      value.store(value.load(std::memory_order_relaxed) + by, order);
    } else {
      counts_[own].value.fetch_add(by, order);
    }
  }
  struct alignas(64) Count {
    std::atomic<std::int64_t> value{0};
  };
  std::array<Count, own + 1> counts_;
};

class Scheduler;

class alignas(64) Worker {
 public:
  Worker(Scheduler& scheduler, int index);
  Task* current() const { return current_; }
  bool is_helper() const { return index_ < 0; }
  std::uint32_t random();
  void lose(std::int64_t duration_ns);                      // waiting for another worker's lock, see task/crowding.h
  std::uint32_t times_lost() const { return times_lost_; }  // for tests

 private:
  friend class Scheduler;
  friend class AsleepCheck;
  friend class Census;

  void loop();                // of a worker's thread
  void help();                // of a helper's thread
  Task* find();               // the next task; sleeps until there is one
  Task* pick(bool in_loop);   // the next task that is at hand, or null
  Task* steal(bool few_too);  // a few tasks, and what is in run_next_
  void idle();
  void run(Task* task);                 // from the worker's own stack
  void leave(Task* next, After after);  // from a task's stack; null: for the worker's own
  void see_to_leaving(Task* next);
  void settle(void* from_context);  // first thing on the stack that was switched to
  void push(Task* task);
  void push_and_look(Task* task);  // for who looks next whether somebody sleeps
  template <std::memory_order published>
  void push_as(Task* task);
  void flush();                      // all that is queued here goes to the global queue
  bool withdraw(Withdrawal reason);  // false: it is needed; see task/crowding.h
  Task* look_around();               // for tasks of others, for a few microseconds
  bool looks_in_vain();              // most of the time
  Task* found(Task* task);
  bool timers_due();
  bool events_due();
  bool look_at_events();

  // What only this worker touches.
  Scheduler& scheduler_;
  const int index_;  // below zero: a helper
  Task* current_ = nullptr;
  Task* from_ = nullptr;  // the task that was left last; null: the worker's own stack was
  After after_ = After::enqueue;
  bool spinning_ = false;
  bool wants_loop_ = false;  // something is due that only the worker's own stack may do
  // What is to be done when a task is left, and usually is not.
  static constexpr std::uint8_t timer_added = 1;  // nobody else watches it yet
  static constexpr std::uint8_t heard = 2;        // a recorder is to be told
  std::uint8_t when_left_ = tenter_recording() ? heard : 0;
  bool is_crowded_ = false;   // half of its time goes into waiting for other workers
  std::int64_t lost_ns_ = 0;  // since then:
  std::int64_t losing_since_ns_ = 0;
  std::uint32_t times_lost_ = 0;
  std::int64_t vain_ns_ = 0;  // spent on looking for tasks, and on those that had better been left alone, since then:
  std::int64_t vain_since_ns_ = 0;
  std::int64_t found_ns_ = 0;      // when it found some last
  std::uint32_t found_count_ = 0;  // how many; 0: none, or that was weighed already
  std::uint32_t streak_ = 0;       // how often run_next_ was served in a row
  void* loop_context_ = nullptr;
  ExceptionState* exceptions_ = nullptr;
  void* loop_fake_stack_ = nullptr;
  void* loop_fiber_ = nullptr;
  const void* thread_stack_ = nullptr;
  std::size_t thread_stack_size_ = 0;
  std::uint64_t random_;
  StackPool::Cache stacks_;
  std::uint64_t next_id_ = 0;
  std::uint64_t ids_end_ = 0;

  // What others look at.
  alignas(64) std::atomic<Task*> run_next_{nullptr};
  std::atomic<std::uint32_t> tick_{0};
  std::atomic<bool> watched_{false};  // by the lookout; written under Scheduler::lock_
  RunQueue queue_;
  alignas(64) std::atomic<std::uint32_t> doze_{0};  // futex: 1 = woken
  bool is_idle_ = false;                            // guarded by Scheduler::lock_, as are the next two
  std::uint32_t tick_seen_ = 0;                     // by the survey before
  std::uint32_t tick_before_ = 0;                   // see another_moves_locked()
  Task* help_with_ = nullptr;                       // of a helper; written before doze_
  Worker* next_helper_ = nullptr;                   // guarded by Scheduler::lock_
};

// An ordinary thread, as far as it waits inside the library.
class ThreadAgent final : public Agent {
 public:
  ThreadAgent();
  ~ThreadAgent();
  const int os_id;
  bool waits_in_run = false;  // for its main task, not for anything that could happen to it
  Registers parked_with;      // of park(), while it is parked

 private:
  friend class AsleepCheck;
  friend class Census;
  friend class Scheduler;
  friend std::size_t count_waiting();
  ThreadAgent* previous_ = nullptr;  // the list is guarded by Scheduler::threads_lock_
  ThreadAgent* next_ = nullptr;
};

ThreadAgent& this_thread_agent();  // made on the thread's first wait, and gone with the thread

class Scheduler {
 public:
  static Scheduler& instance() {
    Scheduler* const made = instance_.load(std::memory_order_acquire);  // pairs with the release in make()
    return made != nullptr ? *made : make();
  }
  static Worker* worker();  // of this thread; null: a plain thread. Never inlined: a task moves

  // ---- starting and ending tasks
  Task* prepare(std::size_t stack_size, std::string name = {});
  void discard(Task* task);
  // `scope`: null for that of the caller.
  void launch(Task* task, void (*entry)(void*), void* closure, const void* created_at, void* record,
              LeakScopeCore* scope = nullptr);
  void run_main(const RunOptions& options, void (*entry)(void*), void* closure, const void* created_at);

  // ---- waiting and waking
  void ready(Task* task);
  void park_current();
  bool yield_current();                  // false: nobody else could run
  void end_turn();                       // of a task whose budget is spent
  static std::int32_t price_of_spawn();  // in calls
  void begin_help();
  void end_help();

  // ---- timers
  TimerQueue timers;
  void timer_added(bool first, std::int64_t when, bool caller_parks);

  // ---- the rest
  static LeakScopeCore*& leak_scope_slot();  // of the running task, or else of this thread
  void set_max_workers(int n);
  int max_workers() const { return max_workers_.load(std::memory_order_relaxed); }
  std::uint32_t times_unneeded() const { return times_unneeded_.load(std::memory_order_relaxed); }  // for tests
  bool others_run() const {
    const int withdrawn = withdrawn_.load(std::memory_order_relaxed) != nullptr ? 1 : 0;
    return sleepers_.load(std::memory_order_relaxed) + withdrawn + 1 < max_workers();
  }
  Run* run() const { return run_.load(std::memory_order_acquire); }
  std::atomic<std::uint64_t> run_serial{0};  // how many calls of run() have ended
  void install(Decisions* decisions);
  Decisions* decisions() const { return decisions_.load(std::memory_order_relaxed); }
  // Are the choices of what runs here made by decisions? Not those of ordinary threads and of helpers.
  bool decides(const Worker* here) const { return decisions() != nullptr && here != nullptr && !here->is_helper(); }
  std::int32_t calls_per_turn() const { return calls_per_turn_.load(std::memory_order_relaxed); }
  void register_thread(ThreadAgent& agent);
  void forget_thread(ThreadAgent& agent);

  // ---- what comes from outside
  void add_outside(Outside& outside);          // for good: while it could wake anybody, nobody is asleep for good
  void add_event_source(EventSource& events);  // the same, and workers see to its events
  // A thread of the library's own, which does nothing for the program except to wake others. False: none is to be had.
  bool start_service(void* (*body)(void*));

 private:
  friend class Worker;
  friend class AsleepCheck;
  friend class Census;
  friend std::size_t count_waiting();
  friend void spend_budget();

  Scheduler();
  static Scheduler& make();
  inline static constinit std::atomic<Scheduler*> instance_{nullptr};
  static void task_main(void* from_context, void* worker);
  static void* worker_main(void* worker);
  static void* helper_main(void* worker);
  void end_current(Task* self);
  void help_current();
  void end_run();
  void leave_run();
  void begin_next_run();
  static void enter_leak_scope(Task* task, LeakScopeCore* scope);
  static void leave_leak_scope(Task* task);
  bool abandoned(const Task* task) const { return task->run_ != run_.load(std::memory_order_relaxed); }

  void push_global(Task* task);
  void push_global(std::span<Task* const> tasks);
  Task* pop_global(Worker& worker);  // takes a share for the worker along
  void wake_if_needed();
  void wake_one();                   // one more worker that looks for work
  void wake_locked(Worker& worker);  // it must be idle
  bool start_worker_locked();
  void count_sleepers_locked();
  void ensure_worker();
  bool work_visible(const Worker& asking, bool in_watched_too) const;
  bool watch_locked(std::int64_t now);  // watches who is fast; false: nobody is
  void unwatch_locked();
  void wake_idle_locked();
  bool withdraw_locked(Worker& worker, Withdrawal reason, std::int64_t now);  // false: it is needed
  bool stays_withdrawn_locked(const Worker& worker, std::int64_t now);
  bool another_moves_locked(const Worker& worker);
  bool others_keep_up_locked(const Worker& worker, std::int64_t now);
  void end_withdrawal_locked(const Worker& worker);
  void end_withdrawal_of_unneeded_locked();

  // ---- while decisions are installed (task/decisions.cc)
  void push_decidable_locked(std::span<Task* const> tasks);
  void forget_left_over();  // of the run that has just ended: it is no part of the next one's schedule
  void fire_decided();
  Task* pick_decided();
  void decide_at_call();

  std::atomic<int> spinning_{0};  // workers that look for work
  std::atomic<int> sleepers_{0};  // workers that could be woken or started
  std::atomic<int> wakeable_{0};  // that many, or none while one that is unneeded has withdrawn
  std::atomic<int> max_workers_;
  std::atomic<int> created_{0};
  std::atomic<Run*> run_;
  std::atomic<std::size_t> global_size_{0};
  std::atomic<Outside*> outside_{nullptr};
  std::atomic<EventSource*> events_{nullptr};
  std::atomic<std::int64_t> watch_until_{never};  // when the watcher will wake up by itself

  FutexLock lock_;  // guards all below
  std::array<std::atomic<Worker*>, most_workers> workers_{};
  TaskRing global_;
  int idle_ = 0;
  std::atomic<Worker*> watcher_{
      nullptr};                  // the idle worker that sleeps until the next timer or event; read without lock_
  Worker* in_events_ = nullptr;  // the one that sleeps in the event source, and is woken by its interrupt()
  int services_ = 0;
  Worker* lookout_ = nullptr;
  std::atomic<Worker*> withdrawn_{nullptr};       // the one too many; read without lock_
  Withdrawal withdrawal_ = Withdrawal::crowded;   // why
  std::atomic<std::uint32_t> times_unneeded_{0};  // how often that was the reason; written under lock_
  std::int64_t withdrawn_until_ns_ = 0;           // it, or the last one that was
  std::int64_t withdrawal_ns_ = 0;                // how long that was to be
  std::int64_t moves_seen_ns_ = 0;                // when the ticks of all were looked at last
  std::int64_t surveyed_ns_ = 0;                  // when the lookout, or who might have become one, looked last
  Worker* helpers_ = nullptr;                     // idle helpers
  int helpers_created_ = 0;
  int helpers_busy_ = 0;
  bool in_run_ = false;
  Agent* in_run_waiter_ = nullptr;  // the thread that is inside run(); written before the main task starts
  std::vector<Run*> retired_runs_;
  std::atomic<std::uint64_t> next_ids_{1};

  std::atomic<std::int32_t> calls_per_turn_{
      budget_of(full_budget)};                  // 0 of them where decisions are asked at each call
  std::atomic<Decisions*> decisions_{nullptr};  // changes only while no task runs, but idle workers look at it
  int max_workers_before_ = 0;
  std::vector<Task*> decidable_;  // that could run, and their ids at the same places
  std::vector<std::uint64_t> decidable_ids_;

  FutexLock threads_lock_;
  ThreadAgent* threads_ = nullptr;
};

// Every task and thread waits, and nothing will ever wake one. See task/asleep.cc.
class AsleepCheck {
 public:
  explicit AsleepCheck(Scheduler& scheduler) : scheduler_(scheduler) {}
  enum class Answer {
    somebody_may_wake,
    nobody_waits,
    timers_only,  // a timer will wake somebody, and nothing else can; said only where the clock is virtual
    asleep
  };
  Answer look();
  bool outside_can_wake() const;  // could a descriptor, say, wake anybody?
  [[noreturn]] void report();

  // How often anybody has looked. For tests: whether a program that looks asleep is left alone shows after some looks only.
  static std::uint64_t looks() { return looks_.load(std::memory_order_relaxed); }

 private:
  inline static constinit std::atomic<std::uint64_t> looks_{0};
  struct Seen {  // a thread that waits, and which of its waits it is
    const ThreadAgent* agent;
    std::uint32_t times_parked;
    bool operator==(const Seen&) const = default;
  };
  enum class Threads { some_may_act, perhaps_all_wait, all_wait };
  Threads look_at_threads_locked();

  Scheduler& scheduler_;
  int suspicions_ = 0;           // how often in a row only a runtime's own threads were left ...
  std::vector<Seen> suspected_;  // ... beside these
};

// How many tasks and threads wait inside the library at this moment. For tests and leak checks: it may be wrong the next
// moment. Whoever is counted already stands in the queue of what it waits for, or holds that queue's lock.
std::size_t count_waiting();

// An exception left a task: says so, and ends the process.
[[noreturn]] void die_of_exception(const Task& task, const char* what, bool is_our_own);

}  // namespace tenter::detail
