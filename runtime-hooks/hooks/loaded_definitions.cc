// Looking up the functions that stand behind our hooks, where a dynamic linker put us before them.
#include <dlfcn.h>
#include <pthread.h>

#include "hooks/interpose.h"

extern "C" {
// The bounds of the section that TENTER_NEXT fills, made by the linker.
extern tenter::hooks::NextDefinition __start_tenter_next[] __attribute__((visibility("hidden")));
extern tenter::hooks::NextDefinition __stop_tenter_next[] __attribute__((visibility("hidden")));
}

namespace tenter::hooks {
namespace {

// dlsym may itself allocate or compare strings through our hooks: they must then do without it.
__attribute__((tls_model("initial-exec"))) thread_local bool inside_dlsym = false;

// Before the constructors of the program, which may already start threads.
__attribute__((constructor(101))) void look_up_all() {
  for (NextDefinition* next = __start_tenter_next; next != __stop_tenter_next; ++next) { look_up(*next); }
}

}  // namespace

void* look_up(NextDefinition& next) noexcept {
  if (inside_dlsym) { return nullptr; }
  const KeepErrno keep_errno;
  inside_dlsym = true;
  void* address = dlsym(RTLD_NEXT, next.name);
  if (address == nullptr) { dlerror(); }  // not for the program to find: it may ask what its own dlsym had to say
  inside_dlsym = false;
  next.address.store(address, std::memory_order_relaxed);
  return address;
}

bool in_one_library(void* left, void* right) noexcept {
  Dl_info left_info, right_info;
  return dladdr(left, &left_info) != 0 && dladdr(right, &right_info) != 0 &&
         left_info.dli_fbase == right_info.dli_fbase;
}

bool stand_before_libc() noexcept {
  // What the program's own lookup finds, and what stands behind us. Somebody else's wrapper may come first, and then we.
  const char* const name = "pthread_join";
  return dlsym(RTLD_DEFAULT, name) != dlsym(RTLD_NEXT, name);
}

}  // namespace tenter::hooks
