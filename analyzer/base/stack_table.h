// StackTable keeps every distinct call chain once, as a tree of call sites: a stack is its innermost
// frame and the StackId of its caller. Grows with the program's distinct stacks, not with its run.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/ids.h"

namespace tenter::analysis {

class StackTable {
 public:
  StackTable() { nodes_.push_back({empty_stack, 0}); }

  // The chain `caller` extended by the call whose return address is `pc`.
  StackId push(StackId caller, std::uint64_t pc);
  StackId pop(StackId stack) const { return nodes_[index(stack)].caller; }

  // Return addresses, innermost first.
  std::vector<std::uint64_t> frames(StackId stack) const;
  std::size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    StackId caller;
    std::uint64_t pc;
  };
  struct Key {
    std::uint64_t pc;
    StackId caller;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return (key.pc ^ (std::uint64_t{index(key.caller)} << 32)) * 0x9e3779b97f4a7c15ull >> 13;
    }
  };
  std::vector<Node> nodes_;
  std::unordered_map<Key, StackId, KeyHash> children_;
};

}  // namespace tenter::analysis
