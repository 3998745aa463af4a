// The callbacks that -fsanitize=thread of clang and gcc makes compilers emit for plain code: loads, stores, calls,
// virtual tables, memory intrinsics. The union of both compilers' names, and those that only options or hand-written
// annotations use. A callback for a load or store comes just before it.
#include <cstddef>
#include <cstdint>

#include "hooks/interpose.h"
#include "record/fast_path.h"
#include "record/record.h"

namespace tenter::hooks {
namespace {

using record::Pc;
using trace::AccessFlag;

template <unsigned size_log2, bool write>
inline void plain(const void* address, Pc pc) {
  record::access_fast<size_log2, write>(address, pc);
}

// `x++` as one event is a write: it conflicts with all that its read would conflict with.
template <unsigned size_log2>
inline void read_write(const void* address, Pc pc) {
  record::access_fast<size_log2, true>(address, pc);
}

template <bool write>
inline void plain16(const void* address, Pc pc) {
  record::access_pair_fast<write>(address, pc);
}

// The recorder starts before the program's constructors, where the loader lets it.
__attribute__((constructor(101))) void start_recorder() {
  if (stand_before_libc()) {
    record::start_if_asked_for();
  } else {
    record::refuse(
        "nothing is recorded, because the program loaded the recorder too late to see its threads and locks; "
        "start it with LD_PRELOAD=");
  }
}

}  // namespace
}  // namespace tenter::hooks

using tenter::hooks::plain;
using tenter::hooks::plain16;
using tenter::hooks::read_write;
using tenter::trace::AccessFlag;
namespace record = tenter::record;

// ---- modules and calls -----------------------------------------------------------------------------------------

// A constructor of every instrumented file calls it.
TENTER_HOOK void __tsan_init() {
  record::start();
  record::note_instrumented(TENTER_CALLER_PC());
}

// `call_site` is the return address of the function that was entered.
TENTER_HOOK void __tsan_func_entry(void* call_site) {
  record::enter_fast(reinterpret_cast<std::uintptr_t>(call_site), TENTER_CALLER_FRAME(), TENTER_CALLER_PC());
}
TENTER_HOOK void __tsan_func_exit() { record::leave_fast(); }

// What the near callbacks cannot do themselves. `frame` stands for that of their caller.
TENTER_HOOK void tenter_far_entry(void* call_site, void* frame, void* pc) {
  record::enter_fast(reinterpret_cast<std::uintptr_t>(call_site), reinterpret_cast<std::uintptr_t>(frame),
                     reinterpret_cast<std::uintptr_t>(pc));
}
TENTER_HOOK void tenter_far_exit() { record::leave_fast(); }

// ---- loads and stores --------------------------------------------------------------------------------------------

#define TENTER_PLAIN(bytes, size_log2)                                                                         \
  TENTER_HOOK void __tsan_read##bytes(void* address) { plain<size_log2, false>(address, TENTER_CALLER_PC()); } \
  TENTER_HOOK void __tsan_write##bytes(void* address) { plain<size_log2, true>(address, TENTER_CALLER_PC()); } \
  TENTER_HOOK void __tsan_read##bytes##_pc(void* address, void* pc) {                                          \
    plain<size_log2, false>(address, reinterpret_cast<std::uintptr_t>(pc));                                    \
  }                                                                                                            \
  TENTER_HOOK void __tsan_write##bytes##_pc(void* address, void* pc) {                                         \
    plain<size_log2, true>(address, reinterpret_cast<std::uintptr_t>(pc));                                     \
  }                                                                                                            \
  TENTER_HOOK void __tsan_volatile_read##bytes(void* address) {                                                \
    plain<size_log2, false>(address, TENTER_CALLER_PC());                                                      \
  }                                                                                                            \
  TENTER_HOOK void __tsan_volatile_write##bytes(void* address) {                                               \
    plain<size_log2, true>(address, TENTER_CALLER_PC());                                                       \
  }                                                                                                            \
  TENTER_HOOK void __tsan_read_write##bytes(void* address) { read_write<size_log2>(address, TENTER_CALLER_PC()); }

#define TENTER_UNALIGNED(bytes, size_log2)                                      \
  TENTER_HOOK void __tsan_unaligned_read##bytes(const void* address) {          \
    plain<size_log2, false>(address, TENTER_CALLER_PC());                       \
  }                                                                             \
  TENTER_HOOK void __tsan_unaligned_write##bytes(void* address) {               \
    plain<size_log2, true>(address, TENTER_CALLER_PC());                        \
  }                                                                             \
  TENTER_HOOK void __tsan_unaligned_volatile_read##bytes(const void* address) { \
    plain<size_log2, false>(address, TENTER_CALLER_PC());                       \
  }                                                                             \
  TENTER_HOOK void __tsan_unaligned_volatile_write##bytes(void* address) {      \
    plain<size_log2, true>(address, TENTER_CALLER_PC());                        \
  }                                                                             \
  TENTER_HOOK void __tsan_unaligned_read_write##bytes(void* address) {          \
    read_write<size_log2>(address, TENTER_CALLER_PC());                         \
  }

TENTER_PLAIN(1, 0)
TENTER_PLAIN(2, 1)
TENTER_PLAIN(4, 2)
TENTER_PLAIN(8, 3)
TENTER_UNALIGNED(2, 1)
TENTER_UNALIGNED(4, 2)
TENTER_UNALIGNED(8, 3)

#define TENTER_PLAIN16(name, write) \
  TENTER_HOOK void __tsan_##name(void* address) { plain16<write>(address, TENTER_CALLER_PC()); }

TENTER_PLAIN16(read16, false)
TENTER_PLAIN16(write16, true)
TENTER_PLAIN16(unaligned_read16, false)
TENTER_PLAIN16(unaligned_write16, true)
TENTER_PLAIN16(volatile_read16, false)
TENTER_PLAIN16(volatile_write16, true)
TENTER_PLAIN16(unaligned_volatile_read16, false)
TENTER_PLAIN16(unaligned_volatile_write16, true)
TENTER_PLAIN16(read_write16, true)
TENTER_PLAIN16(unaligned_read_write16, true)

TENTER_HOOK void __tsan_read16_pc(void* address, void* pc) {
  plain16<false>(address, reinterpret_cast<std::uintptr_t>(pc));
}
TENTER_HOOK void __tsan_write16_pc(void* address, void* pc) {
  plain16<true>(address, reinterpret_cast<std::uintptr_t>(pc));
}

TENTER_HOOK void __tsan_read_range(void* address, std::size_t size) {
  record::access_range(address, size, 0, TENTER_CALLER_PC());
}
TENTER_HOOK void __tsan_write_range(void* address, std::size_t size) {
  record::access_range(address, size, AccessFlag::write, TENTER_CALLER_PC());
}
TENTER_HOOK void __tsan_read_range_pc(void* address, std::size_t size, void* pc) {
  record::access_range(address, size, 0, reinterpret_cast<std::uintptr_t>(pc));
}
TENTER_HOOK void __tsan_write_range_pc(void* address, std::size_t size, void* pc) {
  record::access_range(address, size, AccessFlag::write, reinterpret_cast<std::uintptr_t>(pc));
}

// ---- virtual tables --------------------------------------------------------------------------------------------------

// Constructors and destructors store the pointer again and again; a store of the same value changes nothing for anybody.
TENTER_HOOK void __tsan_vptr_update(void** pointer, void* new_value) {
  if (__atomic_load_n(pointer, __ATOMIC_RELAXED) != new_value) {
    record::access_range(pointer, sizeof *pointer, AccessFlag::write | AccessFlag::vptr, TENTER_CALLER_PC());
  }
}
TENTER_HOOK void __tsan_vptr_read(void** pointer) {
  record::access_range(pointer, sizeof *pointer, AccessFlag::vptr, TENTER_CALLER_PC());
}

// ---- memory intrinsics -----------------------------------------------------------------------------------------------

// The accesses are the program's own, so they carry no library flag. The work is libc's, past our hooks of memcpy and
// its kind; before it is found (see hooks/libc_memory.cc) they do it by hand.

TENTER_NEXT(void*, memcpy, (void*, const void*, std::size_t))
TENTER_NEXT(void*, memmove, (void*, const void*, std::size_t))
TENTER_NEXT(void*, memset, (void*, int, std::size_t))

TENTER_HOOK void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  const auto pc = TENTER_CALLER_PC();
  record::access_range(from, size, 0, pc);
  record::access_range(to, size, AccessFlag::write, pc);
  const auto real = REAL(memcpy);
  return real == nullptr ? __builtin_memcpy(to, from, size) : real(to, from, size);
}
TENTER_HOOK void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  const auto pc = TENTER_CALLER_PC();
  record::access_range(from, size, 0, pc);
  record::access_range(to, size, AccessFlag::write, pc);
  const auto real = REAL(memmove);
  return real == nullptr ? __builtin_memmove(to, from, size) : real(to, from, size);
}
TENTER_HOOK void* __tsan_memset(void* to, int value, std::size_t size) {
  record::access_range(to, size, AccessFlag::write, TENTER_CALLER_PC());
  const auto real = REAL(memset);
  return real == nullptr ? __builtin_memset(to, value, size) : real(to, value, size);
}

// ---- names that programs built for ThreadSanitizer may link to ----------------------------------------------------------

// Swift and Objective-C only.
TENTER_HOOK void __tsan_ignore_thread_begin() { record::ignore_begin(); }
TENTER_HOOK void __tsan_ignore_thread_end() { record::ignore_end(); }
TENTER_HOOK void __tsan_flush_memory() {}
TENTER_HOOK void __tsan_check_no_mutexes_held() {}
TENTER_HOOK void __tsan_on_thread_idle() {}
// Accesses to objects that the language behind the caller calls external; tags only serve ThreadSanitizer's report texts.
TENTER_HOOK void* __tsan_external_register_tag(const char*) { return nullptr; }
TENTER_HOOK void __tsan_external_register_header(void*, const char*) {}
TENTER_HOOK void __tsan_external_assign_tag(void*, void*) {}
TENTER_HOOK void __tsan_external_read(void* address, void* pc, void*) {
  plain<0, false>(address, reinterpret_cast<std::uintptr_t>(pc));
}
TENTER_HOOK void __tsan_external_write(void* address, void* pc, void*) {
  plain<0, true>(address, reinterpret_cast<std::uintptr_t>(pc));
}

#define TENTER_UNALIGNED_VALUE(bits)                                                             \
  TENTER_HOOK std::uint##bits##_t __sanitizer_unaligned_load##bits(const void* address) {        \
    record::access_range(address, bits / 8, 0, TENTER_CALLER_PC());                              \
    std::uint##bits##_t value;                                                                   \
    __builtin_memcpy(&value, address, sizeof value);                                             \
    return value;                                                                                \
  }                                                                                              \
  TENTER_HOOK void __sanitizer_unaligned_store##bits(void* address, std::uint##bits##_t value) { \
    record::access_range(address, bits / 8, AccessFlag::write, TENTER_CALLER_PC());              \
    __builtin_memcpy(address, &value, sizeof value);                                             \
  }
TENTER_UNALIGNED_VALUE(16)
TENTER_UNALIGNED_VALUE(32)
TENTER_UNALIGNED_VALUE(64)
