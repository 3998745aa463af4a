// Blocks is the memory that is given out: blocks that do not overlap one another, by address.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "order/block.h"
#include "order/small_blocks.h"

namespace tenter::analysis {

class Blocks {
 public:
  // Memory cannot be given out twice: what lay there was freed unseen, and goes. True if there was such a block. Its size is not 0.
  bool add(const Block& block);
  // Takes [begin, end) out, cutting the blocks that reach over its borders. True if there was anything.
  bool remove(std::uint64_t begin, std::uint64_t end);
  // Takes the block out that begins there. Its size in bytes; 0: there was none.
  std::uint64_t remove_block(std::uint64_t address);
  // Null where no block begins, or covers, the address. Valid until the next change.
  const Block* beginning_at(std::uint64_t address) const;
  const Block* covering(std::uint64_t address) const;

 private:
  void insert(const Block& block);
  void take_others(std::uint64_t begin, std::uint64_t end);

  SmallBlocks small_;
  std::map<std::uint64_t, Block> others_;  // by address: what is large, or begins where no allocator would have it
  std::vector<Block> taken_;               // by remove()
};

}  // namespace tenter::analysis
