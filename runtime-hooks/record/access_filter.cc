#include "record/access_filter.h"

#include "record/sys.h"

namespace tenter::record {
namespace {

// Runs visit(address of granule, first byte, bytes) for each granule of a range until one call returns false.
template <class Visit>
bool each_granule(std::uintptr_t address, std::size_t size, Visit visit) {
  while (size != 0) {
    const unsigned offset = address & 7u;
    const unsigned bytes = size < 8 - offset ? static_cast<unsigned>(size) : 8 - offset;
    if (!visit(address, offset, bytes)) {
      return false;
    }
    address += bytes;
    size -= bytes;
  }
  return true;
}

}  // namespace

bool AccessFilter::covers_range(std::uintptr_t address, std::size_t size, bool write) const {
  return size <= max_range && each_granule(address, size, [&](std::uintptr_t at, unsigned offset, unsigned bytes) {
           return covers_granule(at, byte_mask(offset, bytes), write);
         });
}

void AccessFilter::add_range(std::uintptr_t address, std::size_t size, bool write) {
  if (size <= max_range) {
    each_granule(address, size, [&](std::uintptr_t at, unsigned offset, unsigned bytes) {
      add_granule(at, byte_mask(offset, bytes), write);
      return true;
    });
  }
}

void AccessFilter::forget_range(std::uintptr_t address, std::size_t size) {
  constexpr std::size_t slot_by_slot_max = 1024;
  if (size > slot_by_slot_max) {
    new_epoch();
    return;
  }
  each_granule(address, size, [&](std::uintptr_t at, unsigned, unsigned) {
    entries_[index_of(at)] = 0;
    return true;
  });
}

void AccessFilter::forget_all() {
  sys::zero_words(entries_, entry_count);
  epoch_ = 0;
}

}  // namespace tenter::record
