// What programs that were built for a sanitizer may ask of it at run time. The recorder judges nothing while the program
// runs, so there is no report to be asked about and no hook of the program's to be called: these have no effect. They are
// weak, so that a program's own definition of a hook wins.
#include <cstddef>
#include <cstdint>

#include "record/record.h"

#define TENTER_WEAK_HOOK extern "C" __attribute__((weak, visibility("default")))

// ---- <sanitizer/common_interface_defs.h>, <sanitizer/allocator_interface.h> --------------------------------------------

TENTER_WEAK_HOOK void __sanitizer_print_stack_trace() {}
TENTER_WEAK_HOOK void __sanitizer_set_death_callback(void (*)()) {}
TENTER_WEAK_HOOK void __sanitizer_report_error_summary(const char*) {}
TENTER_WEAK_HOOK void __sanitizer_set_report_path(const char*) {}
TENTER_WEAK_HOOK void __sanitizer_set_report_fd(void*) {}
TENTER_WEAK_HOOK void __sanitizer_sandbox_on_notify(void*) {}
TENTER_WEAK_HOOK void __sanitizer_symbolize_pc(void*, const char*, char* out, std::size_t size) {
  if (size != 0) { out[0] = '\0'; }
}
TENTER_WEAK_HOOK void __sanitizer_symbolize_global(void*, const char*, char* out, std::size_t size) {
  if (size != 0) { out[0] = '\0'; }
}
TENTER_WEAK_HOOK std::size_t __sanitizer_get_current_allocated_bytes() { return 0; }
TENTER_WEAK_HOOK std::size_t __sanitizer_get_heap_size() { return 0; }
TENTER_WEAK_HOOK std::size_t __sanitizer_get_free_bytes() { return 0; }
TENTER_WEAK_HOOK std::size_t __sanitizer_get_unmapped_bytes() { return 0; }
TENTER_WEAK_HOOK std::size_t __sanitizer_get_estimated_allocated_size(std::size_t size) { return size; }
TENTER_WEAK_HOOK int __sanitizer_get_ownership(const volatile void*) { return 0; }
TENTER_WEAK_HOOK std::size_t __sanitizer_get_allocated_size(const volatile void*) { return 0; }

// ---- -fsanitize-coverage=trace-pc-guard ---------------------------------------------------------------------------------

// A guard that stays 0 is one whose edge nobody counts.
TENTER_WEAK_HOOK void __sanitizer_cov_trace_pc_guard(std::uint32_t*) {}
TENTER_WEAK_HOOK void __sanitizer_cov_trace_pc_guard_init(std::uint32_t*, std::uint32_t*) {}

// ---- <sanitizer/tsan_interface.h> ----------------------------------------------------------------------------------------

TENTER_WEAK_HOOK const char* __tsan_default_options() { return ""; }
TENTER_WEAK_HOOK const char* __tsan_default_suppressions() { return ""; }
TENTER_WEAK_HOOK void __tsan_on_initialize() {}
TENTER_WEAK_HOOK int __tsan_on_finalize(int failed) { return failed; }
TENTER_WEAK_HOOK void __tsan_on_report(void*) {}
TENTER_WEAK_HOOK int __tsan_symbolize_external(std::uintptr_t, char*, std::size_t, char*, std::size_t, int*, int*) {
  return 0;
}
TENTER_WEAK_HOOK void __tsan_symbolize_external_ex(std::uintptr_t, void (*)(void*, const char*, const char*, int, int),
                                                   void*) {}

// Questions about a report: 0, there is none.
TENTER_WEAK_HOOK void* __tsan_get_current_report() { return nullptr; }
TENTER_WEAK_HOOK int __tsan_get_report_data(void*, const char**, int*, int*, int*, int*, int*, int*, int*, void**,
                                            unsigned long) {
  return 0;
}
TENTER_WEAK_HOOK int __tsan_get_report_tag(void*, std::uintptr_t*) { return 0; }
TENTER_WEAK_HOOK int __tsan_get_report_stack(void*, unsigned long, void**, unsigned long) { return 0; }
TENTER_WEAK_HOOK int __tsan_get_report_mop(void*, unsigned long, int*, void**, int*, int*, int*, void**,
                                           unsigned long) {
  return 0;
}
TENTER_WEAK_HOOK int __tsan_get_report_loc(void*, unsigned long, const char**, void**, unsigned long*, unsigned long*,
                                           int*, int*, int*, void**, unsigned long) {
  return 0;
}
TENTER_WEAK_HOOK int __tsan_get_report_loc_object_type(void*, unsigned long, const char**) { return 0; }
TENTER_WEAK_HOOK int __tsan_get_report_mutex(void*, unsigned long, std::uint64_t*, void**, int*, void**,
                                             unsigned long) {
  return 0;
}
TENTER_WEAK_HOOK int __tsan_get_report_thread(void*, unsigned long, int*, std::uint64_t*, int*, const char**, int*,
                                              void**, unsigned long) {
  return 0;
}
TENTER_WEAK_HOOK int __tsan_get_report_unique_tid(void*, unsigned long, int*) { return 0; }
TENTER_WEAK_HOOK const char* __tsan_locate_address(std::uintptr_t, char*, std::size_t, std::uintptr_t*, std::size_t*) {
  return "";
}
TENTER_WEAK_HOOK int __tsan_get_alloc_stack(std::uintptr_t, std::uintptr_t*, std::size_t, int*, std::uint64_t*) {
  return 0;
}
