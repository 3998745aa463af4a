// StackTable keeps every distinct call chain once, as a tree of call sites: a stack is its innermost
// frame and the StackId of its caller. Grows with the program's distinct stacks, not with its run.
// One thread at a time; reading alone (pop, frames) may be done by several.
//
//   StackTable stacks;
//   const StackId here = stacks.push(stacks.push(empty_stack, called_in_main), called_in_worker);
//   stacks.frames(here);   // {called_in_worker, called_in_main}
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace tenter::analysis {

class StackTable {
 public:
  StackTable();

  // The chain `caller` extended by the call whose return address is `pc`. A table that is full (2^28 chains) answers
  // `caller`: the stack lacks its innermost call then.
  StackId push(StackId caller, std::uint64_t pc);
  StackId pop(StackId stack) const { return nodes_[index(stack)].caller; }

  // Return addresses, innermost first.
  std::vector<std::uint64_t> frames(StackId stack) const;
  std::size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    std::uint64_t pc;
    StackId caller;
  };
  std::size_t place_of(StackId caller, std::uint64_t pc) const;
  void grow();

  std::vector<Node> nodes_;
  // Finds a node by what it is made of: open addressing, linear probing, never more than half full. Node 0 is the
  // empty chain, which is nobody's child, so 0 marks a free slot.
  std::vector<std::uint32_t> slots_;
  std::uint64_t multiplier_;  // of the hash; random, so that no recording can be made to collide
};

}  // namespace tenter::analysis
