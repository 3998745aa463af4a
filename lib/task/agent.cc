// Who waits and how: a task leaves its worker, an ordinary thread blocks.
#include "task/scheduler.h"

#include <pthread.h>
#include <unistd.h>

#include "task/clock.h"
#include "task/random.h"

namespace tenter::detail {
namespace {

// The words of a thread that is no worker, made on its first wait and gone with the thread.
pthread_key_t thread_agent_key() {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    pthread_key_create(&made, [](void* agent) { delete static_cast<ThreadAgent*>(agent); });
    return made;
  }();
  return key;
}

}  // namespace

ThreadAgent& this_thread_agent() {
  const pthread_key_t key = thread_agent_key();
  auto* agent = static_cast<ThreadAgent*>(pthread_getspecific(key));
  if (agent == nullptr) {
    agent = new ThreadAgent;
    pthread_setspecific(key, agent);
  }
  return *agent;
}

Agent* current_task() {
  Worker* const worker = Scheduler::worker();
  return worker != nullptr ? worker->current() : nullptr;
}

Agent& current_agent() {
  if (Agent* const task = current_task()) { return *task; }
  ThreadAgent& agent = this_thread_agent();
  RecentTime::set(coarse_clock_ns());
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
    if (state_.load(std::memory_order_acquire) == awake) { return; }  // pairs with the exchange in unpark()
    cpu_relax();
  }
  static_cast<ThreadAgent*>(this)->parked_with = read_registers();
  times_parked_.fetch_add(1, std::memory_order_relaxed);
  std::uint32_t expected = parking;
  if (!state_.compare_exchange_strong(expected, parked, std::memory_order_acq_rel, std::memory_order_acquire)) {
    return;
  }
  while (state_.load(std::memory_order_acquire) == parked) { futex_wait(state_, parked); }
}

void unpark(Agent& agent) {
  const bool is_task = agent.is_task_;  // a thread may be gone after the exchange
  const std::uint32_t before = agent.state_.exchange(Agent::awake, std::memory_order_acq_rel);
  if (before != Agent::parked) { return; }  // it did not leave yet, and notices by itself
  if (is_task) {
    Scheduler::instance().ready(&static_cast<Task&>(agent));
  } else {
    futex_wake(agent.state_);
  }
}

bool others_run() {
  const Worker* const here = Scheduler::worker();
  return here == nullptr || Scheduler::instance().others_run();
}

bool let_others_run() {
  Worker* const here = Scheduler::worker();
  if (here == nullptr || here->current() == nullptr) { return false; }
  Scheduler& scheduler = Scheduler::instance();
  return !scheduler.decides(here) && scheduler.yield_current();
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
  if (tenter_recording() && Budget::get() >= heard_budget) { return; }
  Worker* const worker = Scheduler::worker();
  if (worker == nullptr || worker->current() == nullptr) {
    Budget::set(budget_of(full_budget));
    return;
  }
  Scheduler& scheduler = Scheduler::instance();
  Budget::set(worker->is_helper() ? budget_of(full_budget) : scheduler.calls_per_turn());
  if (scheduler.decides(worker)) {
    scheduler.decide_at_call();
  } else {
    scheduler.end_turn();
  }
}

std::uint32_t choose_case(std::uint32_t ready_count) {
  Scheduler& scheduler = Scheduler::instance();
  Worker* const worker = Scheduler::worker();
  if (scheduler.decides(worker)) [[unlikely]] {
    const std::size_t choice = scheduler.decisions()->select_case(ready_count);
    return choice < ready_count ? static_cast<std::uint32_t>(choice) : 0;
  }
  std::uint32_t draw = 0;
  if (worker != nullptr) {
    draw = worker->random();
  } else {
    static std::atomic<std::uint64_t> sequence{static_cast<std::uint64_t>(now_ns())};
    draw = static_cast<std::uint32_t>(mix(sequence.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed)));
  }
  return static_cast<std::uint32_t>((std::uint64_t{draw} * ready_count) >> 32);
}

// ---- threads, as far as they wait --------------------------------------------------------------------------------------

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

}  // namespace tenter::detail
