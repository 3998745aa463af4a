#include "record/access_filter.h"

#include "record/sys.h"

namespace tenter::record {
bool AccessFilter::covers_range(std::uintptr_t address, std::size_t size, bool write) const {
  if (size > max_range) { return false; }
  // Whole granules, as nearly all are, in a loop without questions; a part of one at either end.
  if (const unsigned offset = address & 7u; offset != 0) {
    const unsigned bytes = size < 8 - offset ? static_cast<unsigned>(size) : 8 - offset;
    if (!covers_granule(address, byte_mask(offset, bytes), write)) { return false; }
    address += bytes;
    size -= bytes;
  }
  for (; size >= 8; address += 8, size -= 8) {
    if (!covers_granule(address, 0xff, write)) { return false; }
  }
  return size == 0 || covers_granule(address, byte_mask(0, static_cast<unsigned>(size)), write);
}

void AccessFilter::add_range(std::uintptr_t address, std::size_t size, bool write) {
  if (size > max_range || disabled_) { return; }
  if (const unsigned offset = address & 7u; offset != 0) {
    const unsigned bytes = size < 8 - offset ? static_cast<unsigned>(size) : 8 - offset;
    add_granule(address, byte_mask(offset, bytes), write);
    address += bytes;
    size -= bytes;
  }
  for (; size >= 8; address += 8, size -= 8) { add_granule(address, 0xff, write); }
  if (size != 0) { add_granule(address, byte_mask(0, static_cast<unsigned>(size)), write); }
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
