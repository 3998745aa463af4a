// What the sanitizers want to know about a switch from one stack to another.
#pragma once
#include <cstddef>

extern "C" {
__attribute__((weak)) void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom, std::size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void* fake_stack_save, const void** bottom_old,
                                                           std::size_t* size_old);
}

// ThreadSanitizer is told only where the library itself is built with it: otherwise it sees none of what orders tasks.
#if defined(__SANITIZE_THREAD__)
#define TENTER_TSAN_FIBERS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TENTER_TSAN_FIBERS 1
#endif
#endif
#ifdef TENTER_TSAN_FIBERS
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}
#endif

namespace tenter::detail {

#ifdef TENTER_TSAN_FIBERS
inline void* current_fiber() { return __tsan_get_current_fiber(); }
inline void* create_fiber() { return __tsan_create_fiber(0); }
inline void destroy_fiber(void* fiber) { __tsan_destroy_fiber(fiber); }
// The last thing before the switch. It orders the two, as the worker's own state goes along: races between tasks show
// where they run on different workers.
[[gnu::always_inline]] inline void announce_fiber(void* fiber) { __tsan_switch_to_fiber(fiber, 0); }
#else
inline void* current_fiber() { return nullptr; }
inline void* create_fiber() { return nullptr; }
inline void destroy_fiber(void*) {}
inline void announce_fiber(void*) {}
#endif

// Around a switch. `save` is where the stack that is left keeps its fake stack; null: it never comes back.
inline void announce_switch(void** save, const void* bottom, std::size_t size) {
  if (__sanitizer_start_switch_fiber != nullptr) [[unlikely]] { __sanitizer_start_switch_fiber(save, bottom, size); }
}
inline void announce_arrival(void* saved, const void** bottom_old = nullptr, std::size_t* size_old = nullptr) {
  if (__sanitizer_finish_switch_fiber != nullptr) [[unlikely]] {
    __sanitizer_finish_switch_fiber(saved, bottom_old, size_old);
  }
}

}  // namespace tenter::detail
