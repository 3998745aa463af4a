#include "base/stack_table.h"

#include <bit>
#include <random>

namespace tenter::analysis {
namespace {

constexpr std::size_t first_slots = 1024;
constexpr std::size_t max_nodes = std::size_t{1} << 28;

}  // namespace

StackTable::StackTable() : slots_(first_slots) {
  std::random_device random;
  multiplier_ = (std::uint64_t{random()} << 32) | random() | 1;
  nodes_.push_back({0, empty_stack});
}

std::size_t StackTable::place_of(StackId caller, std::uint64_t pc) const {
  const std::uint64_t hash = (pc ^ (std::uint64_t{index(caller)} * 0xff51afd7ed558ccdull)) * multiplier_;
  return static_cast<std::size_t>(hash >> (64 - std::countr_zero(slots_.size())));
}

StackId StackTable::push(StackId caller, std::uint64_t pc) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = place_of(caller, pc);
  for (; slots_[place] != 0; place = (place + 1) & mask) {
    const Node& node = nodes_[slots_[place]];
    if (node.pc == pc && node.caller == caller) return StackId{slots_[place]};
  }
  if (nodes_.size() >= max_nodes) return caller;
  const auto id = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({pc, caller});
  slots_[place] = id;
  if (nodes_.size() * 2 > slots_.size()) grow();
  return StackId{id};
}

void StackTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    std::size_t place = place_of(nodes_[i].caller, nodes_[i].pc);
    while (slots_[place] != 0) place = (place + 1) & mask;
    slots_[place] = static_cast<std::uint32_t>(i);
  }
}

std::vector<std::uint64_t> StackTable::frames(StackId stack) const {
  std::vector<std::uint64_t> result;
  for (; stack != empty_stack; stack = nodes_[index(stack)].caller) result.push_back(nodes_[index(stack)].pc);
  return result;
}

}  // namespace tenter::analysis
