// Continuation carries an order of the run's steps on to where nobody can go on: first those of a closed set, in the order of the
// run, then of every task what it did next, for as long as that can be. A critical section may begin where its lock is free,
// whichever came first in the run; accesses that depend on each other keep their order, so that every read sees what it saw.
//
//   Continuation continuation(table);
//   const std::vector<std::uint32_t> order = continuation.of(ideal.frontier());   // events, the first of each step
#pragma once
#include <cstdint>
#include <vector>

#include "predict/trace_table.h"

namespace tenter::analysis {

// One object is for one thread.
class Continuation {
 public:
  explicit Continuation(const TraceTable& table);
  // The set holds what its events need, and ends every critical section that a later one in it follows (ClosedIdeal). After it comes what is
  // `forced`, whatever the run says that it needs, and never what is `held_back`.
  std::vector<std::uint32_t> of(const Frontier& set, const std::vector<std::uint32_t>& forced = {},
                                std::uint32_t held_back = no_event);
  // How much all this cost so far.
  std::uint64_t work() const { return work_; }

 private:
  struct Cell {
    std::uint64_t walk = 0;
    std::uint32_t written = 0, accessed = 0;  // one more than the place of the last write, or access, that is done
  };
  struct Lock {
    std::uint64_t walk = 0;
    std::uint32_t writers = 0, readers = 0;
  };
  template <class T>
  T& fresh(std::vector<T>& all, std::uint32_t number) {
    T& one = all[number];
    if (one.walk != walk_) {
      one = T{};
      one.walk = walk_;
    }
    return one;
  }
  bool can_be_next(std::uint32_t event);
  void perform(std::uint32_t event);

  const TraceTable& table_;
  std::vector<Cell> cells_;
  std::vector<Lock> locks_;
  Frontier done_;
  std::vector<std::uint32_t> order_;
  std::uint64_t walk_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace tenter::analysis
