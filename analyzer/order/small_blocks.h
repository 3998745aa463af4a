// SmallBlocks is nearly all that an allocator gives out: blocks of at most 16 KiB at multiples of 8 that do not overlap one another.
// A program may allocate and free with every other event, and what was given out before is asked for each time.
//
// A region of 16 KiB has two bits for each granule: a block begins here, a block ends here. They alone answer, in one or two words,
// whether new memory is free of older blocks, as it is but for frees that were not seen.
#pragma once
#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "base/chunks.h"
#include "base/flat_map.h"
#include "order/block.h"

namespace tenter::analysis {

// One thread at a time. Memory grows with the blocks that are live at once and with the regions that they ever lay in.
class SmallBlocks {
 public:
  static bool can_take(const Block& block) {
    return block.size - 1 < region_bytes && block.address % 8 == 0 && block.size < ~block.address;
  }
  // A block that can_take() allows and that overlaps none of those here.
  void insert(const Block& block);
  // Takes the block out that begins there. Its size in bytes; 0: there was none.
  std::uint64_t erase(std::uint64_t address);
  // Takes the blocks out that overlap [begin, end), which is not empty, and adds them to `taken`.
  void take(std::uint64_t begin, std::uint64_t end, std::vector<Block>& taken);
  // Null where no block begins, or covers, the address. Valid until the next change.
  const Block* beginning_at(std::uint64_t address) const;
  const Block* covering(std::uint64_t address) const;

 private:
  static constexpr std::uint64_t region_bytes = std::uint64_t{1} << 14;
  static constexpr unsigned words_a_region = region_bytes / 8 / 64;
  struct Word {
    std::uint64_t begins = 0, ends = 0;  // of 64 granules: those in which a block has its first byte, its last byte
  };
  struct Region {
    std::uint32_t reaching = 0;  // 1 + the place of the block that begins in the region before and goes on here
    std::array<Word, words_a_region> words;

    std::uint64_t& begin_word(std::uint64_t address) { return words[address % region_bytes / 8 / 64].begins; }
    std::uint64_t& end_word(std::uint64_t address) { return words[address % region_bytes / 8 / 64].ends; }
  };
  static std::uint64_t granule_bit(std::uint64_t address) { return std::uint64_t{1} << address / 8 % 64; }

  static bool is_within_block(const Region& region, unsigned granule);
  bool is_free(std::uint64_t begin, std::uint64_t end) const;
  void find_beginning_in(std::uint64_t number, std::uint64_t begin, std::uint64_t end);
  Region* region_of(std::uint64_t address);
  const Region* region_of(std::uint64_t address) const { return const_cast<SmallBlocks*>(this)->region_of(address); }
  Region& made_region_of(std::uint64_t address);

  FlatMap places_;  // address + 1 -> index in blocks_
  Chunks<Block> blocks_;
  std::vector<std::uint32_t> unused_blocks_;
  FlatMap numbers_;  // number of the region + 1 -> index in regions_
  Chunks<Region> regions_;
  std::vector<std::uint32_t> unused_regions_;
  std::set<std::uint64_t> in_order_;  // the numbers
  std::vector<std::uint64_t> found_;  // by take()
};

}  // namespace tenter::analysis
