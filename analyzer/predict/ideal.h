// Ideal is a set of events, a prefix of every task, that grows. It always holds what its events need (TraceTable), and says
// which acquires are new in it.
#pragma once
#include <cstdint>
#include <vector>

#include "predict/trace_table.h"

namespace tenter::analysis {

class Ideal {
 public:
  explicit Ideal(const TraceTable& table);
  void clear();
  // Adds what must come before the event can be next; or the event and what it needs.
  void add_before(std::uint32_t event);
  void add(std::uint32_t event);
  bool contains(std::uint32_t event) const {
    const TableEvent& one = table_.events()[event];
    return one.position < count_[one.task];
  }
  // The next acquire that came in since it was last asked, or no_event. Those of one task come in its order.
  std::uint32_t next_acquire();
  const Frontier& frontier() const { return count_; }
  // How much all this cost so far.
  std::uint64_t work() const { return work_; }

 private:
  void raise(std::size_t task, std::uint32_t count) {
    if (count_[task] >= count) return;
    if (count_[task] == 0) touched_.push_back(static_cast<std::uint32_t>(task));
    count_[task] = count;
    if (!waiting_[task]) {
      waiting_[task] = true;
      todo_.push_back(static_cast<std::uint32_t>(task));
    }
  }

  const TraceTable& table_;
  std::vector<std::vector<std::uint32_t>> acquires_;  // by task
  Frontier count_;
  std::vector<std::uint32_t> cursor_;  // by task: acquires_ that were told
  std::vector<std::uint32_t> touched_, todo_;
  std::vector<bool> waiting_;  // is in todo_
  std::uint64_t work_ = 0;
};

}  // namespace tenter::analysis
