#include "order/blocks.h"

#include <iterator>

namespace tenter::analysis {

bool Blocks::remove(std::uint64_t begin, std::uint64_t end) {
  auto at = blocks_.upper_bound(begin);
  if (at != blocks_.begin()) --at;
  bool removed = false;
  while (at != blocks_.end() && at->first < end) {
    Block block = at->second;
    const std::uint64_t block_end = block.address + block.size;
    if (block_end <= begin) {
      ++at;
      continue;
    }
    removed = true;
    at = blocks_.erase(at);
    if (block.address < begin) {
      Block left = block;
      left.size = begin - block.address;
      blocks_.emplace_hint(at, left.address, left);
    }
    if (block_end > end) {
      block.address = end;
      block.size = block_end - end;
      blocks_.emplace_hint(at, block.address, block);
      break;
    }
  }
  return removed;
}

const Block* Blocks::beginning_at(std::uint64_t address) const {
  const auto at = blocks_.find(address);
  return at == blocks_.end() ? nullptr : &at->second;
}

const Block* Blocks::covering(std::uint64_t address) const {
  const auto after = blocks_.upper_bound(address);
  if (after == blocks_.begin()) return nullptr;
  const Block& block = std::prev(after)->second;
  return address - block.address < block.size ? &block : nullptr;
}

}  // namespace tenter::analysis
