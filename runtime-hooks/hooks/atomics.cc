// Atomic operations: the callback performs the operation, at the given order or a stronger one, and writes down which
// place among the operations on its object it got. clang and gcc spell compare-exchange differently; both are here,
// and so are libatomic's functions for sizes that no instruction serves.
#include <cstddef>
#include <cstdint>

#include "hooks/library_function.h"
#include "record/atomic.h"
#include "record/record.h"

namespace tenter::hooks {
namespace {

using record::AtomicEvent;
using record::Pc;
using trace::Op;

using Int8 = std::uint8_t;
using Int16 = std::uint16_t;
using Int32 = std::uint32_t;
using Int64 = std::uint64_t;
__extension__ using Int128 = unsigned __int128;

// gcc adds hints for hardware lock elision above bit 15.
constexpr std::uint8_t order_of(int raw) {
  const int order = raw & 0x7fff;
  return static_cast<std::uint8_t>(order > 5 ? 5 : order);
}

template <class T>
const void* plain_pointer(const volatile T* object) {
  return const_cast<const T*>(object);
}

// 16 bytes: the processor has one instruction, which also serves programs that use libatomic on the same object.
inline bool exchange_if_equal(volatile Int128* object, Int128& expected, Int128 desired) {
  const Int128 seen = __sync_val_compare_and_swap(object, expected, desired);
  const bool equal = seen == expected;
  expected = seen;
  return equal;
}
template <class T>
inline bool exchange_if_equal(volatile T* object, T& expected, T desired) {
  return __atomic_compare_exchange_n(object, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

template <class T, class Change>
inline T change(volatile T* object, Change desired) {
  T seen = *object;  // a guess; torn or not, the exchange tells
  while (!exchange_if_equal(object, seen, desired(seen))) {}
  return seen;
}

template <class T>
inline T load(const volatile T* object, int order, Pc pc) {
  return record::load_atomically(plain_pointer(object), order_of(order), sizeof(T), pc, [&]() -> T {
    if constexpr (sizeof(T) == 16) {
      // Writes back what it finds: of the value 0 the value 0.
      return __sync_val_compare_and_swap(const_cast<volatile T*>(object), T{0}, T{0});
    } else {
      return __atomic_load_n(object, __ATOMIC_SEQ_CST);
    }
  });
}

template <class T>
inline void store(volatile T* object, T value, int order, Pc pc) {
  record::atomically(
      plain_pointer(object), pc,
      [&] {
        if constexpr (sizeof(T) == 16) {
          change(object, [&](T) { return value; });
        } else {
          __atomic_store_n(object, value, __ATOMIC_SEQ_CST);
        }
        return 0;
      },
      [&](int) { return AtomicEvent{Op::atomic_store, order_of(order), sizeof(T)}; });
}

template <class T, class Perform>
inline T read_modify_write(volatile T* object, int order, Pc pc, Perform perform) {
  return record::atomically(plain_pointer(object), pc, perform,
                            [&](T) { return AtomicEvent{Op::atomic_rmw, order_of(order), sizeof(T)}; });
}

template <class T>
inline bool compare_exchange(volatile T* object, T* expected, T desired, int order, int failure, Pc pc) {
  return record::atomically(
      plain_pointer(object), pc, [&] { return exchange_if_equal(object, *expected, desired); },
      [&](bool succeeded) {
        return succeeded ? AtomicEvent{Op::atomic_rmw, order_of(order), sizeof(T)}
                         : AtomicEvent{Op::atomic_load, order_of(failure), sizeof(T)};
      });
}

}  // namespace
}  // namespace tenter::hooks

namespace hooks = tenter::hooks;
namespace record = tenter::record;

// ---- by size ---------------------------------------------------------------------------------------------------

#define TENTER_FETCH(bits, name, builtin)                                                                              \
  TENTER_HOOK hooks::Int##bits __tsan_atomic##bits##_##name(volatile hooks::Int##bits* object, hooks::Int##bits value, \
                                                            int order) {                                               \
    return hooks::read_modify_write(object, order, TENTER_CALLER_PC(),                                                 \
                                    [&] { return builtin(object, value, __ATOMIC_SEQ_CST); });                         \
  }
#define TENTER_FETCH_16_BYTES(name, expression)                                                                       \
  namespace tenter::hooks {                                                                                           \
  namespace {                                                                                                         \
  inline Int128 fetch_16_##name(volatile Int128* object, Int128 value, int order, Pc pc) {                            \
    return read_modify_write(object, order, pc, [&] {                                                                 \
      return change(object, [&]([[maybe_unused]] Int128 seen) -> Int128 { return expression; });                      \
    });                                                                                                               \
  }                                                                                                                   \
  }                                                                                                                   \
  }                                                                                                                   \
  TENTER_HOOK hooks::Int128 __tsan_atomic128_##name(volatile hooks::Int128* object, hooks::Int128 value, int order) { \
    return hooks::fetch_16_##name(object, value, order, TENTER_CALLER_PC());                                          \
  }

#define TENTER_ATOMIC(bits)                                                                                            \
  TENTER_HOOK hooks::Int##bits __tsan_atomic##bits##_load(const volatile hooks::Int##bits* object, int order) {        \
    return hooks::load(object, order, TENTER_CALLER_PC());                                                             \
  }                                                                                                                    \
  TENTER_HOOK void __tsan_atomic##bits##_store(volatile hooks::Int##bits* object, hooks::Int##bits value, int order) { \
    hooks::store(object, value, order, TENTER_CALLER_PC());                                                            \
  }                                                                                                                    \
  TENTER_HOOK int __tsan_atomic##bits##_compare_exchange_strong(volatile hooks::Int##bits* object,                     \
                                                                hooks::Int##bits* expected, hooks::Int##bits desired,  \
                                                                int order, int failure) {                              \
    return hooks::compare_exchange(object, expected, desired, order, failure, TENTER_CALLER_PC()) ? 1 : 0;             \
  }                                                                                                                    \
  TENTER_HOOK int __tsan_atomic##bits##_compare_exchange_weak(volatile hooks::Int##bits* object,                       \
                                                              hooks::Int##bits* expected, hooks::Int##bits desired,    \
                                                              int order, int failure) {                                \
    return hooks::compare_exchange(object, expected, desired, order, failure, TENTER_CALLER_PC()) ? 1 : 0;             \
  }                                                                                                                    \
  TENTER_HOOK hooks::Int##bits __tsan_atomic##bits##_compare_exchange_val(                                             \
      volatile hooks::Int##bits* object, hooks::Int##bits expected, hooks::Int##bits desired, int order,               \
      int failure) {                                                                                                   \
    hooks::compare_exchange(object, &expected, desired, order, failure, TENTER_CALLER_PC());                           \
    return expected;                                                                                                   \
  }

#define TENTER_ATOMIC_WITH_INSTRUCTIONS(bits)       \
  TENTER_ATOMIC(bits)                               \
  TENTER_FETCH(bits, exchange, __atomic_exchange_n) \
  TENTER_FETCH(bits, fetch_add, __atomic_fetch_add) \
  TENTER_FETCH(bits, fetch_sub, __atomic_fetch_sub) \
  TENTER_FETCH(bits, fetch_and, __atomic_fetch_and) \
  TENTER_FETCH(bits, fetch_or, __atomic_fetch_or)   \
  TENTER_FETCH(bits, fetch_xor, __atomic_fetch_xor) \
  TENTER_FETCH(bits, fetch_nand, __atomic_fetch_nand)

TENTER_ATOMIC_WITH_INSTRUCTIONS(8)
TENTER_ATOMIC_WITH_INSTRUCTIONS(16)
TENTER_ATOMIC_WITH_INSTRUCTIONS(32)
TENTER_ATOMIC_WITH_INSTRUCTIONS(64)
TENTER_ATOMIC(128)
TENTER_FETCH_16_BYTES(exchange, value)
TENTER_FETCH_16_BYTES(fetch_add, seen + value)
TENTER_FETCH_16_BYTES(fetch_sub, seen - value)
TENTER_FETCH_16_BYTES(fetch_and, seen& value)
TENTER_FETCH_16_BYTES(fetch_or, seen | value)
TENTER_FETCH_16_BYTES(fetch_xor, seen ^ value)
TENTER_FETCH_16_BYTES(fetch_nand, ~(seen& value))

// ---- fences ------------------------------------------------------------------------------------------------------

// All fences share a stripe, so that their order in the recording is one that sequential consistency allows.
TENTER_HOOK void __tsan_atomic_thread_fence(int order) {
  record::State& s = record::state;
  const record::Section section(s);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (record::Thread* thread = section.thread()) {
    record::write_ordered(*thread, tenter::trace::Op::fence, hooks::order_of(order), 0, 0,
                          thread->take(record::Tickets::fence_stripe), TENTER_CALLER_PC());
    if (record::is_release(hooks::order_of(order))) { thread->filter.new_epoch(); }
  } else if (record::Thread* interrupted = section.interrupted()) {
    record::defer_ordered(*interrupted, tenter::trace::Op::fence, hooks::order_of(order), 0, 0,
                          record::tickets().take(record::Tickets::fence_stripe), TENTER_CALLER_PC());
  }
}
// Orders a thread with its own signal handlers only, and the call itself is as much as the compiler must respect.
TENTER_HOOK void __tsan_atomic_signal_fence(int) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

// ---- libatomic: any size, under libatomic's own locks ----------------------------------------------------------------

namespace tenter::hooks {
namespace {

// The ticket's argument is a byte. Nothing depends on the size of larger objects.
constexpr std::uint8_t size_argument(std::size_t size) { return static_cast<std::uint8_t>(size > 255 ? 255 : size); }

using Load = void(std::size_t, const void*, void*, int);
using Store = void(std::size_t, void*, const void*, int);
using Exchange = void(std::size_t, void*, const void*, void*, int);
using CompareExchange = bool(std::size_t, void*, void*, const void*, int, int);

}  // namespace

TENTER_LIBRARY_FUNCTION(next_load, Load, "__atomic_load")
TENTER_LIBRARY_FUNCTION(next_store, Store, "__atomic_store")
TENTER_LIBRARY_FUNCTION(next_exchange, Exchange, "__atomic_exchange")
TENTER_LIBRARY_FUNCTION(next_compare_exchange, CompareExchange, "__atomic_compare_exchange")

}  // namespace tenter::hooks

// libatomic takes a lock and copies bytes, both through our hooks: that is its own business, hence Quiet.
//
// The C++ names differ from the symbols, which compilers know as builtins of another type.
TENTER_HOOK void hook_atomic_load(std::size_t size, const void* object, void* out, int order) __asm__("__atomic_load");
void hook_atomic_load(std::size_t size, const void* object, void* out, int order) {
  auto* real = hooks::next_load.get(hook_atomic_load);
  record::atomically(
      object, TENTER_CALLER_PC(),
      [&] {
        const record::Quiet quiet;
        real(size, object, out, __ATOMIC_SEQ_CST);
        return 0;
      },
      [&](int) {
        return record::AtomicEvent{tenter::trace::Op::atomic_load, hooks::order_of(order), hooks::size_argument(size)};
      });
}

TENTER_HOOK void hook_atomic_store(std::size_t size, void* object, const void* value,
                                   int order) __asm__("__atomic_store");
void hook_atomic_store(std::size_t size, void* object, const void* value, int order) {
  auto* real = hooks::next_store.get(hook_atomic_store);
  record::atomically(
      object, TENTER_CALLER_PC(),
      [&] {
        const record::Quiet quiet;
        real(size, object, value, __ATOMIC_SEQ_CST);
        return 0;
      },
      [&](int) {
        return record::AtomicEvent{tenter::trace::Op::atomic_store, hooks::order_of(order), hooks::size_argument(size)};
      });
}

TENTER_HOOK void hook_atomic_exchange(std::size_t size, void* object, const void* value, void* out,
                                      int order) __asm__("__atomic_exchange");
void hook_atomic_exchange(std::size_t size, void* object, const void* value, void* out, int order) {
  auto* real = hooks::next_exchange.get(hook_atomic_exchange);
  record::atomically(
      object, TENTER_CALLER_PC(),
      [&] {
        const record::Quiet quiet;
        real(size, object, value, out, __ATOMIC_SEQ_CST);
        return 0;
      },
      [&](int) {
        return record::AtomicEvent{tenter::trace::Op::atomic_rmw, hooks::order_of(order), hooks::size_argument(size)};
      });
}

TENTER_HOOK bool hook_atomic_compare_exchange(std::size_t size, void* object, void* expected, const void* desired,
                                              int order, int failure) __asm__("__atomic_compare_exchange");
bool hook_atomic_compare_exchange(std::size_t size, void* object, void* expected, const void* desired, int order,
                                  int failure) {
  auto* real = hooks::next_compare_exchange.get(hook_atomic_compare_exchange);
  return record::atomically(
      object, TENTER_CALLER_PC(),
      [&] {
        const record::Quiet quiet;
        return real(size, object, expected, desired, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
      },
      [&](bool succeeded) {
        return succeeded ? record::AtomicEvent{tenter::trace::Op::atomic_rmw, hooks::order_of(order),
                                               hooks::size_argument(size)}
                         : record::AtomicEvent{tenter::trace::Op::atomic_load, hooks::order_of(failure),
                                               hooks::size_argument(size)};
      });
}

// ---- libatomic: 16 bytes, which it and the callbacks serve with the same instruction ------------------------------------

// clang without -mcx16 leaves these calls in instrumented code; code that is not instrumented has no other way.
#define TENTER_LIBATOMIC_FETCH_16(name)                                                                   \
  TENTER_HOOK hooks::Int128 hook_atomic_##name##_16(volatile hooks::Int128* object, hooks::Int128 value,  \
                                                    int order) __asm__("__atomic_" #name "_16");          \
  hooks::Int128 hook_atomic_##name##_16(volatile hooks::Int128* object, hooks::Int128 value, int order) { \
    return hooks::fetch_16_##name(object, value, order, TENTER_CALLER_PC());                              \
  }

TENTER_HOOK hooks::Int128 hook_atomic_load_16(const volatile hooks::Int128* object,
                                              int order) __asm__("__atomic_load_16");
hooks::Int128 hook_atomic_load_16(const volatile hooks::Int128* object, int order) {
  return hooks::load(object, order, TENTER_CALLER_PC());
}
TENTER_HOOK void hook_atomic_store_16(volatile hooks::Int128* object, hooks::Int128 value,
                                      int order) __asm__("__atomic_store_16");
void hook_atomic_store_16(volatile hooks::Int128* object, hooks::Int128 value, int order) {
  hooks::store(object, value, order, TENTER_CALLER_PC());
}
TENTER_HOOK bool hook_atomic_compare_exchange_16(volatile hooks::Int128* object, hooks::Int128* expected,
                                                 hooks::Int128 desired, int order,
                                                 int failure) __asm__("__atomic_compare_exchange_16");
bool hook_atomic_compare_exchange_16(volatile hooks::Int128* object, hooks::Int128* expected, hooks::Int128 desired,
                                     int order, int failure) {
  return hooks::compare_exchange(object, expected, desired, order, failure, TENTER_CALLER_PC());
}
TENTER_LIBATOMIC_FETCH_16(exchange)
TENTER_LIBATOMIC_FETCH_16(fetch_add)
TENTER_LIBATOMIC_FETCH_16(fetch_sub)
TENTER_LIBATOMIC_FETCH_16(fetch_and)
TENTER_LIBATOMIC_FETCH_16(fetch_or)
TENTER_LIBATOMIC_FETCH_16(fetch_xor)
TENTER_LIBATOMIC_FETCH_16(fetch_nand)
