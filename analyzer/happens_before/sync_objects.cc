// Every object in places_ is in exactly one page list, that of its own address, and every page in pages_ has a
// list that is not empty.
#include "happens_before/sync_objects.h"

#include <algorithm>

namespace tenter::analysis {

SyncObject* SyncObjects::find(SyncKind kind, std::uint64_t address) {
  const std::uint32_t* place = places_.find(key_of(kind, address));
  return place != nullptr ? &objects_[*place] : nullptr;
}

SyncObject& SyncObjects::get_by_key(std::uint64_t key) {
  std::uint32_t& place = places_.at(key);
  if (place != 0) return objects_[place];
  if (unused_.empty()) {
    place = static_cast<std::uint32_t>(objects_.size());
    objects_.emplace_back();
  } else {
    place = unused_.back();
    unused_.pop_back();
  }
  SyncObject& object = objects_[place];
  object.key = key;
  std::uint32_t& first = pages_.at(page_of(address_of(object)));
  object.next_in_page = first;
  first = place;
  if (is_atomic(kind_of(object))) {
    for_each_overlapping_atomic(object, [&object](SyncObject& other) { object.mixed = other.mixed = true; });
  }
  return object;
}

void SyncObjects::forget(std::uint32_t place) {
  places_.erase(objects_[place].key);
  objects_[place] = SyncObject();
  unused_.push_back(place);
}

void SyncObjects::erase(SyncKind kind, std::uint64_t address) {
  const std::uint32_t* found = places_.find(key_of(kind, address));
  if (found == nullptr) return;
  const std::uint32_t place = *found;
  std::uint32_t* link = pages_.find(page_of(address_of(objects_[place])));
  std::uint32_t* const first = link;
  while (*link != place) link = &objects_[*link].next_in_page;
  *link = objects_[place].next_in_page;
  if (*first == 0) pages_.erase(page_of(address_of(objects_[place])));
  forget(place);
}

void SyncObjects::erase_in_page(std::uint64_t page, std::uint64_t begin, std::uint64_t end) {
  std::uint32_t* const first = pages_.find(page);
  if (first == nullptr) return;
  for (std::uint32_t* link = first; *link != 0;) {
    const std::uint32_t place = *link;
    if (address_of(objects_[place]) < begin || address_of(objects_[place]) >= end) {
      link = &objects_[place].next_in_page;
      continue;
    }
    *link = objects_[place].next_in_page;
    forget(place);
  }
  if (*first == 0) pages_.erase(page);
}

void SyncObjects::erase_range(std::uint64_t begin, std::uint64_t size) {
  if (size == 0 || places_.size() == 0) return;
  const std::uint64_t end = begin + std::min(size, ~begin);
  const std::uint64_t first = page_of(begin);
  const std::uint64_t last = page_of(end - 1);
  if (last - first < pages_.size()) {
    for (std::uint64_t page = first; page <= last; ++page) erase_in_page(page, begin, end);
    return;
  }
  std::vector<std::uint64_t> hit;
  pages_.for_each([&](std::uint64_t page, std::uint32_t) {
    if (first <= page && page <= last) hit.push_back(page);
  });
  for (const std::uint64_t page : hit) erase_in_page(page, begin, end);
}

}  // namespace tenter::analysis
