#include "order/small_blocks.h"

#include <algorithm>
#include <bit>

// Each block has its bits in `words`, its place in places_, and, where it goes on in the next region, that region's `reaching`. A
// granule has one block at most with a bit in it: another one would have to begin in it behind the first, at an address that 8
// does not divide.

namespace tenter::analysis {

const Block* SmallBlocks::beginning_at(std::uint64_t address) const {
  if (address % 8 != 0) return nullptr;
  const std::uint32_t* const place = places_.find(address + 1);
  return place == nullptr ? nullptr : &blocks_[*place];
}

const Block* SmallBlocks::covering(std::uint64_t address) const {
  const Region* const region = region_of(address);
  if (region == nullptr) return nullptr;
  const auto granule = static_cast<unsigned>(address % region_bytes / 8);
  std::uint64_t mask = ~std::uint64_t{0} >> (63 - granule % 64);
  for (unsigned w = granule / 64 + 1; w-- > 0; mask = ~std::uint64_t{0}) {
    const std::uint64_t begins = region->words[w].begins & mask;
    if (begins == 0) continue;
    const std::uint64_t nearest = w * 64u + static_cast<unsigned>(std::bit_width(begins)) - 1;
    const Block* const block = beginning_at(address / region_bytes * region_bytes + nearest * 8);
    return address < block->end() ? block : nullptr;
  }
  if (region->reaching == 0) return nullptr;
  const Block* const block = &blocks_[region->reaching - 1];
  return address < block->end() ? block : nullptr;
}

// Where the answer is yes no block overlaps [begin, end). It may be no where only a granule or a region is shared.
bool SmallBlocks::is_free(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t first = begin / region_bytes;
  const std::uint64_t last = (end - 1) / region_bytes;
  if (last - first > 1) return false;
  for (std::uint64_t number = first; number <= last; ++number) {
    const Region* const region = region_of(number * region_bytes);
    if (region == nullptr) continue;
    const unsigned from = number == first ? static_cast<unsigned>(begin % region_bytes / 8) : 0;
    const unsigned to = number == last ? static_cast<unsigned>((end - 1) % region_bytes / 8) : words_a_region * 64 - 1;
    for (unsigned w = from / 64; w <= to / 64; ++w) {
      std::uint64_t inside = ~std::uint64_t{0};
      if (w == from / 64) inside &= ~std::uint64_t{0} << from % 64;
      if (w == to / 64) inside &= ~std::uint64_t{0} >> (63 - to % 64);
      if ((region->words[w].begins & inside) != 0) return false;
    }
    if (number == first && is_within_block(*region, from)) return false;
  }
  return true;
}

// Has a block begun before the granule that did not end before it?
bool SmallBlocks::is_within_block(const Region& region, unsigned granule) {
  std::uint64_t before = (std::uint64_t{1} << granule % 64) - 1;
  for (unsigned w = granule / 64 + 1; w-- > 0; before = ~std::uint64_t{0}) {
    const std::uint64_t begins = region.words[w].begins & before;
    const std::uint64_t ends = region.words[w].ends & before;
    if ((begins | ends) != 0) return std::bit_width(begins) > std::bit_width(ends);
  }
  return region.reaching != 0;
}

void SmallBlocks::insert(const Block& block) {
  std::uint32_t place;
  if (unused_blocks_.empty()) {
    place = static_cast<std::uint32_t>(blocks_.size());
    blocks_.push_back(block);
  } else {
    place = unused_blocks_.back();
    unused_blocks_.pop_back();
    blocks_[place] = block;
  }
  places_.at(block.address + 1) = place;
  Region& region = made_region_of(block.address);
  const std::uint64_t last = block.address + block.size - 1;
  Region* end_region = &region;
  if (last / region_bytes != block.address / region_bytes) {
    end_region = &made_region_of(last);
    end_region->reaching = place + 1;
  }
  region.begin_word(block.address) |= granule_bit(block.address);
  end_region->end_word(last) |= granule_bit(last);
}

std::uint64_t SmallBlocks::erase(std::uint64_t address) {
  if (address % 8 != 0) return 0;
  const std::uint32_t* const found = places_.find(address + 1);
  if (found == nullptr) return 0;
  const std::uint32_t place = *found;
  const std::uint64_t size = blocks_[place].size;
  places_.erase(address + 1);
  unused_blocks_.push_back(place);
  Region& region = *region_of(address);
  const std::uint64_t last = address + size - 1;
  Region* end_region = &region;
  if (last / region_bytes != address / region_bytes) {
    end_region = region_of(last);
    end_region->reaching = 0;
  }
  region.begin_word(address) &= ~granule_bit(address);
  end_region->end_word(last) &= ~granule_bit(last);
  return size;
}

void SmallBlocks::take(std::uint64_t begin, std::uint64_t end, std::vector<Block>& taken) {
  if (is_free(begin, end)) return;
  found_.clear();
  if (const Block* const block = covering(begin); block != nullptr && block->address < begin)
    found_.push_back(block->address);
  const std::uint64_t last = (end - 1) / region_bytes;
  const auto from = in_order_.lower_bound(begin / region_bytes);
  auto region = from;
  for (; region != in_order_.end() && *region <= last; ++region) find_beginning_in(*region, begin, end);
  for (const std::uint64_t address : found_) {
    taken.push_back(*beginning_at(address));
    erase(address);
  }
  // No block is left in regions that lie in the range as a whole. That they go keeps a large range that is freed again and again cheap.
  for (auto at = from; at != region;) {
    if (*at * region_bytes < begin || *at >= end / region_bytes) {
      ++at;
      continue;
    }
    const std::uint32_t place = *numbers_.find(*at + 1);
    regions_[place] = Region();
    unused_regions_.push_back(place);
    numbers_.erase(*at + 1);
    at = in_order_.erase(at);
  }
}

void SmallBlocks::find_beginning_in(std::uint64_t number, std::uint64_t begin, std::uint64_t end) {
  const Region& region = *region_of(number * region_bytes);
  for (unsigned w = 0; w < words_a_region; ++w) {
    for (std::uint64_t begins = region.words[w].begins; begins != 0; begins &= begins - 1) {
      const std::uint64_t address =
          number * region_bytes + (w * 64u + static_cast<unsigned>(std::countr_zero(begins))) * 8;
      if (begin <= address && address < end) found_.push_back(address);
    }
  }
}

SmallBlocks::Region* SmallBlocks::region_of(std::uint64_t address) {
  const std::uint32_t* const place = numbers_.find(address / region_bytes + 1);
  return place == nullptr ? nullptr : &regions_[*place];
}

SmallBlocks::Region& SmallBlocks::made_region_of(std::uint64_t address) {
  if (Region* const known = region_of(address)) return *known;
  std::uint32_t place;
  if (unused_regions_.empty()) {
    place = static_cast<std::uint32_t>(regions_.size());
    regions_.push_back(Region());
  } else {
    place = unused_regions_.back();
    unused_regions_.pop_back();
  }
  const std::uint64_t number = address / region_bytes;
  numbers_.at(number + 1) = place;
  in_order_.insert(number);
  return regions_[place];
}

}  // namespace tenter::analysis
