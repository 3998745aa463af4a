#include "record/access_filter.h"

#include "record/sys.h"

namespace tenter::record {
namespace {

// The part of [begin, end) that lies in the granule of `address`.
struct Part {
  std::uintptr_t begin, end;
};
Part part_in_granule(std::uintptr_t address, std::uintptr_t begin, std::uintptr_t end) {
  const std::uintptr_t granule = address & ~std::uintptr_t{7};
  return {granule < begin ? begin : granule, granule + 8 < end ? granule + 8 : end};
}

}  // namespace

// Loops without questions, for the compiler to make vectors of.
bool AccessFilter::covers_block(std::uintptr_t address, bool write) const {
  const std::uint64_t needed = need(0xff, write);
  const std::uint64_t wanted = expected(address) | needed;
  const std::uint64_t* block = block_of(address);
  std::uint64_t differing = 0;
  for (unsigned i = 0; i < block_bytes / 8; ++i) { differing |= block[i] ^ wanted; }
  return (differing & (tag_and_epoch | needed)) == 0;
}

void AccessFilter::add_block(std::uintptr_t address, bool write) {
  const std::uint64_t wanted = expected(address);
  std::uint64_t* block = block_of(address);
  if (write) {
    for (unsigned i = 0; i < block_bytes / 8; ++i) { block[i] = wanted | 0xffff; }
    return;
  }
  for (unsigned i = 0; i < block_bytes / 8; ++i) {
    const std::uint64_t known = (block[i] & tag_and_epoch) == wanted ? block[i] : wanted;
    block[i] = known | 0xff;
  }
}

AccessFilter::Range AccessFilter::uncovered(std::uintptr_t address, std::size_t size, bool write) const {
  Range range{address, address + size};
  if (is_too_long(size)) { return range; }
  const auto covers_part = [&](std::uintptr_t at) {
    const Part part = part_in_granule(at, range.begin, range.end);
    return covers_granule(at, byte_mask(part.begin & 7u, static_cast<unsigned>(part.end - part.begin)), write);
  };
  while (range.begin != range.end) {
    if (range.begin % block_bytes == 0 && range.size() >= block_bytes && covers_block(range.begin, write)) {
      range.begin += block_bytes;
    } else if (covers_part(range.begin)) {
      range.begin = part_in_granule(range.begin, range.begin, range.end).end;
    } else {
      break;
    }
  }
  while (range.begin != range.end) {
    if (range.end % block_bytes == 0 && range.size() >= block_bytes && covers_block(range.end - block_bytes, write)) {
      range.end -= block_bytes;
    } else if (covers_part(range.end - 1)) {
      range.end = part_in_granule(range.end - 1, range.begin, range.end).begin;
    } else {
      break;
    }
  }
  return range;
}

void AccessFilter::add_range(std::uintptr_t address, std::size_t size, bool write) {
  if (is_too_long(size)) { return; }
  const std::uintptr_t end = address + size;
  while (address != end) {
    if (address % block_bytes == 0 && end - address >= block_bytes) {
      add_block(address, write);
      address += block_bytes;
    } else {
      const Part part = part_in_granule(address, address, end);
      add_granule(address, byte_mask(address & 7u, static_cast<unsigned>(part.end - part.begin)), write);
      address = part.end;
    }
  }
}

void AccessFilter::forget_range(std::uintptr_t address, std::size_t size) {
  constexpr std::size_t slot_by_slot_max = 1024;
  if (size > slot_by_slot_max) {
    new_epoch();
    return;
  }
  const std::uintptr_t end = address + size;
  for (std::uintptr_t at = address & ~std::uintptr_t{7}; at < end; at += 8) { entries()[index_of(at)] = 0; }
}

void AccessFilter::forget_all() {
  // Whole pages are given back, which is cheaper than clearing a table of which little was used.
  constexpr std::uintptr_t page = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(entries());
  const auto end = reinterpret_cast<std::uintptr_t>(entries() + index_mask_ + 1);
  const std::uintptr_t first_page = (begin + page - 1) / page * page;
  const std::uintptr_t end_page = end / page * page;
  sys::zero_words(entries(), (first_page - begin) / sizeof(std::uint64_t));
  sys::forget_memory(reinterpret_cast<void*>(first_page), end_page - first_page);
  sys::zero_words(reinterpret_cast<std::uint64_t*>(end_page), (end - end_page) / sizeof(std::uint64_t));
  epoch_ = 0;
}

}  // namespace tenter::record
