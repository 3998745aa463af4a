// AddressSet is the addresses of objects that live in the program's memory: when a piece of memory ends, those in it are found without
// a look at the others.
//
//   AddressSet locks;
//   locks.insert(0x5000);
//   locks.take(0x4ff0, 0x5010, [](std::uint64_t address) { ... });   // called with 0x5000
#pragma once
#include <cstdint>
#include <vector>

#include "base/flat_map.h"

namespace tenter::analysis {

// One thread at a time.
class AddressSet {
 public:
  // No matter whether it is there already.
  void insert(std::uint64_t address);
  void erase(std::uint64_t address);
  // Takes those in [begin, end) out and calls f(address) for each, in no certain order. f does not touch the set.
  template <class F>
  void take(std::uint64_t begin, std::uint64_t end, F f);

 private:
  struct Node {
    std::uint64_t address = 0;
    std::uint32_t next = 0;  // in the page; 0: none
  };
  static constexpr unsigned page_bits = 9;
  static std::uint64_t page_of(std::uint64_t address) { return (address >> page_bits) + 1; }
  // Takes the addresses of a page out of which `is_meant` says so.
  template <class F>
  void take_in_page(std::uint64_t page, F is_meant);

  FlatMap pages_;  // page -> the first node in it
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::vector<std::uint32_t> unused_;
};

template <class F>
void AddressSet::take_in_page(std::uint64_t page, F is_meant) {
  std::uint32_t* const first = pages_.find(page);
  if (first == nullptr) return;
  for (std::uint32_t* link = first; *link != 0;) {
    const std::uint32_t place = *link;
    if (!is_meant(nodes_[place].address)) {
      link = &nodes_[place].next;
      continue;
    }
    *link = nodes_[place].next;
    unused_.push_back(place);
  }
  if (*first == 0) pages_.erase(page);
}

template <class F>
void AddressSet::take(std::uint64_t begin, std::uint64_t end, F f) {
  if (begin >= end || pages_.size() == 0) return;
  const auto is_meant = [&](std::uint64_t address) {
    if (address < begin || address >= end) return false;
    f(address);
    return true;
  };
  const std::uint64_t first = page_of(begin);
  const std::uint64_t last = page_of(end - 1);
  if (last - first < pages_.size()) {
    for (std::uint64_t page = first; page <= last; ++page) take_in_page(page, is_meant);
    return;
  }
  std::vector<std::uint64_t> hit;
  pages_.for_each([&](std::uint64_t page, std::uint32_t) {
    if (first <= page && page <= last) hit.push_back(page);
  });
  for (const std::uint64_t page : hit) take_in_page(page, is_meant);
}

}  // namespace tenter::analysis
