#include "order/address_set.h"

namespace tenter::analysis {

void AddressSet::insert(std::uint64_t address) {
  std::uint32_t& first = pages_.at(page_of(address));
  for (std::uint32_t place = first; place != 0; place = nodes_[place].next) {
    if (nodes_[place].address == address) return;
  }
  std::uint32_t place;
  if (unused_.empty()) {
    place = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    place = unused_.back();
    unused_.pop_back();
  }
  nodes_[place] = {address, first};
  first = place;
}

void AddressSet::erase(std::uint64_t address) {
  take_in_page(page_of(address), [address](std::uint64_t one) { return one == address; });
}

}  // namespace tenter::analysis
