#include "check/stages.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "base/check.h"

namespace tenter::analysis {

std::size_t Stages::add(std::vector<std::size_t> after, Work work) {
  TENTER_CHECK(after.empty() == stages_.empty(), "only the first stage comes after nothing");
  stages_.push_back({std::move(after), std::move(work)});
  return stages_.size() - 1;
}

bool Stages::ready(std::size_t number) const {
  const Stage& stage = stages_[number];
  if (stage.busy) return false;
  if (number == 0) {
    // A slot is free when all stages are through with what was in it.
    return !last_is_filled_ &&
           std::ranges::all_of(stages_, [&](const Stage& other) { return stage.done < other.done + slots_; });
  }
  return std::ranges::all_of(stage.after, [&](std::size_t before) { return stage.done < stages_[before].done; });
}

bool Stages::finished() const {
  return last_is_filled_ &&
         std::ranges::all_of(stages_, [&](const Stage& stage) { return stage.done == stages_[0].done; });
}

void Stages::take_turns() {
  std::unique_lock lock(mutex_);
  while (failure_ == nullptr && !finished()) {
    // What is nearest to its end comes first, so that the pieces under way stay few and in the cache.
    std::size_t number = stages_.size();
    while (number > 0 && !ready(number - 1)) --number;
    if (number == 0) {
      changed_.wait(lock);
      continue;
    }
    Stage& stage = stages_[number - 1];
    stage.busy = true;
    const auto slot = static_cast<std::size_t>(stage.done % slots_);
    lock.unlock();
    bool more = true;
    std::exception_ptr failure;
    try {
      more = stage.work(slot);
    } catch (...) { failure = std::current_exception(); }
    lock.lock();
    stage.busy = false;
    if (failure != nullptr && failure_ == nullptr) failure_ = failure;
    if (number == 1 && !more) {
      last_is_filled_ = true;
    } else {
      ++stage.done;
    }
    changed_.notify_all();
  }
}

void Stages::run(unsigned threads) {
  std::vector<std::thread> others;
  // Each stage is one thread's at a time.
  const std::size_t most = std::min<std::size_t>(threads, stages_.size());
  others.reserve(most);
  for (std::size_t i = 1; i < most; ++i) {
    try {
      others.emplace_back([this] { take_turns(); });
    } catch (const std::system_error&) {
      break;  // the machine gives no more of them
    }
  }
  take_turns();
  for (std::thread& other : others) other.join();
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

}  // namespace tenter::analysis
