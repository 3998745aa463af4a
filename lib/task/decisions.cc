// The scheduler while its decisions are made by somebody else: one worker, which asks before each step.
#include "task/decisions.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "task/clock.h"
#include "task/environment.h"
#include "task/random.h"
#include "task/scheduler.h"

namespace tenter::detail {
namespace {

std::optional<std::uint64_t> parse_seed(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seed, base);
  if (parsed.ec != std::errc() || parsed.ptr != end) { return {}; }
  return seed;
}

void pass_step() {
  virtual_now.store(virtual_now.load(std::memory_order_relaxed) + virtual_step_ns, std::memory_order_relaxed);
}

}  // namespace

std::size_t SeededDecisions::below(std::size_t bound) {
  state_ += 0x9e3779b97f4a7c15u;
  return static_cast<std::size_t>(mix(state_) % bound);
}

Decisions* decisions_from_environment() {
  const char* const text = std::getenv("TENTER_SCHEDULER");
  if (text == nullptr || *text == 0) { return nullptr; }
  constexpr std::string_view prefix = "seeded:";
  std::string_view asked = text;
  if (asked.starts_with(prefix)) {
    asked.remove_prefix(prefix.size());
    if (const auto seed = parse_seed(asked)) { return new SeededDecisions(*seed); }
  }
  refuse_setting("TENTER_SCHEDULER", text,
                 "seeded:SEED with a 64-bit number (123, 0x7b), or empty for the ordinary scheduler");
}

void install_decisions(Decisions* decisions) { Scheduler::instance().install(decisions); }

void Scheduler::install(Decisions* decisions) {
  FutexGuard guard(lock_);
  if (decisions != nullptr && decisions_ == nullptr) {
    max_workers_before_ = max_workers();
    max_workers_.store(1, std::memory_order_seq_cst);
  } else if (decisions == nullptr && decisions_ != nullptr) {
    max_workers_.store(max_workers_before_, std::memory_order_seq_cst);
  }
  decisions_ = decisions;
  calls_per_turn_.store(budget_of(decisions != nullptr ? 0 : full_budget), std::memory_order_relaxed);
  // Tasks that are still queued change over to the queue that is looked at now.
  if (decisions != nullptr && !global_.empty()) {
    std::vector<Task*> queued(global_.size());
    global_.pop(queued);
    push_decidable_locked(queued);
  } else if (decisions == nullptr) {
    global_.push(decidable_);
    decidable_.clear();
    decidable_ids_.clear();
  }
  virtual_now.store(decisions != nullptr ? now_ns() : 0, std::memory_order_relaxed);
  wake_idle_locked();
  count_sleepers_locked();
}

void Scheduler::push_decidable_locked(std::span<Task* const> tasks) {
  for (Task* const task : tasks) {
    if (abandoned(task)) { continue; }
    decidable_.push_back(task);
    decidable_ids_.push_back(task->id_);
  }
  global_size_.store(decidable_.size(), std::memory_order_seq_cst);
}

void Scheduler::forget_left_over() {
  FutexGuard timers_guard(timers.lock);
  timers.remove_left_over_locked();
  FutexGuard guard(lock_);
  std::erase_if(decidable_, [this](const Task* task) { return abandoned(task); });
  decidable_ids_.clear();
  for (const Task* task : decidable_) { decidable_ids_.push_back(task->id_); }
  global_size_.store(decidable_.size(), std::memory_order_relaxed);
}

void Scheduler::fire_decided() {
  FutexGuard guard(timers.lock);
  for (;;) {
    const std::int64_t now = clock_ns();
    const auto due = timers.due_locked(now);
    if (due.empty() || decisions() == nullptr) { return; }
    const bool may_wait = global_size_.load(std::memory_order_relaxed) > 0;
    std::size_t choice = decisions()->next_timer(due.size(), may_wait);
    if (choice == due.size() && may_wait) { return; }
    if (choice >= due.size()) { choice = 0; }
    timers.fire_locked(*due[choice], now);
  }
}

Task* Scheduler::pick_decided() {
  fire_decided();
  FutexGuard guard(lock_);
  if (decidable_.empty() || decisions() == nullptr) { return nullptr; }
  std::size_t choice = decisions()->next_task(decidable_ids_);
  if (choice >= decidable_.size()) { choice = 0; }
  Task* const task = decidable_[choice];
  const auto place = static_cast<std::ptrdiff_t>(choice);
  decidable_.erase(decidable_.begin() + place);
  decidable_ids_.erase(decidable_ids_.begin() + place);
  global_size_.store(decidable_.size(), std::memory_order_relaxed);
  pass_step();
  RecentTime::set(clock_ns());
  return task;
}

void Scheduler::decide_at_call() {
  pass_step();
  const bool others = global_size_.load(std::memory_order_relaxed) > 0 || timers.next() <= clock_ns();
  if (others && decisions()->switch_at_call()) { yield_current(); }
}

}  // namespace tenter::detail
