// select waits for several channel operations at once, and does exactly one of them.
//
//   select(
//     on_recv(jobs, [](Job job) { work(job); }),
//     on_send(results, next_result),
//     on_recv(after(1s), [] { std::puts("nothing to do"); }));
//
// If several cases could go ahead, one is chosen at random, each with the same probability. With otherwise(), select does
// not wait: it takes that case if no other could go ahead. Cases on nil channels are never chosen; a select whose cases
// can never be chosen waits for ever. A handler runs in the calling task after the choice is made; it may wait. A case
// that sends on a closed channel is ready, and throws ClosedChannelError if it is chosen.
//
// The handler of on_recv is called with what fits first: std::optional<T> (empty: closed), T (T{} when closed, as in
// Go), nothing. A generic lambda fits std::optional<T>.
#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenter/channel.h>

namespace tenter {
namespace detail {

struct SelectCase {
  ChannelCore* channel = nullptr;  // null: never ready
  bool is_send = false;
  void* value = nullptr;  // to send, or storage to receive into
  // The case's own handle, where it ends with the select whichever case is taken, and nobody else can use it.
  const void* handle = nullptr;
};

struct Selected {
  std::size_t index;  // of the case; the number of cases: none was ready
  bool received;      // a value was constructed in the case's storage
};
// Throws ClosedChannelError when the chosen case sends on a closed channel.
Selected select_wait(const SelectCase* cases, std::size_t count, bool may_wait);

struct Nothing {
  void operator()() const {}
};

template <class T, class F>
void handle_received(F& handler, Slot<T>& slot, bool received) {
  if constexpr (std::is_invocable_v<F&, std::optional<T>>) {
    if (received) {
      handler(slot.take_optional());
    } else {
      handler(std::optional<T>());
    }
  } else if constexpr (std::is_invocable_v<F&, T>) {
    static_assert(std::is_default_constructible_v<T>,
                  "a handler that takes T gets T{} once the channel is closed; take std::optional<T>");
    if (received) {
      handler(slot.take());
    } else {
      handler(T{});
    }
  } else {
    static_assert(std::is_invocable_v<F&>, "the handler of on_recv takes std::optional<T>, T or nothing");
    if (received) { slot.drop(); }
    handler();
  }
}

template <class T, class F>
class RecvCase {
 public:
  static constexpr bool is_otherwise = false;
  RecvCase(RecvChan<T> channel, F handler) : channel_(std::move(channel)), handler_(std::move(handler)) {}
  SelectCase prepare(Slot<T>& slot) {
    return {ChannelAccess::core(channel_), false, slot.storage(), ChannelAccess::place(channel_)};
  }
  void finish(Slot<T>& slot, bool received) { handle_received<T>(handler_, slot, received); }
  using Storage = Slot<T>;

 private:
  RecvChan<T> channel_;
  F handler_;
};

struct NoStorage {};

template <class T, class F>
class SendCase {
 public:
  static constexpr bool is_otherwise = false;
  SendCase(SendChan<T> channel, T value, F handler)
      : channel_(std::move(channel)), value_(std::move(value)), handler_(std::move(handler)) {}
  SelectCase prepare(NoStorage&) {
    return {ChannelAccess::core(channel_), true, std::addressof(value_), ChannelAccess::place(channel_)};
  }
  void finish(NoStorage&, bool) { handler_(); }
  using Storage = NoStorage;

 private:
  SendChan<T> channel_;
  T value_;
  F handler_;
};

template <class F>
class OtherwiseCase {
 public:
  static constexpr bool is_otherwise = true;
  explicit OtherwiseCase(F handler) : handler_(std::move(handler)) {}
  SelectCase prepare(NoStorage&) { return {}; }
  void finish(NoStorage&, bool) { handler_(); }
  using Storage = NoStorage;

 private:
  F handler_;
};

template <class C>
concept AnyCase = requires {
  typename C::Storage;
  { C::is_otherwise } -> std::convertible_to<bool>;
};

template <std::size_t... I, class... C>
std::size_t select(std::index_sequence<I...>, C&... cases) {
  constexpr std::size_t count = sizeof...(C);
  constexpr std::array<bool, count + 1> is_otherwise{C::is_otherwise..., false};
  static_assert((std::size_t{C::is_otherwise} + ... + 0) <= 1, "a select has at most one otherwise()");
  std::tuple<typename C::Storage...> storage;
  const std::array<SelectCase, count + 1> prepared{cases.prepare(std::get<I>(storage))..., SelectCase{}};
  constexpr bool may_wait = !(C::is_otherwise || ...);
  Selected selected = select_wait(prepared.data(), count, may_wait);
  if (selected.index == count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (is_otherwise[i]) { selected.index = i; }
    }
  }
  ((selected.index == I ? cases.finish(std::get<I>(storage), selected.received) : void()), ...);
  return selected.index;
}

}  // namespace detail

// The cases. They hold their handles and values themselves, evaluated when the case is written down. A handle that is an
// rvalue is taken over: it goes when the select is over.
template <class C, class F = detail::Nothing>
TENTER_LINT("on-recv")
[[gnu::always_inline]] inline auto on_recv(C&& channel, F handler = {}) {
  using T = typename std::remove_cvref_t<C>::value_type;
  return detail::RecvCase<T, F>(RecvChan<T>(std::forward<C>(channel)), std::move(handler));
}

template <class C, class V, class F = detail::Nothing>
  requires std::convertible_to<V&&, typename std::remove_cvref_t<C>::value_type>
TENTER_LINT("on-send")
[[gnu::always_inline]] inline auto on_send(C&& channel, V&& value, F handler = {}) {
  using T = typename std::remove_cvref_t<C>::value_type;
  return detail::SendCase<T, F>(SendChan<T>(std::forward<C>(channel)), std::forward<V>(value), std::move(handler));
}

template <class F = detail::Nothing>
TENTER_LINT("otherwise")
auto otherwise(F handler = {}) {
  return detail::OtherwiseCase<F>(std::move(handler));
}

// Returns the index of the case that ran, counting the cases as they are written, otherwise() included.
template <detail::AnyCase... C>
TENTER_LINT("select")
std::size_t select(C... cases) {
  return detail::select(std::index_sequence_for<C...>{}, cases...);
}

// A select whose cases are only known at run time.
//
//   Selector selector;
//   for (const RecvChan<Line>& source : sources) selector.recv(source, [](Line line) { print(line); });
//   selector.wait();
//
// Each of recv() and send() returns the index of its case. wait() may be called again and again; a send case sends a copy
// of its value each time (or, where T cannot be copied, can be chosen once). Used by one task at a time.
class Selector {
 public:
  Selector() = default;
  Selector(Selector&&) noexcept = default;
  Selector& operator=(Selector&&) noexcept = default;

  template <class C, class F = detail::Nothing>
  std::size_t recv(const C& channel, F handler = {}) {
    using T = typename C::value_type;
    cases_.push_back(std::make_unique<RecvEntry<T, F>>(RecvChan<T>(channel), std::move(handler)));
    return cases_.size() - 1;
  }
  template <class C, class V, class F = detail::Nothing>
  std::size_t send(const C& channel, V&& value, F handler = {}) {
    using T = typename C::value_type;
    cases_.push_back(
        std::make_unique<SendEntry<T, F>>(SendChan<T>(channel), T(std::forward<V>(value)), std::move(handler)));
    return cases_.size() - 1;
  }
  template <class F = detail::Nothing>
  void otherwise(F handler = {}) {
    if (has_otherwise_) { throw Error("a select has at most one otherwise()"); }
    cases_.push_back(std::make_unique<OtherwiseEntry<F>>(std::move(handler)));
    has_otherwise_ = true;
    otherwise_ = cases_.size() - 1;
  }
  // The index of the case that ran; otherwise() counts as a case.
  std::size_t wait() {
    prepared_.clear();
    for (const auto& entry : cases_) { prepared_.push_back(entry->prepare()); }
    const detail::Selected selected = detail::select_wait(prepared_.data(), prepared_.size(), !has_otherwise_);
    const std::size_t index = selected.index == cases_.size() ? otherwise_ : selected.index;
    cases_[index]->finish(selected.received);
    return index;
  }

 private:
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    virtual ~Entry() = default;
    virtual detail::SelectCase prepare() = 0;
    virtual void finish(bool received) = 0;
  };
  template <class T, class F>
  class RecvEntry final : public Entry {
   public:
    RecvEntry(RecvChan<T> channel, F handler) : channel_(std::move(channel)), handler_(std::move(handler)) {}
    detail::SelectCase prepare() override { return {detail::ChannelAccess::core(channel_), false, slot_.storage()}; }
    void finish(bool received) override { detail::handle_received<T>(handler_, slot_, received); }

   private:
    RecvChan<T> channel_;
    F handler_;
    detail::Slot<T> slot_;
  };
  template <class T, class F>
  class SendEntry final : public Entry {
   public:
    SendEntry(SendChan<T> channel, T value, F handler)
        : channel_(std::move(channel)), value_(std::move(value)), handler_(std::move(handler)) {}
    detail::SelectCase prepare() override {
      if (sent_) { return {}; }
      if constexpr (std::is_copy_constructible_v<T>) {
        copy_.emplace(value_);
        return {detail::ChannelAccess::core(channel_), true, std::addressof(*copy_)};
      } else {
        return {detail::ChannelAccess::core(channel_), true, std::addressof(value_)};
      }
    }
    void finish(bool) override {
      sent_ = !std::is_copy_constructible_v<T>;
      handler_();
    }

   private:
    SendChan<T> channel_;
    T value_;
    std::optional<T> copy_;
    F handler_;
    bool sent_ = false;
  };
  template <class F>
  class OtherwiseEntry final : public Entry {
   public:
    explicit OtherwiseEntry(F handler) : handler_(std::move(handler)) {}
    detail::SelectCase prepare() override { return {}; }
    void finish(bool) override { handler_(); }

   private:
    F handler_;
  };

  std::vector<std::unique_ptr<Entry>> cases_;
  std::vector<detail::SelectCase> prepared_;
  std::size_t otherwise_ = 0;
  bool has_otherwise_ = false;
};

}  // namespace tenter
