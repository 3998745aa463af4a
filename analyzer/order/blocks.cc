#include "order/blocks.h"

#include <iterator>

namespace tenter::analysis {

bool Blocks::add(const Block& block) {
  const bool reused = remove(block.address, block.end());
  insert(block);
  return reused;
}

void Blocks::insert(const Block& block) {
  if (SmallBlocks::can_take(block)) {
    small_.insert(block);
  } else {
    others_[block.address] = block;
  }
}

bool Blocks::remove(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return false;
  taken_.clear();
  small_.take(begin, end, taken_);
  if (!others_.empty()) take_others(begin, end);
  for (const Block& block : taken_) {
    if (block.address < begin) {
      Block left = block;
      left.size = begin - block.address;
      insert(left);
    }
    if (block.end() > end) {
      Block right = block;
      right.address = end;
      right.size = block.end() - end;
      insert(right);
    }
  }
  return !taken_.empty();
}

void Blocks::take_others(std::uint64_t begin, std::uint64_t end) {
  auto at = others_.upper_bound(begin);
  if (at != others_.begin() && std::prev(at)->second.end() > begin) --at;
  while (at != others_.end() && at->first < end) {
    taken_.push_back(at->second);
    at = others_.erase(at);
  }
}

std::uint64_t Blocks::remove_block(std::uint64_t address) {
  if (const std::uint64_t size = small_.erase(address)) return size;
  const auto at = others_.find(address);
  if (at == others_.end()) return 0;
  const std::uint64_t size = at->second.size;
  others_.erase(at);
  return size;
}

const Block* Blocks::beginning_at(std::uint64_t address) const {
  if (const Block* const block = small_.beginning_at(address)) return block;
  const auto at = others_.find(address);
  return at == others_.end() ? nullptr : &at->second;
}

const Block* Blocks::covering(std::uint64_t address) const {
  if (const Block* const block = small_.covering(address)) return block;
  const auto after = others_.upper_bound(address);
  if (after == others_.begin()) return nullptr;
  const Block& block = std::prev(after)->second;
  return address < block.end() ? &block : nullptr;
}

}  // namespace tenter::analysis
