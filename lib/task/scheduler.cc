#include "task/scheduler.h"

#include <cxxabi.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <mutex>

#include <tenter/error.h>

namespace tenter::detail {
namespace {

constexpr std::uint32_t longest_streak = 64;      // of tasks that wake each other, before others get a turn
constexpr std::uint32_t global_turn = 61;
constexpr std::uint32_t timer_turn = 8;
constexpr int spin_rounds = 5;
constexpr int pauses_per_round = 24;
constexpr std::uint64_t ids_at_once = 1024;
constexpr std::int64_t first_poll_ns = 1'000'000;
constexpr std::int64_t longest_poll_ns = 128'000'000;

constinit thread_local Worker* this_worker __attribute__((tls_model("initial-exec"))) = nullptr;

int workers_from_environment() {
  if (const char* text = std::getenv("TENTER_MAX_WORKERS")) {
    const int asked = std::atoi(text);
    if (asked > 0) { return asked < most_workers ? asked : most_workers; }
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) { return count < most_workers ? count : most_workers; }
  }
  return 1;
}

// The words of a thread that is no worker, made on its first wait and gone with the thread.
pthread_key_t thread_agent_key() {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    pthread_key_create(&made, [](void* agent) { delete static_cast<ThreadAgent*>(agent); });
    return made;
  }();
  return key;
}

ThreadAgent& this_thread_agent() {
  const pthread_key_t key = thread_agent_key();
  auto* agent = static_cast<ThreadAgent*>(pthread_getspecific(key));
  if (agent == nullptr) {
    agent = new ThreadAgent;
    pthread_setspecific(key, agent);
  }
  return *agent;
}

std::uint64_t mix(std::uint64_t x) {   // splitmix64's finalizer
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

// ---- agents --------------------------------------------------------------------------------------------------------

Agent& current_agent() {
  if (Worker* worker = Scheduler::worker(); worker != nullptr && worker->current() != nullptr) {
    return *worker->current();
  }
  ThreadAgent& agent = this_thread_agent();
  TENTER_ANNOTATE(agent.record_ = tenter_current());
  return agent;
}

bool Agent::abandoned() const {
  return is_task_ && static_cast<const Task*>(this)->run_ != Scheduler::instance().run();
}

void Agent::park() {
  if (is_task_) {
    Scheduler::instance().park_current();
    return;
  }
  for (int i = 0; i < 64; ++i) {
    if (state_.load(std::memory_order_acquire) == awake) { return; }   // pairs with the exchange in unpark()
    cpu_relax();
  }
  times_parked_.fetch_add(1, std::memory_order_relaxed);
  std::uint32_t expected = parking;
  if (!state_.compare_exchange_strong(expected, parked, std::memory_order_acq_rel, std::memory_order_acquire)) { return; }
  while (state_.load(std::memory_order_acquire) == parked) { futex_wait(state_, parked); }
}

void unpark(Agent& agent) {
  const bool is_task = agent.is_task_;   // a thread may be gone after the exchange
  const std::uint32_t before = agent.state_.exchange(Agent::awake, std::memory_order_acq_rel);
  if (before != Agent::parked) { return; }   // it did not leave yet, and notices by itself
  if (is_task) {
    Scheduler::instance().ready(&static_cast<Task&>(agent));
  } else {
    futex_wake(agent.state_);
  }
}

void wait_for_ever(WaitKind kind) {
  Agent& self = current_agent();
  WaitScope waiting(self, kind, nullptr);
  for (;;) {
    self.prepare();
    self.park();
  }
}

void spend_budget() {
  Worker* worker = Scheduler::worker();
  budget = full_budget;
  if (worker != nullptr && worker->current() != nullptr) { Scheduler::instance().yield_current(); }
}

std::uint32_t choose_case(std::uint32_t ready_count) {
  Scheduler& scheduler = Scheduler::instance();
  if (scheduler.decisions() != nullptr) [[unlikely]] {
    return static_cast<std::uint32_t>(scheduler.decisions()->select_case(ready_count));
  }
  std::uint32_t draw = 0;
  if (Worker* worker = Scheduler::worker()) {
    draw = worker->random();
  } else {
    static std::atomic<std::uint64_t> sequence{static_cast<std::uint64_t>(now_ns())};
    draw = static_cast<std::uint32_t>(mix(sequence.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed)));
  }
  return static_cast<std::uint32_t>((std::uint64_t{draw} * ready_count) >> 32);
}

// ---- threads that wait ---------------------------------------------------------------------------------------------

ThreadAgent::ThreadAgent() : Agent(false), os_id(gettid()) { Scheduler::instance().register_thread(*this); }
ThreadAgent::~ThreadAgent() { Scheduler::instance().forget_thread(*this); }

void Scheduler::register_thread(ThreadAgent& agent) {
  {
    FutexGuard guard(threads_lock_);
    agent.next_ = threads_;
    if (threads_ != nullptr) { threads_->previous_ = &agent; }
    threads_ = &agent;
  }
  // Somebody must notice when this thread and all others wait for good.
  ensure_worker();
}

void Scheduler::forget_thread(ThreadAgent& agent) {
  FutexGuard guard(threads_lock_);
  (agent.previous_ != nullptr ? agent.previous_->next_ : threads_) = agent.next_;
  if (agent.next_ != nullptr) { agent.next_->previous_ = agent.previous_; }
}

// ---- the worker: switching -----------------------------------------------------------------------------------------

Worker::Worker(Scheduler& scheduler, int index)
    : scheduler_(scheduler), index_(index), random_(mix(static_cast<std::uint64_t>(now_ns()) +
                                                        reinterpret_cast<std::uintptr_t>(this))) {}

std::uint32_t Worker::random() {
  random_ += 0x9e3779b97f4a7c15u;
  return static_cast<std::uint32_t>(mix(random_) >> 32);
}

__attribute__((noinline)) Worker* Scheduler::worker() {
  // The barrier keeps the compiler from proving this function constant and remembering its answer across a switch.
  asm volatile("" ::: "memory");
  return this_worker;
}

void Worker::run(Task* task) {
  current_ = task;
  from_ = nullptr;
  TENTER_ANNOTATE(tenter_task_switch(task->record_));
  announce_switch(&loop_fake_stack_, task->stack_begin_, task->stack_size_);
  const Arrival arrival = switch_stack(task->context_, this);
  announce_arrival(loop_fake_stack_);
  settle(arrival.from);
}

__attribute__((noinline)) void Worker::leave(Task* next, After after) {
  Task* const self = current_;
  if (added_timer_) [[unlikely]] {
    added_timer_ = false;
    // On its way to the worker's own stack this worker will see to the timer itself.
    if (next != nullptr) { scheduler_.timer_added(true, scheduler_.timers.next(), false); }
  }
  self->exceptions_ = *exceptions_;
  from_ = self;
  after_ = after;
  current_ = next;
  TENTER_ANNOTATE(tenter_task_switch(next != nullptr ? next->record_ : nullptr));
  announce_switch(after == After::end ? nullptr : &self->fake_stack_,
                  next != nullptr ? next->stack_begin_ : thread_stack_,
                  next != nullptr ? next->stack_size_ : thread_stack_size_);
  const Arrival arrival = switch_stack(next != nullptr ? next->context_ : loop_context_, this);
  // Back again, perhaps on another worker: `this` is the one that was left.
  auto* const worker = static_cast<Worker*>(arrival.data);
  announce_arrival(self->fake_stack_);
  worker->settle(arrival.from);
  *worker->exceptions_ = self->exceptions_;
}

__attribute__((noinline)) void Worker::settle(void* from_context) {
  budget = full_budget;
  Task* const from = from_;
  if (from == nullptr) {
    loop_context_ = from_context;
    return;
  }
  from->context_ = from_context;
  switch (after_) {
    case After::enqueue:
      if (is_helper()) {
        scheduler_.ready(from);   // back to the workers, one of which may have to be woken
      } else {
        push(from);
      }
      break;
    case After::park: {
      std::uint32_t expected = Agent::parking;
      if (!from->state_.compare_exchange_strong(expected, Agent::parked, std::memory_order_acq_rel,
                                                std::memory_order_acquire)) {
        scheduler_.ready(from);   // it was woken on its way out
      }
      break;
    }
    case After::end:
      TENTER_ANNOTATE(tenter_task_destroy(from->record_));
      StackPool::instance().release(stacks_, from);
      break;
    case After::help: {
      FutexGuard guard(scheduler_.lock_);
      ++scheduler_.helpers_busy_;
      Worker* helper = scheduler_.helpers_;
      if (helper != nullptr) {
        scheduler_.helpers_ = helper->next_helper_;
        helper->help_with_ = from;
        helper->doze_.store(1, std::memory_order_release);   // pairs with the acquire in help()
        futex_wake(helper->doze_);
      } else {
        helper = new Worker(scheduler_, -1);
        helper->help_with_ = from;
        helper->doze_.store(1, std::memory_order_release);
        pthread_t thread{};
        if (pthread_create(&thread, nullptr, &Scheduler::helper_main, helper) != 0) {
          // No thread to be had: the call then holds up this worker, which is slower but not wrong.
          delete helper;
          --scheduler_.helpers_busy_;
          if (!queue_.push(from)) { run_next_.store(from, std::memory_order_release); }
          break;
        }
        pthread_detach(thread);
        ++scheduler_.helpers_created_;
      }
      break;
    }
  }
}

void Scheduler::task_main(boost::context::detail::transfer_t transfer) {
  Task* self = nullptr;
  {
    auto* const worker = static_cast<Worker*>(transfer.data);
    self = worker->current_;
    announce_arrival(nullptr);
    worker->settle(transfer.fctx);
    *worker->exceptions_ = ExceptionState{};
  }
  TENTER_ANNOTATE(tenter_task_start(self->record_));
  try {
    self->entry_(self->closure_);
  } catch (const Error& error) {
    die_of_exception(*self, error.what(), true);
  } catch (const std::exception& error) {
    die_of_exception(*self, error.what(), false);
  } catch (...) {
    die_of_exception(*self, nullptr, false);
  }
  instance().end_current(self);
}

void Scheduler::end_current(Task* self) {
  TENTER_ANNOTATE(tenter_task_end(self->record_));
  Worker* const here = worker();
  self->phase_.store(Task::Phase::unused, std::memory_order_release);
  self->run_->remove(static_cast<unsigned>(here->index_));
  here->leave(here->pick(false), After::end);
  std::abort();   // the stack is not switched to again
}

// ---- the worker: what next -----------------------------------------------------------------------------------------

bool Worker::timers_due() {
  const std::int64_t next = scheduler_.timers.next();
  return next != never && next <= now_ns();
}

void Worker::push(Task* task) {
  if (scheduler_.decisions_ != nullptr || is_helper()) [[unlikely]] {
    scheduler_.push_global(task);
    return;
  }
  while (!queue_.push(task)) {
    // Half of a full queue goes where every worker finds it.
    std::array<Task*, RunQueue::capacity / 2> half;
    const std::uint32_t count = queue_.grab(half);
    if (count == 0) { continue; }
    for (std::uint32_t i = 0; i + 1 < count; ++i) { half[i]->next_ = half[i + 1]; }
    scheduler_.push_global_chain(half[0], half[count - 1], count);
  }
}

void Worker::flush() {
  if (Task* task = run_next_.exchange(nullptr, std::memory_order_acq_rel)) { scheduler_.push_global(task); }
  while (Task* task = queue_.pop()) { scheduler_.push_global(task); }
}

Task* Worker::pick(bool in_loop) {
  if (is_helper()) { return nullptr; }
  const std::uint32_t tick = tick_.load(std::memory_order_relaxed) + 1;
  tick_.store(tick, std::memory_order_relaxed);
  if (tick % timer_turn == 0 && !in_loop && timers_due()) {
    wants_loop_ = true;
    return nullptr;
  }
  if (scheduler_.decisions_ != nullptr) [[unlikely]] { return scheduler_.pick_decided(); }
  if (tick % global_turn == 0) {
    if (index_ >= scheduler_.max_workers()) {
      wants_loop_ = true;
      return nullptr;
    }
    if (Task* task = scheduler_.pop_global(*this)) { return task; }
  }
  for (;;) {
    Task* task = nullptr;
    if (run_next_.load(std::memory_order_relaxed) != nullptr && streak_ < longest_streak) {
      ++streak_;
      task = run_next_.exchange(nullptr, std::memory_order_acq_rel);
    }
    if (task == nullptr) {
      streak_ = 0;
      task = queue_.pop();
    }
    if (task == nullptr && run_next_.load(std::memory_order_relaxed) != nullptr) {
      task = run_next_.exchange(nullptr, std::memory_order_acq_rel);
    }
    if (task == nullptr) { return scheduler_.pop_global(*this); }
    if (!scheduler_.abandoned(task)) { return task; }
  }
}

Task* Worker::steal(bool run_next_too) {
  const int count = scheduler_.created_.load(std::memory_order_acquire);
  if (count < 2) { return nullptr; }
  const int start = static_cast<int>(random() % static_cast<unsigned>(count));
  for (int i = 0; i < count; ++i) {
    Worker* const victim = scheduler_.workers_[static_cast<std::size_t>((start + i) % count)].load(std::memory_order_acquire);
    if (victim == nullptr || victim == this) { continue; }
    std::array<Task*, RunQueue::capacity / 2> loot;
    const std::uint32_t taken = victim->queue_.grab(loot);
    if (taken > 0) {
      for (std::uint32_t k = 1; k < taken; ++k) { push(loot[k]); }
      return loot[0];
    }
    if (run_next_too && victim->run_next_.load(std::memory_order_relaxed) != nullptr) {
      if (Task* task = victim->run_next_.exchange(nullptr, std::memory_order_acq_rel)) { return task; }
    }
  }
  return nullptr;
}

Task* Worker::found(Task* task) {
  if (spinning_) {
    spinning_ = false;
    // This one no longer looks for work. Where there was some, there may be more.
    scheduler_.spinning_.fetch_sub(1, std::memory_order_seq_cst);
    scheduler_.wake_if_needed();
  }
  return task;
}

Task* Worker::find() {
  for (;;) {
    wants_loop_ = false;
    if (timers_due()) { scheduler_.timers.fire_due(now_ns()); }
    if (index_ >= scheduler_.max_workers()) {
      flush();
      scheduler_.wake_if_needed();
    } else {
      if (Task* task = pick(true)) { return found(task); }
      if (scheduler_.decisions_ == nullptr && scheduler_.created_.load(std::memory_order_relaxed) > 1) {
        if (!spinning_) {
          spinning_ = true;
          scheduler_.spinning_.fetch_add(1, std::memory_order_seq_cst);
        }
        for (int round = 0; round < spin_rounds; ++round) {
          // A task in another worker's run_next_ is about to run there. It is taken only if that worker is busy with
          // something long, that is, still there after all the rounds.
          if (Task* task = steal(round + 1 == spin_rounds)) {
            if (!scheduler_.abandoned(task)) { return found(task); }
          }
          if (Task* task = scheduler_.pop_global(*this)) { return found(task); }
          for (int i = 0; i < pauses_per_round; ++i) { cpu_relax(); }
        }
      }
    }
    idle();
  }
}

void Worker::idle() {
  scheduler_.lock_.lock();
  const bool retired = index_ >= scheduler_.max_workers();
  if (!retired && scheduler_.global_size_.load(std::memory_order_relaxed) > 0) {
    scheduler_.lock_.unlock();
    return;
  }
  doze_.store(0, std::memory_order_relaxed);
  const bool was_spinning = spinning_;
  spinning_ = false;   // from here on, whoever wakes this worker sets it
  is_idle_ = true;
  ++scheduler_.idle_;
  if (!retired && (scheduler_.watcher_ == nullptr ||
                   scheduler_.watch_until_.load(std::memory_order_relaxed) > scheduler_.timers.next())) {
    scheduler_.watcher_ = this;
    scheduler_.watch_until_.store(scheduler_.timers.next(), std::memory_order_seq_cst);
  }
  scheduler_.count_sleepers_locked();
  scheduler_.lock_.unlock();

  if (was_spinning) { scheduler_.spinning_.fetch_sub(1, std::memory_order_seq_cst); }
  // Whoever made work in the meantime may have seen that somebody was looking, and woken nobody.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const auto get_up = [this] {
    FutexGuard guard(scheduler_.lock_);
    if (is_idle_) {
      is_idle_ = false;
      --scheduler_.idle_;
      if (scheduler_.watcher_ == this) {
        scheduler_.watcher_ = nullptr;
        scheduler_.watch_until_.store(never, std::memory_order_seq_cst);
      }
      scheduler_.count_sleepers_locked();
    }
  };
  if (!retired && scheduler_.work_visible(*this)) {
    get_up();
    return;
  }

  AsleepCheck check(scheduler_);
  std::int64_t poll_ns = 0;   // look at once: most programs that sleep for good have no other threads
  for (;;) {
    bool watching = false;
    {
      FutexGuard guard(scheduler_.lock_);
      if (!is_idle_) { return; }   // woken
      watching = scheduler_.watcher_ == this;
      if (watching) { scheduler_.watch_until_.store(scheduler_.timers.next(), std::memory_order_seq_cst); }
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);   // pairs with the fence in timer_added()
    std::int64_t until = -1;
    if (watching) {
      const std::int64_t next = scheduler_.timers.next();
      const std::int64_t now = now_ns();
      if (next <= now) {
        get_up();
        scheduler_.timers.fire_due(now);
        // While this worker runs what has just become ready, another one must watch the timers that remain.
        if (scheduler_.timers.next() != never) { scheduler_.wake_if_needed(); }
        return;
      }
      if (next != never) { until = next; }
      switch (check.look()) {
        case AsleepCheck::Answer::asleep:
          check.report();
        case AsleepCheck::Answer::nobody_waits:
          poll_ns = longest_poll_ns;
          break;
        case AsleepCheck::Answer::somebody_may_wake:
          poll_ns = poll_ns == 0 ? first_poll_ns : poll_ns * 2 < longest_poll_ns ? poll_ns * 2 : longest_poll_ns;
          if (until < 0 || now + poll_ns < until) { until = now + poll_ns; }
          break;
      }
    }
    futex_wait(doze_, 0, until);
  }
}

void Worker::loop() {
  for (;;) { run(find()); }
}

void Worker::help() {
  for (;;) {
    while (doze_.load(std::memory_order_acquire) == 0) { futex_wait(doze_, 0); }   // pairs with settle()
    Task* const task = help_with_;
    doze_.store(0, std::memory_order_relaxed);
    run(task);
    FutexGuard guard(scheduler_.lock_);
    --scheduler_.helpers_busy_;
    next_helper_ = scheduler_.helpers_;
    scheduler_.helpers_ = this;
  }
}

// ---- the scheduler -------------------------------------------------------------------------------------------------

Scheduler::Scheduler() : max_workers_(workers_from_environment()), run_(new Run) { count_sleepers_locked(); }

Scheduler& Scheduler::instance() {
  static Scheduler* const scheduler = new Scheduler;   // never destroyed: workers run until the process ends
  return *scheduler;
}

bool Scheduler::abandoned(const Task* task) const { return task->run_ != run_.load(std::memory_order_relaxed); }

void* Scheduler::worker_main(void* argument) {
  auto* const worker = static_cast<Worker*>(argument);
  this_worker = worker;
  worker->exceptions_ = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  if (__sanitizer_start_switch_fiber != nullptr) {
    pthread_attr_t attributes;
    void* stack = nullptr;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      pthread_attr_getstack(&attributes, &stack, &worker->thread_stack_size_);
      pthread_attr_destroy(&attributes);
    }
    worker->thread_stack_ = stack;
  }
  TENTER_ANNOTATE(tenter_thread_is_worker());
  if (worker->is_helper()) {
    worker->help();
  } else {
    worker->loop();
  }
  return nullptr;
}

void* Scheduler::helper_main(void* worker) { return worker_main(worker); }

void Scheduler::count_sleepers_locked() {
  const int allowed = max_workers();
  const int created = created_.load(std::memory_order_relaxed);
  int sleepers = created < allowed ? allowed - created : 0;
  if (idle_ > 0) {
    for (int i = 0; i < created && i < allowed; ++i) {
      const Worker* worker = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
      if (worker->is_idle_) { ++sleepers; }
    }
  }
  sleepers_.store(sleepers, std::memory_order_seq_cst);
}

bool Scheduler::start_worker_locked() {
  const int index = created_.load(std::memory_order_relaxed);
  if (index >= max_workers()) { return false; }
  auto* const worker = new Worker(*this, index);
  worker->spinning_ = true;
  workers_[static_cast<std::size_t>(index)].store(worker, std::memory_order_release);
  created_.store(index + 1, std::memory_order_release);
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, &Scheduler::worker_main, worker) != 0) {
    created_.store(index, std::memory_order_release);
    workers_[static_cast<std::size_t>(index)].store(nullptr, std::memory_order_release);
    // A thief may still look at the worker, so it stays.
    if (index == 0) { throw Error("tenter: the first worker thread cannot be started"); }
    max_workers_.store(index, std::memory_order_relaxed);   // this is all that the machine gives
    count_sleepers_locked();
    return false;
  }
  pthread_detach(thread);
  count_sleepers_locked();
  return true;
}

void Scheduler::wake_locked(Worker& sleeper) {
  sleeper.is_idle_ = false;
  --idle_;
  if (watcher_ == &sleeper) {
    watcher_ = nullptr;
    watch_until_.store(never, std::memory_order_seq_cst);
  }
  count_sleepers_locked();
  sleeper.doze_.store(1, std::memory_order_release);
  futex_wake(sleeper.doze_);
}

void Scheduler::wake_if_needed() {
  if (sleepers_.load(std::memory_order_seq_cst) > 0 && spinning_.load(std::memory_order_seq_cst) == 0) { wake_one(); }
}

__attribute__((noinline)) void Scheduler::wake_one() {
  int none = 0;
  // One that looks for work at a time is enough: it wakes the next when it finds some.
  if (!spinning_.compare_exchange_strong(none, 1, std::memory_order_seq_cst)) { return; }
  FutexGuard guard(lock_);
  const int limit = created_.load(std::memory_order_relaxed) < max_workers() ? created_.load(std::memory_order_relaxed)
                                                                             : max_workers();
  Worker* chosen = nullptr;
  for (int i = 0; i < limit; ++i) {
    Worker* const worker = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (!worker->is_idle_) { continue; }
    chosen = worker;
    if (worker != watcher_) { break; }   // the watcher is left to its timers, if there is another
  }
  if (chosen != nullptr) {
    chosen->spinning_ = true;
    wake_locked(*chosen);
  } else if (!start_worker_locked()) {
    spinning_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

void Scheduler::ensure_worker() {
  FutexGuard guard(lock_);
  if (created_.load(std::memory_order_relaxed) == 0) {
    spinning_.fetch_add(1, std::memory_order_seq_cst);
    start_worker_locked();
  } else if (watcher_ != nullptr) {
    wake_locked(*watcher_);
  }
}

bool Scheduler::work_visible(const Worker& asking) const {
  if (global_size_.load(std::memory_order_seq_cst) > 0) { return true; }
  if (decisions_ != nullptr) { return false; }
  const int count = created_.load(std::memory_order_acquire);
  for (int i = 0; i < count; ++i) {
    const Worker* worker = workers_[static_cast<std::size_t>(i)].load(std::memory_order_acquire);
    if (worker == nullptr || worker == &asking) { continue; }
    if (!worker->queue_.empty() || worker->run_next_.load(std::memory_order_seq_cst) != nullptr) { return true; }
  }
  return false;
}

void Scheduler::push_global_chain(Task* first, Task* last, std::size_t count) {
  FutexGuard guard(lock_);
  if (decisions_ != nullptr) [[unlikely]] {
    for (Task* task = first;; task = task->next_) {
      decidable_.push_back(task);
      if (task == last) { break; }
    }
  } else {
    last->next_ = nullptr;
    (global_last_ != nullptr ? global_last_->next_ : global_first_) = first;
    global_last_ = last;
  }
  global_size_.fetch_add(count, std::memory_order_seq_cst);
}

void Scheduler::push_global(Task* task) { push_global_chain(task, task, 1); }

Task* Scheduler::pop_global(Worker& worker) {
  while (global_size_.load(std::memory_order_relaxed) > 0) {
    Task* first = nullptr;
    std::size_t count = 0;
    {
      FutexGuard guard(lock_);
      const std::size_t size = global_size_.load(std::memory_order_relaxed);
      if (size == 0) { return nullptr; }
      // A fair share, and no more than half a queue.
      const std::size_t parts = static_cast<std::size_t>(max_workers());
      count = size / parts + 1;
      if (count > size) { count = size; }
      if (count > RunQueue::capacity / 2) { count = RunQueue::capacity / 2; }
      first = global_first_;
      Task* last = first;
      for (std::size_t i = 1; i < count; ++i) { last = last->next_; }
      global_first_ = last->next_;
      if (global_first_ == nullptr) { global_last_ = nullptr; }
      last->next_ = nullptr;
      global_size_.fetch_sub(count, std::memory_order_relaxed);
    }
    Task* result = nullptr;
    for (Task* task = first; task != nullptr;) {
      Task* const next = task->next_;
      if (!abandoned(task)) {
        if (result == nullptr) {
          result = task;
        } else {
          worker.push(task);
        }
      }
      task = next;
    }
    if (result != nullptr) { return result; }
  }
  return nullptr;
}

Task* Scheduler::pick_decided() {
  FutexGuard guard(lock_);
  std::erase_if(decidable_, [this](const Task* task) { return abandoned(task); });
  global_size_.store(decidable_.size(), std::memory_order_relaxed);
  if (decidable_.empty()) { return nullptr; }
  decidable_ids_.clear();
  for (const Task* task : decidable_) { decidable_ids_.push_back(task->id_); }
  std::size_t choice = decisions_->next_task(decidable_ids_);
  if (choice >= decidable_.size()) { choice = 0; }
  Task* const task = decidable_[choice];
  decidable_.erase(decidable_.begin() + static_cast<std::ptrdiff_t>(choice));
  global_size_.fetch_sub(1, std::memory_order_relaxed);
  return task;
}

void Scheduler::ready(Task* task) {
  Worker* const here = worker();
  if (here != nullptr && !here->is_helper() && decisions_ == nullptr) {
    if (Task* previous = here->run_next_.exchange(task, std::memory_order_seq_cst)) {
      here->push(previous);
      std::atomic_thread_fence(std::memory_order_seq_cst);   // before looking for sleepers; pairs with idle()
    }
  } else {
    push_global(task);
  }
  wake_if_needed();
}

void Scheduler::park_current() {
  Worker* const here = worker();
  Task* const self = here->current_;
  if (self->state_.load(std::memory_order_acquire) == Agent::awake) { return; }   // woken already
  here->leave(here->pick(false), After::park);
}

void Scheduler::yield_current() {
  Worker* const here = worker();
  if (here == nullptr || here->current_ == nullptr) {
    sched_yield();
    return;
  }
  if (here->is_helper() && !abandoned(here->current_)) { return; }
  Task* next = nullptr;
  if (decisions_ != nullptr) {
    // The one that yields is among those to choose from; the worker's own stack chooses, once it is queued.
    here->leave(nullptr, After::enqueue);
    return;
  }
  next = here->pick(false);
  if (next == nullptr && !here->wants_loop_ && !abandoned(here->current_)) { return; }
  here->leave(next, After::enqueue);
}

void Scheduler::begin_help() {
  Worker* const here = worker();
  if (here == nullptr || here->current_ == nullptr || here->is_helper()) { return; }
  here->leave(here->pick(false), After::help);
}

void Scheduler::end_help() {
  Worker* const here = worker();
  if (here == nullptr || !here->is_helper()) { return; }
  here->leave(nullptr, After::enqueue);
}

// ---- tasks ---------------------------------------------------------------------------------------------------------

Task* Scheduler::prepare(std::size_t stack_size) {
  Worker* const here = worker();
  Task* task = nullptr;
  if (here != nullptr && stack_size == 0) {
    task = StackPool::instance().acquire(here->stacks_);
  } else {
    task = StackPool::instance().acquire(stack_size);
  }
  if (tenter_fresh_memory != nullptr) { tenter_fresh_memory(task->stack_begin_, task->stack_size_); }
  if (here != nullptr) {
    if (here->next_id_ == here->ids_end_) {
      const std::uint64_t block = decisions_ != nullptr ? 1 : ids_at_once;
      here->next_id_ = next_ids_.fetch_add(block, std::memory_order_relaxed);
      here->ids_end_ = here->next_id_ + block;
    }
    task->id_ = here->next_id_++;
  } else {
    task->id_ = next_ids_.fetch_add(1, std::memory_order_relaxed);
  }
  return task;
}

void Scheduler::discard(Task* task) {
  task->name_.clear();
  StackPool::instance().release(task);
}

void Scheduler::launch(Task* task, void (*entry)(void*), void* closure, const void* created_at, void* record) {
  Worker* const here = worker();
  task->entry_ = entry;
  task->closure_ = closure;
  task->created_at_ = created_at;
  task->record_ = record;
  task->waits_for.store(WaitKind::none, std::memory_order_relaxed);
  task->fake_stack_ = nullptr;
  task->state_.store(Agent::awake, std::memory_order_relaxed);
  // The child of an abandoned task is abandoned, too.
  task->run_ = here != nullptr && here->current_ != nullptr ? here->current_->run_ : run();
  // The closure lies at the top of the stack where it fits; the stack proper begins below it.
  char* const top = closure >= task->stack_begin_ && closure < static_cast<void*>(task)
                        ? static_cast<char*>(closure)
                        : reinterpret_cast<char*>(task);
  task->context_ = make_stack_context(task->stack_begin_, static_cast<std::size_t>(top - task->stack_begin_), &task_main);
  task->run_->add(here != nullptr ? static_cast<unsigned>(here->index_) : 0);
  task->phase_.store(Task::Phase::live, std::memory_order_release);
  ready(task);
}

void Scheduler::end_run() {
  FutexGuard guard(lock_);
  Run* const old = run();
  Run* fresh = nullptr;
  for (Run*& retired : retired_runs_) {
    if (retired->live() == 0) {   // nobody refers to it any more
      fresh = retired;
      retired = old;
      break;
    }
  }
  if (fresh == nullptr) {
    retired_runs_.push_back(old);
    fresh = new Run;
  }
  run_.store(fresh, std::memory_order_release);
  run_serial.fetch_add(1, std::memory_order_release);
  in_run_ = false;
}

void Scheduler::run_main(void (*entry)(void*), void* closure, const void* created_at) {
  if (worker() != nullptr) { throw Error("run() was called by a task; start tasks with go()"); }
  {
    FutexGuard guard(lock_);
    if (in_run_) { throw Error("run() was called while another thread is inside run()"); }
    in_run_ = true;
  }
  ThreadAgent& self = this_thread_agent();
  struct Main {
    void (*entry)(void*);
    void* closure;
    Agent* waiter;
  } main_task{entry, closure, &self};
  self.prepare();
  self.waits_in_run = true;
  Task* const task = prepare(0);
  task->name_ = "main";
  task->is_main_ = true;
  void* record = nullptr;
  TENTER_ANNOTATE(record = tenter_task_create(0, "main", 4));
  launch(
      task,
      [](void* argument) {
        auto& body = *static_cast<Main*>(argument);
        body.entry(body.closure);
        // What the main task did happened before run() returns.
        Agent* const waiter = body.waiter;
        TENTER_ANNOTATE(tenter_release(waiter));
        Scheduler::instance().end_run();
        unpark(*waiter);
      },
      &main_task, created_at, record);
  self.park();
  self.waits_in_run = false;
  TENTER_ANNOTATE(tenter_acquire(&self));
}

// ---- settings ------------------------------------------------------------------------------------------------------

void Scheduler::timer_added(bool first, std::int64_t when, bool caller_parks) {
  if (!first) { return; }
  Worker* const here = worker();
  if (caller_parks && here != nullptr && !here->is_helper()) {
    here->added_timer_ = true;   // see Worker::leave()
    return;
  }
  if (created_.load(std::memory_order_acquire) == 0) {
    ensure_worker();
    return;
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);   // the new time is published; pairs with watch_until_'s stores
  if (when >= watch_until_.load(std::memory_order_seq_cst)) { return; }
  FutexGuard guard(lock_);
  if (watcher_ != nullptr) {
    wake_locked(*watcher_);
    return;
  }
  // Nobody watches. A worker that is idle must; where none is, the busy ones look between tasks.
  for (int i = 0; i < created_.load(std::memory_order_relaxed) && i < max_workers(); ++i) {
    Worker* const sleeper = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
    if (sleeper->is_idle_) {
      wake_locked(*sleeper);
      return;
    }
  }
}

void Scheduler::set_max_workers(int n) {
  if (n < 1) { n = 1; }
  if (n > most_workers) { n = most_workers; }
  {
    FutexGuard guard(lock_);
    if (decisions_ != nullptr) {
      max_workers_before_ = n;
      return;
    }
    max_workers_.store(n, std::memory_order_seq_cst);
    // Whoever sleeps as a worker too many, or is one no longer, finds its new place by itself.
    const int created = created_.load(std::memory_order_relaxed);
    for (int i = 0; i < created; ++i) {
      Worker* const sleeper = workers_[static_cast<std::size_t>(i)].load(std::memory_order_relaxed);
      if (sleeper->is_idle_) { wake_locked(*sleeper); }
    }
    count_sleepers_locked();
  }
  wake_if_needed();
}

void Scheduler::install(Decisions* decisions) {
  FutexGuard guard(lock_);
  if (decisions != nullptr && decisions_ == nullptr) {
    max_workers_before_ = max_workers();
    max_workers_.store(1, std::memory_order_seq_cst);
  } else if (decisions == nullptr && decisions_ != nullptr) {
    max_workers_.store(max_workers_before_, std::memory_order_seq_cst);
  }
  decisions_ = decisions;
  count_sleepers_locked();
}

void install_decisions(Decisions* decisions) { Scheduler::instance().install(decisions); }

std::size_t SeededDecisions::below(std::size_t bound) {
  state_ += 0x9e3779b97f4a7c15u;
  return static_cast<std::size_t>(mix(state_) % bound);
}

}  // namespace tenter::detail
