// The library's memory. It comes from the program's allocator, and who gives it back is whoever happens to run, under locks that
// no detector sees: one that looks at allocations as it does at writes (ThreadSanitizer) is told to look away meanwhile.
//
// cmake/own_functions.cmake turns the allocations in the archive to tenter_own_..., and what is called tenter_real_... here to
// what it stands for. Where nobody listens each is a test and a jump.
#include <cstddef>

#include <tenter/annotate.h>

#define TENTER_OWN extern "C" __attribute__((visibility("hidden")))

namespace {

class LookAway {
 public:
  LookAway() { tenter_library_memory_begin(); }
  ~LookAway() { tenter_library_memory_end(); }
  LookAway(const LookAway&) = delete;
  LookAway& operator=(const LookAway&) = delete;
};

bool nobody_looks() { return tenter_library_memory_begin == nullptr; }

}  // namespace

// An allocator by its linker name; `parameters` with types, `arguments` without.
#define TENTER_OWN_ALLOCATION(result, name, parameters, arguments) \
  extern "C" result tenter_real_##name parameters;                 \
  TENTER_OWN result tenter_own_##name parameters;                  \
  result tenter_own_##name parameters {                            \
    if (nobody_looks()) { return tenter_real_##name arguments; }   \
    const LookAway look_away;                                      \
    return tenter_real_##name arguments;                           \
  }

TENTER_OWN_ALLOCATION(void*, malloc, (std::size_t size), (size))
TENTER_OWN_ALLOCATION(void*, aligned_alloc, (std::size_t alignment, std::size_t size), (alignment, size))
TENTER_OWN_ALLOCATION(void, free, (void* memory), (memory))
// operator new and delete, of one object and of several; then with an alignment.
TENTER_OWN_ALLOCATION(void*, _Znwm, (std::size_t size), (size))
TENTER_OWN_ALLOCATION(void*, _Znam, (std::size_t size), (size))
TENTER_OWN_ALLOCATION(void, _ZdlPv, (void* memory), (memory))
TENTER_OWN_ALLOCATION(void, _ZdaPv, (void* memory), (memory))
TENTER_OWN_ALLOCATION(void, _ZdlPvm, (void* memory, std::size_t size), (memory, size))
TENTER_OWN_ALLOCATION(void*, _ZnwmSt11align_val_t, (std::size_t size, std::size_t alignment), (size, alignment))
TENTER_OWN_ALLOCATION(void, _ZdlPvSt11align_val_t, (void* memory, std::size_t alignment), (memory, alignment))
TENTER_OWN_ALLOCATION(void, _ZdlPvmSt11align_val_t, (void* memory, std::size_t size, std::size_t alignment),
                      (memory, size, alignment))
