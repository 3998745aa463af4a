// SyncRules says of every step what must have been done before it in any order of the same steps, whatever values the program
// computes: by counting, object by object. It knows nothing of clocks, locks and memory.
//
// A track is a row of steps of one kind on one object: the posts of a semaphore, the adds of a wait group, the steps of a
// task. A step may be the next of a track, and may need the first n steps of a track to be done.
#pragma once
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "order/step.h"

namespace tenter::analysis {

class SyncRules {
 public:
  struct Rule {
    std::uint32_t track = 0;
    std::uint32_t number = 0;  // of a need: how many; of a member: which, from 0
  };
  struct Rules {
    std::vector<Rule> needs, member_of;
  };
  // Told of every step once, in the order of the run. True if others may depend on the step, or it on them.
  bool observe(const Step& step, Rules& rules);
  std::uint32_t tracks() const { return static_cast<std::uint32_t>(lengths_.size()); }

 private:
  enum class Row : std::uint8_t {
    task,
    created,
    condition,
    once,
    arrivals,
    posts,
    taken,
    looks,
    releases,
    adds,
    dones,
    waits,
    channel,
    lock_life,
    completed
  };
  std::uint32_t track(Row row, std::uint64_t object);
  void needs_all(Rules& rules, Row row, std::uint64_t object);
  void joins(Rules& rules, Row row, std::uint64_t object);
  // Joins the row and needs all that came before: the row keeps its order, without gaps.
  void keeps_order(Rules& rules, Row row, std::uint64_t object) {
    needs_all(rules, row, object);
    joins(rules, row, object);
  }
  bool synchronization(const Step& step, Rules& rules);
  void forget(std::uint64_t begin, std::uint64_t size);

  std::map<std::pair<std::uint64_t, Row>, std::uint32_t> tracks_;  // the object that has the address now
  std::vector<std::uint32_t> lengths_;
  std::unordered_map<std::uint32_t, std::uint64_t> waits_on_;  // task -> condition
  std::unordered_map<std::uint64_t, std::uint64_t> sizes_;     // of blocks of memory
};

}  // namespace tenter::analysis
