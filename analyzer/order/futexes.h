// Futexes: was somebody who waits on one woken, without having got to it yet? A wait and the system call that ends it are
// ordered by nothing, so this goes by the word in between: whoever waits has looked at it before, and whoever was woken since
// that look may be on its way.
#pragma once
#include <cstdint>
#include <unordered_map>

#include "order/step.h"

namespace tenter::analysis {

// One thread at a time. Any sequence of steps is taken.
class Futexes {
 public:
  void observe(const Step& step) {
    ++steps_;
    if (!is_atomic(step.event) || !words_.empty()) see(step);
  }
  bool may_be_on_its_way(TaskId waiter, std::uint64_t word) const;

 private:
  struct Word {
    std::uint64_t woken = 0;                                  // the step of the last wake; 0: none
    std::unordered_map<std::uint32_t, std::uint64_t> looked;  // by task: the step of its last operation on the word
  };

  void see(const Step& step);

  std::unordered_map<std::uint64_t, Word> words_;  // that were waited on, or woken
  std::uint64_t steps_ = 0;
};

}  // namespace tenter::analysis
