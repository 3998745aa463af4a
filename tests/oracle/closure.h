// The slow twin of happens_before, race and deadlock/lock_order: builds the graph of "comes before" edge by edge from the rules as
// they are written in the standards, closes it transitively, and compares every pair. Quadratic and worse, on purpose
// without a clock in it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "order/step.h"

namespace tenter::analysis::oracle {

class Closure {
 public:
  // `locks`: with the edges that locks make, and those into read-modify-writes. Without: HappensBefore::Edges::without_locks.
  Closure(const std::vector<Step>& steps, bool locks);
  bool before(std::size_t a, std::size_t b) const { return reach_[a * nodes_ + b] != 0; }
  bool unordered(std::size_t a, std::size_t b) const { return !before(a, b) && !before(b, a); }

 private:
  void edge(std::size_t from, std::size_t to) { reach_[from * nodes_ + to] = 1; }
  void program_order();
  void tasks();
  void lock_edges();
  void atomics(bool into_read_modify_writes);
  void fences();
  void collected();
  void conditions(bool any_signal);
  void barriers();
  void channels();
  void close();

  const std::vector<Step>& steps_;
  std::size_t nodes_;                 // a node for each step and, behind them, one for each step's parked operation
  std::vector<char> reach_;
};

struct Races {
  std::set<std::uint64_t> bytes;                               // addresses that some pair races on
  std::set<std::pair<std::uint64_t, std::uint64_t>> pairs;     // code addresses, smaller first
  std::uint64_t later_events = 0;                              // accesses that race with an earlier one
};
Races find_races(const std::vector<Step>& steps);

// The sets of locks (address, generation) of all cycles that can be, without those that include another.
using LockSet = std::set<std::uint64_t>;
std::set<LockSet> find_lock_cycles(const std::vector<Step>& steps);

}  // namespace tenter::analysis::oracle
