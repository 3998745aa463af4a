// Channels pass values between tasks, as Go's do. send() waits while the buffer is full and recv() while it is empty; a
// channel without a buffer passes each value from hand to hand.
//
//   Chan<int> squares = make_chan<int>();
//   go([squares] {
//     for (int i = 0; i < 10; ++i) squares.send(i * i);
//     squares.close();
//   });
//   for (int square : squares) std::printf("%d\n", square);
//
// Chan<T> is a handle: cheap to copy, equal to its copies, and the channel lives as long as one of them. SendChan<T> and
// RecvChan<T> are handles for one direction; a Chan converts to both and neither converts back. A default-constructed
// handle is the nil channel: send and recv on it wait for ever, and a select never chooses it.
//
// Threads: any number of tasks and ordinary threads may use one channel through any handles at the same time. A handle
// variable itself is an ordinary variable: replacing it while another task uses it is a data race.
//
// Order (https://go.dev/ref/mem#chan): the k-th send happens before the k-th receive returns; with capacity C, the k-th
// receive happens before the (k+C)-th send returns; close happens before a receive that returns because of it. Values
// come out in the order in which they went in, and whoever waited longest is served first.
//
// T must be movable. Its move constructor runs while the channel is locked: it must not wait, and must not use the same
// channel. If it throws, the operation throws, and the value is neither lost nor passed on twice (as far as T's move
// leaves its source alone when it throws). What a handler of select takes by value is moved once more, by the handler's
// own call.
#pragma once
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <tenter/annotate.h>
#include <tenter/error.h>
#include <tenter/lint.h>

namespace tenter {

// A value that says nothing, for channels whose message is that there is one.
struct Unit {
  friend bool operator==(Unit, Unit) { return true; }
};

// What try_recv() found: a value, or that the channel is closed and drained, or neither: it would have to wait.
template <class T>
struct TryRecv {
  std::optional<T> value;
  bool closed = false;
};

template <class T>
class Chan;
template <class T>
class SendChan;
template <class T>
class RecvChan;

namespace detail {

// How the library, which does not know T, moves and destroys values. Null: the bytes are the value.
struct ElementOps {
  std::size_t size;  // 0: all values are alike, and none need be kept
  std::size_t alignment;
  void (*move)(void* to, void* from);     // constructs at `to`; `from` is destroyed by its owner
  void (*deliver)(void* to, void* from);  // the same into a receiver's std::optional, which is empty; null: as move
  void (*destroy)(void* value) noexcept;
};

// A T whose move may throw goes from the channel into the optional that its receiver gets, in one move: were there a
// second one, what throws there would be lost.
template <class T>
constexpr bool delivered_in_one_move = !std::is_nothrow_move_constructible_v<T>;

template <class T>
constexpr ElementOps make_element_ops() {
  constexpr bool trivial = std::is_trivially_copyable_v<T>;
  ElementOps ops{};
  ops.size = trivial && std::is_empty_v<T> ? 0 : sizeof(T);
  ops.alignment = alignof(T);
  if constexpr (!trivial) {
    ops.move = [](void* to, void* from) { ::new (to) T(std::move(*static_cast<T*>(from))); };
  }
  if constexpr (delivered_in_one_move<T>) {
    ops.deliver = [](void* to, void* from) {
      static_cast<std::optional<T>*>(to)->emplace(std::move(*static_cast<T*>(from)));
    };
  }
  if constexpr (!std::is_trivially_destructible_v<T>) {
    ops.destroy = [](void* value) noexcept { static_cast<T*>(value)->~T(); };
  }
  return ops;
}
template <class T>
inline constexpr ElementOps element_ops = make_element_ops<T>();

class ChannelCore;  // lib/channel/channel.h

ChannelCore* channel_make(const ElementOps* ops, std::size_t capacity);
void channel_retain(ChannelCore* channel) noexcept;  // null is allowed everywhere
void channel_release(ChannelCore* channel) noexcept;
void channel_send(ChannelCore* channel, void* value);
bool channel_recv(ChannelCore* channel, void* storage);  // false: closed and drained, and nothing was constructed
enum class TryResult { done, closed, would_wait };
TryResult channel_try_send(ChannelCore* channel, void* value);
TryResult channel_try_recv(ChannelCore* channel, void* storage);
void channel_close(ChannelCore* channel);
std::size_t channel_len(const ChannelCore* channel) noexcept;
std::size_t channel_cap(const ChannelCore* channel) noexcept;

// Room for a T that somebody else constructs.
template <class T, bool in_one_move = delivered_in_one_move<T>>
class Slot {
 public:
  Slot() {}
  ~Slot() {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  void* storage() { return &value_; }
  // The T that was constructed here, which is destroyed by this.
  T take() {
    struct Destroy {
      T& value;
      ~Destroy() { value.~T(); }
    } after{value_};
    return std::move(value_);
  }
  std::optional<T> take_optional() {
    struct Destroy {
      T& value;
      ~Destroy() { value.~T(); }
    } after{value_};
    return std::optional<T>(std::move(value_));
  }
  void drop() { value_.~T(); }

 private:
  union {
    T value_;
  };
};

template <class T>
class Slot<T, true> {
 public:
  void* storage() { return &value_; }
  T take() {
    const Empty after{value_};
    return std::move(*value_);
  }
  std::optional<T> take_optional() {
    const Empty after{value_};
    return std::optional<T>(std::move(*value_));
  }
  void drop() { value_.reset(); }

 private:
  struct Empty {
    std::optional<T>& value;
    ~Empty() { value.reset(); }
  };
  std::optional<T> value_;
};

// What a handle is good for, as in <tenter/annotate.h>.
constexpr int can_send = 1;
constexpr int can_receive = 2;

// The part that all handles share. The pointer is an ordinary member, read and written by the program's own code: a
// recorder sees when a handle variable is replaced while it is used. What it points to belongs to the library.
//
// A recorder is told where handles begin and end, so that it can be shown that nobody is left who could send or receive.
// Where none is linked that is one test of a constant each time.
template <int directions>
class Handle {
 public:
  constexpr Handle() noexcept = default;
  explicit Handle(ChannelCore* adopted) noexcept : core_(adopted) { begins(0); }
  Handle(const Handle& other) noexcept : core_(other.core_) {
    channel_retain(core_);
    begins(copied);
  }
  template <int more>
    requires(more != directions && (more & directions) == directions)
  explicit Handle(const Handle<more>& other) noexcept : core_(other.core()) {
    channel_retain(core_);
    begins(copied);
  }
  Handle(Handle&& other) noexcept { take_over(other); }
  template <int more>
    requires(more != directions && (more & directions) == directions)
  explicit Handle(Handle<more>&& other) noexcept {
    take_over(other);
  }
  Handle& operator=(const Handle& other) noexcept {
    channel_retain(other.core_);
    replace(other.core_, copied);
    return *this;
  }
  Handle& operator=(Handle&& other) noexcept {
    replace(other.give_up(), moved);
    return *this;
  }
  ~Handle() {
    if (core_ == nullptr) { return; }
    ends(0);
    channel_release(core_);
  }
  ChannelCore* core() const noexcept { return core_; }

 private:
  template <int>
  friend class Handle;
  static constexpr int copied = 4;
  static constexpr int moved = 8;

  template <int more>
  void take_over(Handle<more>& other) noexcept {
    if (tenter_hears_of_handles()) [[unlikely]] {
      core_ = other.give_up();
      begins(moved);
    } else {
      core_ = std::exchange(other.core_, nullptr);
    }
  }
  ChannelCore* give_up() noexcept {
    ends(moved);
    return std::exchange(core_, nullptr);
  }
  void replace(ChannelCore* core, int how) noexcept {
    ends(0);
    ChannelCore* const before = std::exchange(core_, core);
    begins(how);
    if (before != nullptr) { channel_release(before); }
  }
  void begins(int how) const noexcept {
    if (tenter_hears_of_handles() && core_ != nullptr) [[unlikely]] {
      tenter_handle_birth(core_, this, directions | how);
    }
  }
  void ends(int how) const noexcept {
    if (tenter_hears_of_handles() && core_ != nullptr) [[unlikely]] {
      tenter_handle_death(core_, this, directions | how);
    }
  }

  ChannelCore* core_ = nullptr;
};

struct ChannelAccess {
  template <class C>
  static ChannelCore* core(const C& channel) {
    return channel.handle_.core();
  }
  // Where recorders were told that the handle is.
  template <class C>
  static const void* place(const C& channel) {
    return &channel.handle_;
  }
  template <class C>
  static C adopt(ChannelCore* core) {
    return C(typename C::Held(core));
  }
};

template <class T>
std::optional<T> recv(ChannelCore* core) {
  if constexpr (delivered_in_one_move<T>) {
    std::optional<T> result;
    channel_recv(core, &result);
    return result;
  } else {
    Slot<T> slot;
    if (!channel_recv(core, slot.storage())) { return std::nullopt; }
    return slot.take_optional();
  }
}

template <class T>
TryRecv<T> try_recv(ChannelCore* core) {
  if constexpr (delivered_in_one_move<T>) {
    TryRecv<T> result;
    result.closed = channel_try_recv(core, &result.value) == TryResult::closed;
    return result;
  } else {
    Slot<T> slot;
    switch (channel_try_recv(core, slot.storage())) {
      case TryResult::done: return {slot.take_optional(), false};
      case TryResult::closed: return {std::nullopt, true};
      case TryResult::would_wait: break;
    }
    return {std::nullopt, false};
  }
}

}  // namespace detail

// Receives until the channel is closed and drained; what `for (T value : channel)` uses.
template <class T>
class ChannelIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = T&;

  ChannelIterator() = default;
  explicit ChannelIterator(RecvChan<T> channel) : channel_(std::move(channel)) { ++*this; }
  T& operator*() const { return *value_; }
  T* operator->() const { return &*value_; }
  ChannelIterator& operator++() {
    // Neither assigned nor moved: T need not be assignable, and its move may throw.
    std::destroy_at(&value_);
    try {
      ::new (&value_) std::optional<T>(channel_.recv());
    } catch (...) {
      ::new (&value_) std::optional<T>();
      throw;
    }
    return *this;
  }
  void operator++(int) { ++*this; }
  // Equal if both have come to the end.
  friend bool operator==(const ChannelIterator& a, const ChannelIterator& b) {
    return a.value_.has_value() == b.value_.has_value();
  }

 private:
  RecvChan<T> channel_;
  mutable std::optional<T> value_;
};

// A channel as its senders see it.
template <class T>
class TENTER_LINT("channel") SendChan {
 public:
  using value_type = T;
  constexpr SendChan() noexcept = default;

  // Waits until a receiver or the buffer takes the value. Throws ClosedChannelError if the channel is closed, also while
  // waiting. On a nil channel it waits for ever.
  TENTER_LINT("send") void send(T value) const { detail::channel_send(handle_.core(), std::addressof(value)); }
  // False: it would have to wait (or the channel is nil). Throws ClosedChannelError.
  TENTER_LINT("try-send") bool try_send(T value) const {
    return detail::channel_try_send(handle_.core(), std::addressof(value)) == detail::TryResult::done;
  }
  // Wakes all who wait on the channel. What is in the buffer can still be received. Throws ClosedChannelError if it is
  // closed already, NilChannelError if it is nil.
  TENTER_LINT("close") void close() const { detail::channel_close(handle_.core()); }
  TENTER_LINT("query") std::size_t len() const noexcept {
    return detail::channel_len(handle_.core());
  }  // orders nothing
  TENTER_LINT("query") std::size_t cap() const noexcept { return detail::channel_cap(handle_.core()); }
  TENTER_LINT("query") bool is_nil() const noexcept { return handle_.core() == nullptr; }
  TENTER_LINT("query") explicit operator bool() const noexcept { return !is_nil(); }
  TENTER_LINT("query") friend bool operator==(const SendChan& a, const SendChan& b) noexcept {
    return a.handle_.core() == b.handle_.core();
  }

 private:
  friend class Chan<T>;
  friend struct detail::ChannelAccess;
  using Held = detail::Handle<detail::can_send>;
  explicit SendChan(Held handle) noexcept : handle_(std::move(handle)) {}
  Held handle_;
};

// A channel as its receivers see it.
template <class T>
class TENTER_LINT("channel") RecvChan {
 public:
  using value_type = T;
  constexpr RecvChan() noexcept = default;

  // Waits for a value; nullopt once the channel is closed and drained. On a nil channel it waits for ever.
  TENTER_LINT("recv") std::optional<T> recv() const { return detail::recv<T>(handle_.core()); }
  TENTER_LINT("try-recv") TryRecv<T> try_recv() const { return detail::try_recv<T>(handle_.core()); }
  TENTER_LINT("query") std::size_t len() const noexcept {
    return detail::channel_len(handle_.core());
  }  // orders nothing
  TENTER_LINT("query") std::size_t cap() const noexcept { return detail::channel_cap(handle_.core()); }
  TENTER_LINT("query") bool is_nil() const noexcept { return handle_.core() == nullptr; }
  TENTER_LINT("query") explicit operator bool() const noexcept { return !is_nil(); }
  TENTER_LINT("query") friend bool operator==(const RecvChan& a, const RecvChan& b) noexcept {
    return a.handle_.core() == b.handle_.core();
  }

  TENTER_LINT("range") ChannelIterator<T> begin() const { return ChannelIterator<T>(*this); }
  TENTER_LINT("query") ChannelIterator<T> end() const { return ChannelIterator<T>(); }

 private:
  friend class Chan<T>;
  friend struct detail::ChannelAccess;
  using Held = detail::Handle<detail::can_receive>;
  explicit RecvChan(Held handle) noexcept : handle_(std::move(handle)) {}
  Held handle_;
};

// A channel, both ends.
template <class T>
class TENTER_LINT("channel") Chan {
 public:
  using value_type = T;
  constexpr Chan() noexcept = default;

  // NOLINTBEGIN: as in Go
  TENTER_LINT("alias") [[gnu::always_inline]] operator SendChan<T>() const& {
    return SendChan<T>(typename SendChan<T>::Held(handle_));
  }
  TENTER_LINT("alias") [[gnu::always_inline]] operator SendChan<T>() && {
    return SendChan<T>(typename SendChan<T>::Held(std::move(handle_)));
  }
  TENTER_LINT("alias") [[gnu::always_inline]] operator RecvChan<T>() const& {
    return RecvChan<T>(typename RecvChan<T>::Held(handle_));
  }
  TENTER_LINT("alias") [[gnu::always_inline]] operator RecvChan<T>() && {
    return RecvChan<T>(typename RecvChan<T>::Held(std::move(handle_)));
  }
  // NOLINTEND

  // As SendChan's and RecvChan's.
  TENTER_LINT("send") void send(T value) const { detail::channel_send(handle_.core(), std::addressof(value)); }
  TENTER_LINT("try-send") bool try_send(T value) const {
    return detail::channel_try_send(handle_.core(), std::addressof(value)) == detail::TryResult::done;
  }
  TENTER_LINT("recv") std::optional<T> recv() const { return detail::recv<T>(handle_.core()); }
  TENTER_LINT("try-recv") TryRecv<T> try_recv() const { return detail::try_recv<T>(handle_.core()); }
  TENTER_LINT("close") void close() const { detail::channel_close(handle_.core()); }
  TENTER_LINT("query") std::size_t len() const noexcept { return detail::channel_len(handle_.core()); }
  TENTER_LINT("query") std::size_t cap() const noexcept { return detail::channel_cap(handle_.core()); }
  TENTER_LINT("query") bool is_nil() const noexcept { return handle_.core() == nullptr; }
  TENTER_LINT("query") explicit operator bool() const noexcept { return !is_nil(); }
  TENTER_LINT("query") friend bool operator==(const Chan& a, const Chan& b) noexcept {
    return a.handle_.core() == b.handle_.core();
  }

  TENTER_LINT("range") ChannelIterator<T> begin() const { return ChannelIterator<T>(*this); }
  TENTER_LINT("query") ChannelIterator<T> end() const { return ChannelIterator<T>(); }

 private:
  friend struct detail::ChannelAccess;
  using Held = detail::Handle<detail::can_send | detail::can_receive>;
  explicit Chan(Held handle) noexcept : handle_(std::move(handle)) {}
  Held handle_;
};

// A new channel. Without a capacity, a send and a receive wait for each other. Throws Error if so large a buffer cannot be
// had at all. A value type of size 0 (Unit) needs no memory per place.
template <class T>
TENTER_LINT("make")
Chan<T> make_chan(std::size_t capacity = 0) {
  return detail::ChannelAccess::adopt<Chan<T>>(detail::channel_make(&detail::element_ops<T>, capacity));
}

}  // namespace tenter
