// Blocks is the memory that is given out: blocks that do not overlap one another, by address.
#pragma once
#include <cstdint>
#include <map>

#include "order/site.h"

namespace tenter::analysis {

struct Block {
  std::uint64_t address = 0, size = 0;
  trace::MemoryKind kind{};
  TaskId allocated_by = no_task;
  Site allocated_at;
};

class Blocks {
 public:
  // Memory cannot be given out twice: what lay there was freed unseen, and goes. True if there was such a block.
  bool add(const Block& block) {
    const bool reused = remove(block.address, block.address + block.size);
    blocks_[block.address] = block;
    return reused;
  }
  // Takes [begin, end) out, cutting the blocks that reach over its borders. True if there was anything.
  bool remove(std::uint64_t begin, std::uint64_t end);
  void remove_block(std::uint64_t address) { blocks_.erase(address); }
  // Null where no block begins, or covers, the address. Valid until the next change.
  const Block* beginning_at(std::uint64_t address) const;
  const Block* covering(std::uint64_t address) const;

 private:
  std::map<std::uint64_t, Block> blocks_;
};

}  // namespace tenter::analysis
