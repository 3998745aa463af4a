// ShortLists are many sets of values, by number, of which most have no more than near_count values: those lie in one place, within
// a cache line, and a look at a set seldom waits for more. A T has a `mask`; one of 0 is no value.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/chunks.h"

namespace tenter::analysis {

template <class T, unsigned near_count>
class ShortLists {
 public:
  std::size_t size() const { return lists_.size(); }
  void add_list() { lists_.push_back(List()); }
  void clear(std::size_t number) {
    List& list = lists_[number];
    if (list.rest != 0) give_back(list);
    list = List();
  }
  // Each value once, in no particular order.
  template <class F>
  void for_each(std::size_t number, F f) const {
    const List& list = lists_[number];
    for (const T& near : list.near) {
      if (near.mask != 0) f(near);
    }
    if (list.rest == 0) return;
    for (const T& value : rests_[list.rest - 1]) f(value);
  }
  // The value takes the place of those of which gone() is true, each asked once, in no particular order. It may change what it keeps,
  // but for a mask of 0. How many values there are now beyond near_count.
  template <class F>
  std::size_t replace(std::size_t number, F gone, const T& value) {
    List& list = lists_[number];
    T* place = nullptr;
    for (T& near : list.near) {
      if (near.mask != 0 && !gone(near)) continue;
      near.mask = 0;
      if (place == nullptr) place = &near;
    }
    if (list.rest == 0 && place != nullptr) {
      *place = value;
      return 0;
    }
    return replace_among_more(list, gone, value);
  }
  void prefetch(std::size_t number) const { __builtin_prefetch(&lists_[number], 1); }

 private:
  struct alignas(std::bit_ceil(near_count * sizeof(T) + sizeof(std::uint32_t))) List {
    T near[near_count] = {};
    std::uint32_t rest = 0;  // 1 + its place in rests_; 0: there is none
  };
  template <class F>
  [[gnu::noinline]] std::size_t replace_among_more(List& list, F gone, const T& value) {
    if (list.rest == 0) {
      if (unused_rests_.empty()) {
        rests_.emplace_back();
        unused_rests_.push_back(static_cast<std::uint32_t>(rests_.size()));
      }
      list.rest = unused_rests_.back();
      unused_rests_.pop_back();
    }
    std::vector<T>& rest = rests_[list.rest - 1];
    for (std::size_t i = 0; i < rest.size();) {
      if (!gone(rest[i])) {
        ++i;
        continue;
      }
      rest[i] = rest.back();
      rest.pop_back();
    }
    rest.push_back(value);
    for (T& near : list.near) {
      if (near.mask != 0 || rest.empty()) continue;
      near = rest.back();
      rest.pop_back();
    }
    const std::size_t left = rest.size();
    if (left == 0) give_back(list);
    return left;
  }
  void give_back(List& list) {
    rests_[list.rest - 1].clear();
    unused_rests_.push_back(list.rest);
    list.rest = 0;
  }

  Chunks<List> lists_;
  std::vector<std::vector<T>> rests_;
  std::vector<std::uint32_t> unused_rests_;
};

}  // namespace tenter::analysis
