// RapidLines tells a run in the words of RAPID's traces: reads, writes, locks, forks and joins, and nothing else.
//
// What those words lack is told so that no order is lost: an atomic access is an access under a lock of its own; any other
// synchronization is a critical section that reads and writes a variable of its object, so that all such operations
// on one object are ordered one after the other. Reader-writer locks, and locks that one task takes and another gives
// back, are told in that way too. More order than there was can hide a race from the other tool, and invents none.
//
//   RapidLines lines;
//   for each step: lines.prepare(step);     // a first look: which bytes are used together, which locks are plain
//   for each step: lines.observe(step);
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "order/step.h"

namespace tenter::analysis {

struct RapidLine {
  enum class Op : std::uint8_t { acquire, release, read, write, fork, join };  // as RapidBinary::ops numbers them
  Op op{};
  std::uint32_t thread = 0;
  std::uint64_t object = 0;  // variable, lock or thread
  std::uint64_t place = 0;
};

class RapidLines {
 public:
  void prepare(const Step& step);
  void observe(const Step& step);
  const std::vector<RapidLine>& lines() const { return lines_; }
  std::size_t threads() const { return threads_.size(); }
  std::size_t locks() const { return locks_; }
  std::size_t variables() const { return variables_; }

 private:
  struct Granule {
    std::vector<std::uint8_t> atoms;       // parts of it that are always accessed as a whole
    std::vector<std::uint64_t> variables;  // by atom, of what lies there now; 0: none yet, else 1 + number
  };
  static constexpr std::uint64_t granule_bytes = 8, page_bytes = 4096;
  using Page =
      std::array<std::uint32_t, page_bytes / granule_bytes>;  // of each, one more than its place in granules_; 0: none
  enum class Kind : std::uint8_t { lock, atomic, object };

  std::uint32_t thread(TaskId task);
  void say(const Step& step, RapidLine::Op op, std::uint64_t object);
  void access(const Step& step, std::uint64_t size, bool reads, bool writes);
  void operation(const Step& step, std::uint64_t address);
  Granule& granule_at(std::uint64_t address);
  // Other variables lie there from now on.
  void forget_variables(std::uint64_t begin, std::uint64_t end);
  std::uint64_t lock_of(Kind kind, std::uint64_t address);

  std::vector<Granule> granules_;
  std::unordered_map<std::uint64_t, Page> pages_;             // by address / page_bytes
  std::unordered_map<std::uint64_t, std::uint32_t> holders_;  // of locks, in the first look
  std::unordered_set<std::uint64_t> not_plain_;
  std::unordered_map<std::uint32_t, std::uint32_t> threads_;
  std::map<std::pair<Kind, std::uint64_t>, std::uint64_t> lock_numbers_;
  std::unordered_map<std::uint64_t, std::uint64_t> object_variables_;
  std::size_t locks_ = 0, variables_ = 0;
  std::vector<RapidLine> lines_;
};

}  // namespace tenter::analysis
