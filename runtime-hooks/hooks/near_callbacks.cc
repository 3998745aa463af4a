// The part of the callbacks that runs most often, to be linked into each instrumented executable and library itself: a
// call to it goes straight there, where a call into the recorder's shared library leads over a jump through a table, which
// costs as much as the callback's own work. An access that the filter covers ends here, and a call is pushed and
// popped here. Everything else goes on into the shared library.
//
// The symbols are hidden, so each object file's calls are bound where it is linked, and weak, so that this code may be in
// a link twice: by way of `ld -r`, or beside the recorder's archive. What this code takes for granted of the
// recorder's insides goes by the number in the name of `tenter_state_...` (record/thread.h): a program that
// was linked with another layout is told so by the loader.
#include <cstdint>

#include "hooks/lanes.h"
#include "record/thread.h"

namespace tenter::hooks {
namespace {

using record::AccessFilter;
using record::State;
using record::Thread;

// Is there nothing to write down?
template <unsigned size_log2, bool write>
inline bool is_known(const void* where) {
  const State& s = record::state;
  const Thread* thread = s.memory;
  if (thread == nullptr) [[unlikely]] {
    return s.thread != nullptr;  // accesses are not wanted
  }
  const auto address = reinterpret_cast<std::uintptr_t>(where);
  if constexpr (size_log2 == 4) {
    return (address & 15u) == 0 && thread->filter.covers_pair(address, write);
  } else {
    return AccessFilter::within_granule(address, size_log2) && thread->filter.covers_within(address, size_log2, write);
  }
}

}  // namespace
}  // namespace tenter::hooks

#define TENTER_NEAR extern "C" __attribute__((weak, visibility("hidden")))

// In the shared library (hooks/compiler.cc).
#define TENTER_FAR(bytes)                                           \
  extern "C" void __tsan_read##bytes##_pc(void* address, void* pc); \
  extern "C" void __tsan_write##bytes##_pc(void* address, void* pc);
TENTER_FAR(1)
TENTER_FAR(2)
TENTER_FAR(4)
TENTER_FAR(8)
TENTER_FAR(16)
extern "C" void __tsan_read_range_pc(void* address, std::size_t size, void* pc);
extern "C" void __tsan_write_range_pc(void* address, std::size_t size, void* pc);
extern "C" void tenter_far_entry(void* call_site, void* frame, void* pc);
extern "C" void tenter_far_exit();

#define TENTER_NEAR_ACCESS(name, bytes, size_log2, write, far)                     \
  TENTER_NEAR void __tsan_##name##bytes(void* address) {                           \
    if (tenter::hooks::is_known<size_log2, write>(address)) [[likely]] { return; } \
    far(address, __builtin_return_address(0));                                     \
  }
#define TENTER_NEAR_OF(bytes, size_log2)                                              \
  TENTER_NEAR_ACCESS(read, bytes, size_log2, false, __tsan_read##bytes##_pc)          \
  TENTER_NEAR_ACCESS(write, bytes, size_log2, true, __tsan_write##bytes##_pc)         \
  TENTER_NEAR_ACCESS(read_write, bytes, size_log2, true, __tsan_write##bytes##_pc)    \
  TENTER_NEAR_ACCESS(volatile_read, bytes, size_log2, false, __tsan_read##bytes##_pc) \
  TENTER_NEAR_ACCESS(volatile_write, bytes, size_log2, true, __tsan_write##bytes##_pc)
#define TENTER_NEAR_UNALIGNED(bytes, size_log2)                                         \
  TENTER_NEAR_ACCESS(unaligned_read, bytes, size_log2, false, __tsan_read##bytes##_pc)  \
  TENTER_NEAR_ACCESS(unaligned_write, bytes, size_log2, true, __tsan_write##bytes##_pc) \
  TENTER_NEAR_ACCESS(unaligned_read_write, bytes, size_log2, true, __tsan_write##bytes##_pc)

TENTER_NEAR_OF(1, 0)
TENTER_NEAR_OF(2, 1)
TENTER_NEAR_OF(4, 2)
TENTER_NEAR_OF(8, 3)
TENTER_NEAR_OF(16, 4)
TENTER_NEAR_UNALIGNED(2, 1)
TENTER_NEAR_UNALIGNED(4, 2)
TENTER_NEAR_UNALIGNED(8, 3)
TENTER_NEAR_UNALIGNED(16, 4)

TENTER_NEAR void __tsan_func_entry(void* call_site) {
  tenter::record::Thread* thread = tenter::record::state.thread;
  if (thread != nullptr &&
      thread->stack.push_easily(reinterpret_cast<std::uintptr_t>(call_site), TENTER_CALLER_FRAME())) [[likely]] {
    return;
  }
  tenter_far_entry(call_site, __builtin_frame_address(0), __builtin_return_address(0));
}

TENTER_NEAR void __tsan_func_exit() {
  tenter::record::Thread* thread = tenter::record::state.thread;
  if (thread != nullptr && thread->stack.pop_easily()) [[likely]] { return; }
  tenter_far_exit();
}

namespace tenter::hooks {
namespace {

struct NearRecording {
  template <bool write>
  static bool is_known(std::uintptr_t address, std::uint64_t bytes) {
    const State& s = record::state;
    const Thread* thread = s.memory;
    return thread == nullptr ? s.thread != nullptr : thread->filter.covers_bytes(address, bytes, write);
  }
  template <unsigned size_log2, bool write>
  static void plain(std::uintptr_t address, std::uintptr_t pc) {
    if (hooks::is_known<size_log2, write>(reinterpret_cast<const void*>(address))) [[likely]] { return; }
    constexpr auto far = [] {
      if constexpr (size_log2 == 0) return write ? __tsan_write1_pc : __tsan_read1_pc;
      if constexpr (size_log2 == 1) return write ? __tsan_write2_pc : __tsan_read2_pc;
      if constexpr (size_log2 == 2) return write ? __tsan_write4_pc : __tsan_read4_pc;
      if constexpr (size_log2 == 3) return write ? __tsan_write8_pc : __tsan_read8_pc;
      if constexpr (size_log2 == 4) return write ? __tsan_write16_pc : __tsan_read16_pc;
    }();
    far(reinterpret_cast<void*>(address), reinterpret_cast<void*>(pc));
  }
  template <bool write>
  static void range(std::uintptr_t address, std::size_t bytes, std::uintptr_t pc) {
    constexpr auto far = write ? __tsan_write_range_pc : __tsan_read_range_pc;
    far(reinterpret_cast<void*>(address), bytes, reinterpret_cast<void*>(pc));
  }
};

}  // namespace
}  // namespace tenter::hooks

TENTER_DEFINE_LANES(TENTER_NEAR, tenter::hooks::NearRecording)
