// Tasks in the order in which they came, as many as there are. A ring of pointers, because to follow a chain through the
// tasks themselves would touch a cold page for each.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace tenter::detail {

class Task;

class TaskRing {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void push(std::span<Task* const> tasks) {
    if (size_ + tasks.size() > places_.size()) { grow(size_ + tasks.size()); }
    for (Task* const task : tasks) {
      places_[(first_ + size_) & (places_.size() - 1)] = task;
      ++size_;
    }
  }

  // The oldest ones, into all of `out`, which is no longer than size().
  void pop(std::span<Task*> out) {
    for (Task*& task : out) {
      task = places_[first_];
      first_ = (first_ + 1) & (places_.size() - 1);
    }
    size_ -= out.size();
  }

 private:
  void grow(std::size_t least) {
    std::size_t capacity = std::max<std::size_t>(places_.size(), 256);
    while (capacity < least) { capacity *= 2; }
    std::vector<Task*> larger(capacity);
    const std::size_t size = size_;
    pop(std::span(larger).first(size));
    places_.swap(larger);
    first_ = 0;
    size_ = size;
  }

  std::vector<Task*> places_;  // a power of two of them
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tenter::detail
