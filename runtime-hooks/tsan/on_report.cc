// Linked into each file that tenter-c++ links in the tsan mode, beside libtenter_tsan.so: ThreadSanitizer's runtime looks for
// its listener in the program itself. Not weak, as the runtime's own is that, and comes first. What is listened to is what it
// prints (printed.cc): __tsan_on_report is left to the program.
extern "C" {
void tenter_on_detector_print(const char* text);
void tenter_detector_module(const void* inside);

__attribute__((visibility("default"))) void __sanitizer_on_print(const char* text) { tenter_on_detector_print(text); }
}

namespace {
__attribute__((constructor)) void tell_of_module() {
  tenter_detector_module(reinterpret_cast<const void*>(&tell_of_module));
}
}  // namespace
