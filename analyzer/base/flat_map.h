// FlatMapTo: 64-bit keys (not 0) to integers in one array, by linear probing; erasing moves later entries back,
// so there are no tombstones (Knuth, The Art of Computer Programming 3, section 6.4, algorithm R).
//
//   FlatMap pages;
//   pages.at(key) = 7;               // 0 when new
//   if (auto* value = pages.find(key)) ...
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenter::analysis {

template <class Value>
class FlatMapTo {
 public:
  FlatMapTo() : entries_(64) {}

  Value* find(std::uint64_t key) {
    for (std::size_t i = slot_of(key);; i = (i + 1) & mask()) {
      if (entries_[i].key == key) return &entries_[i].value;
      if (entries_[i].key == 0) return nullptr;
    }
  }
  const Value* find(std::uint64_t key) const { return const_cast<FlatMapTo*>(this)->find(key); }

  // A new key has the value `otherwise`. The reference is valid until the next at() or erase().
  Value& at(std::uint64_t key, Value otherwise = 0) {
    if ((size_ + 1) * 2 > entries_.size()) rehash(entries_.size() * 2);
    for (std::size_t i = slot_of(key);; i = (i + 1) & mask()) {
      if (entries_[i].key == key) return entries_[i].value;
      if (entries_[i].key == 0) {
        entries_[i] = {key, otherwise};
        ++size_;
        return entries_[i].value;
      }
    }
  }

  void erase(std::uint64_t key) {
    std::size_t hole = slot_of(key);
    for (; entries_[hole].key != key; hole = (hole + 1) & mask()) {
      if (entries_[hole].key == 0) return;
    }
    // An entry further on may move into the hole if the hole lies between its home and its place.
    for (std::size_t i = (hole + 1) & mask(); entries_[i].key != 0; i = (i + 1) & mask()) {
      const std::size_t home = slot_of(entries_[i].key);
      if (((i - home) & mask()) >= ((i - hole) & mask())) {
        entries_[hole] = entries_[i];
        hole = i;
      }
    }
    entries_[hole] = {};
    --size_;
  }

  std::size_t size() const { return size_; }

  template <class F>
  void for_each(F f) const {
    for (const Entry& entry : entries_) {
      if (entry.key != 0) f(entry.key, entry.value);
    }
  }

 private:
  struct Entry {
    std::uint64_t key = 0;
    Value value = 0;
  };
  std::size_t mask() const { return entries_.size() - 1; }
  std::size_t slot_of(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ull) >> 20) & mask();
  }
  void rehash(std::size_t capacity) {
    std::vector<Entry> old(capacity);
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.key == 0) continue;
      std::size_t i = slot_of(entry.key);
      while (entries_[i].key != 0) i = (i + 1) & mask();
      entries_[i] = entry;
    }
  }

  std::vector<Entry> entries_;  // a power of two, at most half full
  std::size_t size_ = 0;
};
using FlatMap = FlatMapTo<std::uint32_t>;

}  // namespace tenter::analysis
