// WholeRun keeps the synchronization of a whole run for people to look at: its steps, its waits, and which of them happens
// before which, arrows that others imply left out. Of a long run it keeps the beginning and counts the rest.
//
//   WholeRun whole(/*most_steps=*/100'000);
//   HappensBefore order;
//   for each step of the run: order.observe(step); whole.observe(step, order);
//   const Timeline timeline = whole.finish();
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "timeline/timelines.h"

namespace tenter::analysis {

class WholeRun {
 public:
  explicit WholeRun(std::size_t most_steps) : most_steps_(most_steps) {}

  // After `order` has seen the step. One thread at a time.
  void observe(const Step& step, const HappensBefore& order);
  // Call once, after the last step.
  Timeline finish();

 private:
  struct Seen {
    std::size_t step = 0;     // in timeline_.steps
    std::uint32_t count = 0;  // of the epoch in which it was
    VectorClock clock;        // after it
  };
  struct Lane {
    std::vector<Seen> seen;
    std::optional<std::size_t> wait;  // in timeline_.steps, while the task waits
  };

  void learn(const Seen& now, const VectorClock& before, TaskId self);

  std::size_t most_steps_;
  std::uint64_t position_ = 0;
  Timeline timeline_;
  std::unordered_map<std::uint32_t, Lane> lanes_;  // by task
};

}  // namespace tenter::analysis
