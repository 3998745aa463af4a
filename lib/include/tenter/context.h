// Contexts carry a deadline, a cancellation and values down through the calls that work on one thing. As Go's package
// context (https://pkg.go.dev/context).
//
//   auto [context, cancel] = with_timeout(background(), 100ms);
//   go([context] {
//     select(on_recv(answers, use),
//            on_recv(context.done(), [] { give_up(); }));
//   });
//   ...
//   cancel();                            // also when all went well: it takes the timer and the place in the parent back
//
// Contexts make a tree: whoever is derived from a context is cancelled with it, and never the other way round. A Context
// is a handle: cheap to copy, equal to its copies, and it can be used by any number of tasks and threads at the same time.
// A default-constructed Context is background().
//
// Order: cancel() happens before a receive from done() returns, and before err() or cause() say so.
//
// A context that is derived and never cancelled keeps its timer and its place in the parent while somebody could still
// notice: until the parent is cancelled, or until nobody has the context or its done() any more.
#pragma once
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <tenter/annotate.h>
#include <tenter/channel.h>
#include <tenter/error.h>
#include <tenter/lint.h>
#include <tenter/task.h>
#include <tenter/unseen.h>

namespace tenter {

// Why a context is done. As conditions they are std::errc::operation_canceled and std::errc::timed_out.
enum class context_errc {
  canceled = 1,
  deadline_exceeded = 2,
};
const std::error_category& context_category() noexcept;
inline std::error_code make_error_code(context_errc reason) noexcept {
  return {static_cast<int>(reason), context_category()};
}

// What Context::cause() holds where nobody gave a cause; for the program to throw, if it likes.
class ContextError : public Error {
 public:
  explicit ContextError(context_errc reason)
      : Error(make_error_code(reason).message()), code_(make_error_code(reason)) {}
  const std::error_code& code() const noexcept { return code_; }

 private:
  std::error_code code_;
};

namespace detail {

class ContextCore;      // lib/context/context.h
class ContextFunction;  // lib/context/context.h

// A key with its value.
class ContextEntry {
 public:
  virtual ~ContextEntry() = default;
  ContextEntry(const ContextEntry&) = delete;
  ContextEntry& operator=(const ContextEntry&) = delete;
  virtual bool has_key(const std::type_info& type, const void* key) const = 0;
  const std::type_info& value_type() const { return value_type_; }

 protected:
  explicit ContextEntry(const std::type_info& value_type) : value_type_(value_type) {}

 private:
  const std::type_info& value_type_;
};

template <class Key, class V>
class TypedContextEntry final : public ContextEntry {
 public:
  TypedContextEntry(Key key, V value) : ContextEntry(typeid(V)), key_(std::move(key)), value_(std::move(value)) {}
  bool has_key(const std::type_info& type, const void* key) const override {
    return type == typeid(Key) && *static_cast<const Key*>(key) == key_;
  }
  static const V& value_of(const ContextEntry& entry) { return static_cast<const TypedContextEntry&>(entry).value_; }

 private:
  const Key key_;
  const V value_;
};

// Texts are equal by their characters, whether they are literals, views or strings.
template <class Key>
constexpr bool is_text = std::is_same_v<Key, const char*> || std::is_same_v<Key, char*> ||
                         std::is_same_v<Key, std::string_view> || std::is_same_v<Key, std::string>;
template <class Key>
using ContextKey = std::conditional_t<is_text<Key>, std::string, Key>;

template <class Key>
ContextKey<Key> make_context_key(Key key) {
  static_assert(!std::is_null_pointer_v<Key>, "a context's key cannot be null");
  static_assert(std::equality_comparable<Key>, "a context's key is found by ==");
  if constexpr (std::is_pointer_v<Key>) {
    if (key == nullptr) { throw Error("a context's key cannot be null"); }
  }
  return ContextKey<Key>(std::move(key));
}

// A function object of a type that the library does not know.
struct ErasedFunction {
  void* object;
  void (*call)(void* object);
  void (*destroy)(void* object) noexcept;
};
template <class F>
ErasedFunction erase_function(F f) {
  return {new F(std::move(f)), [](void* object) { std::invoke(*static_cast<F*>(object)); },
          [](void* object) noexcept { delete static_cast<F*>(object); }};
}

// Null is the background everywhere. What is returned is retained for the caller.
void context_retain(ContextCore* context) noexcept;
void context_release(ContextCore* context) noexcept;
ContextCore* context_derive(ContextCore* parent);
ContextCore* context_derive_until(ContextCore* parent, TimePoint deadline, std::exception_ptr cause);
ContextCore* context_derive_for(ContextCore* parent, Duration duration, std::exception_ptr cause);
ContextCore* context_add(ContextCore* parent, std::unique_ptr<ContextEntry> entry);
ContextCore* context_detach(ContextCore* parent);
void context_cancel(ContextCore* context, std::exception_ptr cause);  // without a cause: canceled
ChannelCore* context_done(const ContextCore* context);
std::error_code context_err(const ContextCore* context);
std::exception_ptr context_cause(const ContextCore* context);
std::optional<TimePoint> context_deadline(const ContextCore* context) noexcept;
const ContextEntry* context_find(const ContextCore* context, const std::type_info& key_type, const void* key);

ContextFunction* context_after(ContextCore* context, ErasedFunction function);  // owns the function in any case
void context_function_retain(ContextFunction* function) noexcept;
void context_function_release(ContextFunction* function) noexcept;
bool context_function_stop(ContextFunction* function);

// Counts one of the two above.
template <class Core, void (*retain)(Core*) noexcept, void (*release)(Core*) noexcept>
class CountedHandle {
 public:
  constexpr CountedHandle() noexcept = default;
  explicit CountedHandle(Core* adopted) noexcept : core_(adopted) {}
  CountedHandle(const CountedHandle& other) noexcept : core_(other.core_) {
    if (core_ != nullptr) { retain(core_); }
  }
  CountedHandle(CountedHandle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  CountedHandle& operator=(CountedHandle other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~CountedHandle() {
    if (core_ != nullptr) { release(core_); }
  }
  Core* core() const noexcept { return core_; }

 private:
  Core* core_ = nullptr;
};
using ContextHandle = CountedHandle<ContextCore, context_retain, context_release>;
using ContextFunctionHandle = CountedHandle<ContextFunction, context_function_retain, context_function_release>;

struct ContextAccess;

const void* context_channel(const ContextCore* context) noexcept;  // whose receivers wait for it to be done

// Where a recorder listens: tasks that wait for a context tell which cancel functions they hold themselves.
void canceller_begins(const void* channel, const void* canceller);
void canceller_ends(const void* canceller) noexcept;

// What a cancel function holds. A recorder is told where each begins and ends, as of the handles of channels (see Handle in
// <tenter/channel.h>), so that it can be shown that nobody is left who could cancel.
class CancelHandle {
 public:
  explicit CancelHandle(ContextHandle context) noexcept : context_(std::move(context)) { begins(copied | moved); }
  CancelHandle(const CancelHandle& other) noexcept : context_(other.context_) { begins(copied); }
  CancelHandle(CancelHandle&& other) noexcept : context_((other.ends(moved), std::move(other.context_))) {
    begins(moved);
  }
  CancelHandle& operator=(const CancelHandle&) = delete;
  ~CancelHandle() { ends(0); }
  ContextCore* core() const noexcept { return context_.core(); }

 private:
  static constexpr int cancels = can_send | can_receive;
  static constexpr int copied = 4;
  static constexpr int moved = 8;

  void begins(int how) const noexcept {
    if (tenter_hears_of_handles() && core() != nullptr) [[unlikely]] {
      tenter_handle_birth(context_channel(core()), this, cancels | how);
      canceller_begins(context_channel(core()), this);
    }
  }
  void ends(int how) const noexcept {
    if (tenter_hears_of_handles() && core() != nullptr) [[unlikely]] {
      canceller_ends(this);
      tenter_handle_death(context_channel(core()), this, cancels | how);
    }
  }

  ContextHandle context_;
};

}  // namespace detail

class Context {
 public:
  constexpr Context() noexcept = default;  // background()

  // Closed when the context is cancelled or its deadline has passed; nil if that can never happen. The same channel on
  // every call.
  TENTER_LINT("query") RecvChan<Unit> done() const {
    return detail::ChannelAccess::adopt<RecvChan<Unit>>(detail::context_done(handle_.core()));
  }
  // Empty until done() is closed, and the same ever after: context_errc::canceled or deadline_exceeded.
  TENTER_LINT("query") std::error_code err() const { return detail::context_err(handle_.core()); }
  // When it will be cancelled at the latest: the earliest deadline of it and all that it is derived from.
  std::optional<TimePoint> deadline() const { return detail::context_deadline(handle_.core()); }
  // The value that with_value() gave this context, or the nearest one that it is derived from, for an equal key of the
  // same type. Nothing if there is none, or if the value is no V. Copies the value; V's copy may run at the same time in
  // several tasks. Throws Error if the key is a null pointer.
  template <class V, class Key>
  std::optional<V> value(Key key) const {
    static_assert(std::is_copy_constructible_v<V>, "value() copies: keep a std::shared_ptr to what cannot be copied");
    using K = detail::ContextKey<Key>;
    const detail::Unseen unseen;
    const K sought = detail::make_context_key(std::move(key));
    const detail::ContextEntry* const entry = detail::context_find(handle_.core(), typeid(K), std::addressof(sought));
    if (entry == nullptr || entry->value_type() != typeid(V)) { return std::nullopt; }
    return std::optional<V>(detail::TypedContextEntry<K, V>::value_of(*entry));
  }
  // Why it is done: what was given to the cancel function of with_cancel_cause() or to with_timeout(), here or in
  // whichever of its ancestors was cancelled first; a ContextError where nothing was given. Null until it is done.
  std::exception_ptr cause() const { return detail::context_cause(handle_.core()); }

  friend bool operator==(const Context& a, const Context& b) noexcept { return a.handle_.core() == b.handle_.core(); }

 private:
  friend struct detail::ContextAccess;
  explicit Context(detail::ContextHandle handle) noexcept : handle_(std::move(handle)) {}
  detail::ContextHandle handle_;
};

// Cancels a context and all that is derived from it. The first call counts, the others do nothing; it may be called by
// any task or thread, and does not wait for whoever works with the context. Never null.
using CancelFunc = std::function<void()>;
// The same with a cause, for Context::cause(). A null cause means a ContextError, canceled.
using CancelCauseFunc = std::function<void(std::exception_ptr)>;

namespace detail {
struct ContextAccess {
  static ContextCore* core(const Context& context) { return context.handle_.core(); }
  static Context adopt(ContextCore* core) { return Context(ContextHandle(core)); }
  static std::pair<Context, CancelFunc> with_cancel(ContextCore* core) {
    Context context = adopt(core);
    CancelFunc cancel = [handle = CancelHandle(context.handle_)] { context_cancel(handle.core(), nullptr); };
    return {std::move(context), std::move(cancel)};
  }
  static std::pair<Context, CancelCauseFunc> with_cancel_cause(ContextCore* core) {
    Context context = adopt(core);
    CancelCauseFunc cancel = [handle = CancelHandle(context.handle_)](std::exception_ptr cause) {
      context_cancel(handle.core(), std::move(cause));
    };
    return {std::move(context), std::move(cancel)};
  }
};
}  // namespace detail

// The root of all contexts: never done, no deadline, no values. Its done() is the nil channel.
inline Context background() noexcept { return Context(); }

// A context that is done when cancel is called, or when the parent is done. At once if the parent is done already.
TENTER_LINT("cancel") inline std::pair<Context, CancelFunc> with_cancel(const Context& parent) {
  return detail::ContextAccess::with_cancel(detail::context_derive(detail::ContextAccess::core(parent)));
}
//   auto [context, cancel] = with_cancel_cause(parent);
//   cancel(std::make_exception_ptr(BadRequest("no such page")));      // err() is canceled, cause() holds the BadRequest
TENTER_LINT("cancel") inline std::pair<Context, CancelCauseFunc> with_cancel_cause(const Context& parent) {
  return detail::ContextAccess::with_cancel_cause(detail::context_derive(detail::ContextAccess::core(parent)));
}

// A context that is done at `deadline`, too, and at once if that has passed. If the parent has an earlier deadline, that
// one holds. `cause` is what cause() will hold if the deadline ends it; by default a ContextError, deadline_exceeded.
TENTER_LINT("cancel")
inline std::pair<Context, CancelFunc> with_deadline(const Context& parent, TimePoint deadline,
                                                    std::exception_ptr cause = nullptr) {
  return detail::ContextAccess::with_cancel(
      detail::context_derive_until(detail::ContextAccess::core(parent), deadline, std::move(cause)));
}
TENTER_LINT("cancel")
inline std::pair<Context, CancelFunc> with_timeout(const Context& parent, Duration timeout,
                                                   std::exception_ptr cause = nullptr) {
  return detail::ContextAccess::with_cancel(
      detail::context_derive_for(detail::ContextAccess::core(parent), timeout, std::move(cause)));
}

// A context with a value that it and all derived from it find by an equal key of the same type. A type of one's own keeps
// keys of different parts of a program apart:
//
//   struct UserKey { bool operator==(const UserKey&) const = default; };
//   Context request = with_value(context, UserKey{}, std::string("anna"));
//   request.value<std::string>(UserKey{});                                  // "anna"
//
// Values should be few and small, and what several tasks share must be safe to share. Throws Error if the key is a null
// pointer.
template <class Key, class V>
Context with_value(const Context& parent, Key key, V value) {
  using Entry = detail::TypedContextEntry<detail::ContextKey<Key>, V>;
  auto entry = [&] {
    const detail::Unseen unseen;
    return std::make_unique<Entry>(detail::make_context_key(std::move(key)), std::move(value));
  }();
  return detail::ContextAccess::adopt(detail::context_add(detail::ContextAccess::core(parent), std::move(entry)));
}

// A context with the parent's values that is not done when the parent is, and has no deadline.
inline Context without_cancel(const Context& parent) {
  return detail::ContextAccess::adopt(detail::context_detach(detail::ContextAccess::core(parent)));
}

// Calls f in a task of its own once the context is done, at once if it is already. What the caller did before after_func(),
// and what came before cancel(), happens before f. Returns a function that stops it: true if f will not run because of
// this call, false if it runs, ran, or was stopped before. It does not wait for f.
template <class F>
  requires std::invocable<F&>
std::function<bool()> after_func(const Context& context, F f) {
  const detail::ContextFunctionHandle function(
      detail::context_after(detail::ContextAccess::core(context), detail::erase_function(std::move(f))));
  return [function] { return detail::context_function_stop(function.core()); };
}

}  // namespace tenter

template <>
struct std::is_error_code_enum<tenter::context_errc> : std::true_type {};
