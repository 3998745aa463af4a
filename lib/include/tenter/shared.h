// What several function objects of this library's share. Unlike those of std::shared_ptr, its counts are changed inside of
// the library, where no recorder sees them: copying a handle orders nothing.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace tenter::detail {

struct SharedCount {
  std::atomic<std::uint32_t> owners{1};
};
void shared_retain(SharedCount& count) noexcept;
bool shared_drop(SharedCount& count) noexcept;  // true: it was the last, and comes after all others

// An owner of a T, which is destroyed with the last of them.
template <class T>
class Shared {
 public:
  template <class... A>
  static Shared make(A&&... arguments) {
    return Shared(new Counted{{}, T{std::forward<A>(arguments)...}});
  }
  Shared(const Shared& other) noexcept : counted_(other.counted_) {
    if (counted_ != nullptr) { shared_retain(*counted_); }
  }
  Shared(Shared&& other) noexcept : counted_(std::exchange(other.counted_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(counted_, other.counted_);
    return *this;
  }
  ~Shared() {
    if (counted_ != nullptr && shared_drop(*counted_)) { delete counted_; }
  }
  T* operator->() const noexcept { return &counted_->object; }
  T& operator*() const noexcept { return counted_->object; }

 private:
  struct Counted : SharedCount {
    T object;
  };
  explicit Shared(Counted* adopted) noexcept : counted_(adopted) {}
  Counted* counted_;
};

}  // namespace tenter::detail
