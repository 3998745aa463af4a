// operator new and delete of an allocator that brings its own, past malloc and free: tcmalloc and jemalloc do. Elsewhere
// they end in malloc, which tells.
//
// Each hook is a version of the symbol that no linker chooses (operator_new.map): a program that links libstdc++
// statically finds the operators there and not here. When programs are loaded, ours are the first in the order of lookup.
#include <dlfcn.h>

#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using std::size_t;

TENTER_NEXT(void*, malloc, (size_t))
TENTER_NEXT(void*, _Znwm, (size_t))

namespace {

bool in_one_library(const void* left, const void* right) {
  Dl_info left_info, right_info;
  return dladdr(left, &left_info) != 0 && dladdr(right, &right_info) != 0 &&
         left_info.dli_fbase == right_info.dli_fbase;
}

enum class Operators : std::uint8_t { unknown, over_malloc, own };
constinit std::atomic<Operators> operators{Operators::unknown};

bool has_own_operators() {
  Operators known = operators.load(std::memory_order_relaxed);  // the same whoever finds out
  if (known == Operators::unknown) [[unlikely]] {
    const auto malloc = REAL(malloc);
    const auto operator_new = REAL(_Znwm);
    if (malloc == nullptr || operator_new == nullptr) { return false; }
    const record::Quiet quiet;
    const bool own = in_one_library(reinterpret_cast<void*>(malloc), reinterpret_cast<void*>(operator_new));
    known = own ? Operators::own : Operators::over_malloc;
    operators.store(known, std::memory_order_relaxed);
  }
  return known == Operators::own;
}

void* told_new(void* block, size_t size, Pc pc) {
  if (block != nullptr && has_own_operators() && record::active()) {
    record::alloc(block, size, trace::MemoryKind::heap, pc);
  }
  return block;
}
void told_delete(void* block, Pc pc) {
  if (block != nullptr && has_own_operators() && record::active()) {
    record::free(block, 0, trace::MemoryKind::heap, pc);
  }
}

}  // namespace

#define TENTER_OPERATOR(result, symbol, parameters)                              \
  __asm__(".symver tenter_operator" #symbol ", " #symbol "@GLIBCXX_3.4");        \
  TENTER_HOOK result hook##symbol parameters __asm__("tenter_operator" #symbol); \
  result hook##symbol parameters
// The standard allows them to throw, and an exception passes through here without a trace.
#define TENTER_NEW(symbol, parameters, ...) \
  TENTER_OPERATOR(void*, symbol, parameters) { return told_new(REAL(symbol)(__VA_ARGS__), size, TENTER_CALLER_PC()); }
#define TENTER_DELETE(symbol, parameters, ...) \
  TENTER_NEXT(void, symbol, parameters)        \
  TENTER_OPERATOR(void, symbol, parameters) {  \
    told_delete(block, TENTER_CALLER_PC());    \
    REAL(symbol)(__VA_ARGS__);                 \
  }

TENTER_NEXT(void*, _Znam, (size_t))
TENTER_NEXT(void*, _ZnwmRKSt9nothrow_t, (size_t, const void*))
TENTER_NEXT(void*, _ZnamRKSt9nothrow_t, (size_t, const void*))
TENTER_NEXT(void*, _ZnwmSt11align_val_t, (size_t, size_t))
TENTER_NEXT(void*, _ZnamSt11align_val_t, (size_t, size_t))
TENTER_NEXT(void*, _ZnwmSt11align_val_tRKSt9nothrow_t, (size_t, size_t, const void*))
TENTER_NEXT(void*, _ZnamSt11align_val_tRKSt9nothrow_t, (size_t, size_t, const void*))

TENTER_NEW(_Znwm, (size_t size), size)
TENTER_NEW(_Znam, (size_t size), size)
TENTER_NEW(_ZnwmRKSt9nothrow_t, (size_t size, const void* tag), size, tag)
TENTER_NEW(_ZnamRKSt9nothrow_t, (size_t size, const void* tag), size, tag)
TENTER_NEW(_ZnwmSt11align_val_t, (size_t size, size_t alignment), size, alignment)
TENTER_NEW(_ZnamSt11align_val_t, (size_t size, size_t alignment), size, alignment)
TENTER_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, const void* tag), size, alignment, tag)
TENTER_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, const void* tag), size, alignment, tag)

TENTER_DELETE(_ZdlPv, (void* block), block)
TENTER_DELETE(_ZdaPv, (void* block), block)
TENTER_DELETE(_ZdlPvm, (void* block, size_t size), block, size)
TENTER_DELETE(_ZdaPvm, (void* block, size_t size), block, size)
TENTER_DELETE(_ZdlPvRKSt9nothrow_t, (void* block, const void* tag), block, tag)
TENTER_DELETE(_ZdaPvRKSt9nothrow_t, (void* block, const void* tag), block, tag)
TENTER_DELETE(_ZdlPvSt11align_val_t, (void* block, size_t alignment), block, alignment)
TENTER_DELETE(_ZdaPvSt11align_val_t, (void* block, size_t alignment), block, alignment)
TENTER_DELETE(_ZdlPvmSt11align_val_t, (void* block, size_t size, size_t alignment), block, size, alignment)
TENTER_DELETE(_ZdaPvmSt11align_val_t, (void* block, size_t size, size_t alignment), block, size, alignment)
TENTER_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void* block, size_t alignment, const void* tag), block, alignment,
              tag)
TENTER_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void* block, size_t alignment, const void* tag), block, alignment,
              tag)

}  // namespace tenter::hooks
