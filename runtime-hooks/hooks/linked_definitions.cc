// The functions that stand behind our hooks in a static program: the linker has found them all, in a copy of libc that calls
// what we interpose __real_NAME (cmake/static_recorder.cmake). What is still null does not exist.
#include "hooks/interpose.h"
#include "hooks/library_function.h"
#include "record/output.h"

extern "C" {
extern char linked_operator_new __asm__("__real__Znwm");
extern char malloc_of_program __asm__("malloc");
// The code of the recorder (cmake/static_recorder.cmake).
extern const char __start_tenter_text[] __attribute__((visibility("hidden")));
extern const char __stop_tenter_text[] __attribute__((visibility("hidden")));
}

namespace tenter::hooks {
namespace {

// A program's own malloc takes the place of our hook, where a shared recorder would still hear of libc's calls.
__attribute__((constructor(103))) void tell_of_own_malloc() {
  if (!record::active() || (&malloc_of_program >= __start_tenter_text && &malloc_of_program < __stop_tenter_text)) {
    return;
  }
  record::say(
      "the program brings a malloc of its own, whose blocks are not seen in a static program: "
      "one that another thread gets may look like a race");
}

}  // namespace

void* look_up(NextDefinition&) noexcept { return nullptr; }

// Of the three that are asked about, libc has two. An allocator of the program's own has taken the names of our hooks.
bool in_one_library(void* left, void* right) noexcept {
  return left != static_cast<void*>(&linked_operator_new) && right != static_cast<void*>(&linked_operator_new);
}

bool stand_before_libc() noexcept { return true; }

void* find_library_function(const char*, const void*) noexcept { return nullptr; }

}  // namespace tenter::hooks
