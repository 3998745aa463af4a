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
  for (std::uintptr_t at = address & ~std::uintptr_t{7}; at < end; at += 8) { entries_[index_of(at)] = 0; }
}

void AccessFilter::forget_all() {
  sys::zero_words(entries_, entry_count);
  epoch_ = 0;
}

}  // namespace tenter::record
