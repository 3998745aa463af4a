#include "base/stack_table.h"

namespace tenter::analysis {

StackId StackTable::push(StackId caller, std::uint64_t pc) {
  const auto [entry, is_new] = children_.try_emplace(Key{pc, caller}, StackId{static_cast<std::uint32_t>(nodes_.size())});
  if (is_new) nodes_.push_back({caller, pc});
  return entry->second;
}

std::vector<std::uint64_t> StackTable::frames(StackId stack) const {
  std::vector<std::uint64_t> result;
  for (; stack != empty_stack; stack = nodes_[index(stack)].caller) result.push_back(nodes_[index(stack)].pc);
  return result;
}

}  // namespace tenter::analysis
