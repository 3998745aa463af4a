// ShortList is a set of values of which there mostly is one: that one is kept in place. A T has a `mask`; one of 0 is no value.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace tenter::analysis {

template <class T>
class ShortList {
 public:
  std::size_t size() const { return first_.mask == 0 ? 0 : 1 + (rest_ ? rest_->size() : 0); }
  void clear() {
    first_ = T();
    rest_.reset();
  }
  void add(const T& value) {
    if (first_.mask == 0) {
      first_ = value;
      return;
    }
    if (!rest_) rest_ = std::make_unique<std::vector<T>>();
    rest_->push_back(value);
  }
  template <class F>
  void for_each(F f) const {
    if (first_.mask == 0) return;
    f(first_);
    if (rest_) {
      for (const T& value : *rest_) f(value);
    }
  }
  // f may change what it keeps. Each value once, in no particular order.
  template <class F>
  void erase_if(F f) {
    if (first_.mask == 0) return;
    if (rest_) {
      for (std::size_t i = 0; i < rest_->size();) {
        if (!f((*rest_)[i])) {
          ++i;
          continue;
        }
        (*rest_)[i] = rest_->back();
        rest_->pop_back();
      }
    }
    if (!f(first_)) return;
    if (!rest_ || rest_->empty()) {
      first_ = T();
      return;
    }
    first_ = rest_->back();
    rest_->pop_back();
  }

 private:
  T first_;
  std::unique_ptr<std::vector<T>> rest_;
};

}  // namespace tenter::analysis
