// A ShortList is a set of values, of which most sets have no more than near_count: those lie in one place, the newest first, so that a
// look at the set seldom waits for more. The others are in the ShortLists that the set belongs to. A T has a `mask`; one of 0 is no value.
//
//   ShortLists<Entry, 5> lists;
//   ShortLists<Entry, 5>::List list;    // near[0] is the newest
//   lists.replace(list, [&](Entry& old) { return old.position < 7; }, entry);
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenter::analysis {

template <class T, unsigned near_count>
class ShortLists {
 public:
  struct List {
    T near[near_count] = {};  // those without a value are the last ones
    std::uint32_t rest = 0;   // 1 + its place in rests_; 0: there is none
  };

  void clear(List& list) {
    if (list.rest != 0) give_back(list);
    list = List();
  }
  // Another set of the same values.
  List copy(const List& list) {
    List made = list;
    if (list.rest != 0) {
      made.rest = take_rest();
      rests_[made.rest - 1] = rests_[list.rest - 1];
    }
    return made;
  }
  // Each value once.
  template <class F>
  void for_each(const List& list, F f) const {
    for (const T& near : list.near) {
      if (near.mask == 0) return;
      f(near);
    }
    if (list.rest == 0) return;
    for (const T& value : rests_[list.rest - 1]) f(value);
  }
  // The value takes the place of those of which gone() is true, each asked once. It may change what it keeps, but for a mask of 0.
  // How many values there are now beyond near_count.
  template <class F>
  std::size_t replace(List& list, F gone, const T& value) {
    unsigned size = 0;
    while (size < near_count && list.near[size].mask != 0) {
      if (!gone(list.near[size])) {
        ++size;
        continue;
      }
      // The last one that may have a value takes its place, to be asked in its turn.
      unsigned last = near_count - 1;
      while (list.near[last].mask == 0) --last;
      list.near[size] = list.near[last];
      list.near[last] = T();
    }
    if (list.rest != 0 || size == near_count) return replace_among_more(list, gone, value, size);
    list.near[size] = list.near[0];
    list.near[0] = value;
    return 0;
  }

 private:
  // `size` values lie near, and were asked.
  template <class F>
  [[gnu::noinline]] std::size_t replace_among_more(List& list, F gone, const T& value, unsigned size) {
    if (list.rest == 0) list.rest = take_rest();
    std::vector<T>& rest = rests_[list.rest - 1];
    for (std::size_t i = 0; i < rest.size();) {
      if (!gone(rest[i])) {
        ++i;
        continue;
      }
      rest[i] = rest.back();
      rest.pop_back();
    }
    if (size > 0) rest.push_back(list.near[0]);
    list.near[0] = value;
    size = std::max(size, 1u);
    for (; size < near_count && !rest.empty(); ++size) {
      list.near[size] = rest.back();
      rest.pop_back();
    }
    const std::size_t left = rest.size();
    if (left == 0) give_back(list);
    return left;
  }
  std::uint32_t take_rest() {
    if (unused_rests_.empty()) {
      rests_.emplace_back();
      unused_rests_.push_back(static_cast<std::uint32_t>(rests_.size()));
    }
    const std::uint32_t taken = unused_rests_.back();
    unused_rests_.pop_back();
    return taken;
  }
  void give_back(List& list) {
    rests_[list.rest - 1].clear();
    unused_rests_.push_back(list.rest);
    list.rest = 0;
  }

  std::vector<std::vector<T>> rests_;
  std::vector<std::uint32_t> unused_rests_;
};

}  // namespace tenter::analysis
