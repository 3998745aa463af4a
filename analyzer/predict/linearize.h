// Linearizer looks for an order of the events of a closed set in which some acquires (`late`) come after all other critical
// sections of their lock, and everything else keeps the order of the run: the optimistic schedule of ICSE 2024, section 4.
#pragma once
#include <cstdint>
#include <vector>

#include "predict/trace_table.h"

namespace tenter::analysis {

class Linearizer {
 public:
  explicit Linearizer(const TraceTable& table);
  // Whether there is such an order. With `order`, what it is; the events before `from`, which all come first in the order
  // of the run, are put into it too. `from` may not be after the first of the late acquires.
  bool find(const Frontier& set, const std::vector<std::uint32_t>& late, std::uint32_t from,
            std::vector<std::uint32_t>* order);

  // How much all this cost so far.
  std::uint64_t work() const { return work_; }

 private:
  // How far the accesses of a cell, or the critical sections of a lock, are done: the first that is not.
  struct Progress {
    std::uint64_t search = 0;
    std::uint32_t all = 0, strong = 0;  // strong: writes, exclusive acquires
  };
  bool in_set(std::uint32_t event) const {
    const TableEvent& one = table_.events()[event];
    return one.position < (*set_)[one.task];
  }
  bool done(std::uint32_t event) const {
    const TableEvent& one = table_.events()[event];
    return one.position < done_[one.task];
  }
  bool is_late(std::uint32_t event) const;
  bool passed(std::uint32_t acquire) const;
  bool can_be_next(std::uint32_t event);
  bool access_can_be_next(const TableEvent& event);
  bool acquire_can_be_next(std::uint32_t event);

  const TraceTable& table_;
  const Frontier* set_ = nullptr;
  const std::vector<std::uint32_t>* late_ = nullptr;
  std::uint32_t from_ = 0;
  Frontier done_;
  std::vector<Progress> cells_, locks_;
  std::uint64_t search_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace tenter::analysis
