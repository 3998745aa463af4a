// operator new and delete of an allocator that brings its own, past malloc and free: tcmalloc and jemalloc do. Elsewhere
// they end in malloc, which tells, and learns here who called the operator.
//
// Each hook is a version of the symbol that no linker chooses (operator_new.map): a program that links libstdc++
// statically finds the operators there and not here. When programs are loaded, ours are the first in the order of lookup.
// A static program is linked so that its calls of the operators lead here (cmake/static_recorder.cmake).
//
// This file is built with exceptions, as operator new may throw: see once.cc for what that needs.
#include "hooks/allocator.h"

__asm__(".weak __gxx_personality_v0, _Unwind_Resume, __cxa_begin_catch, _ZSt9terminatev");

namespace tenter::hooks {

using record::Pc;
using std::size_t;

TENTER_NEXT(void*, _Znwm, (size_t))

namespace {

void* told_new(void* block, size_t size, Pc pc) {
  if (block != nullptr && allocator_has_operators() && record::active()) {
    record::alloc(block, size, trace::MemoryKind::heap, pc);
  }
  return block;
}
void told_delete(void* block, Pc pc) {
  if (block != nullptr && allocator_has_operators() && record::active()) {
    record::free(block, 0, trace::MemoryKind::heap, pc, usable_size(block));
  }
}

}  // namespace

#ifdef TENTER_STATIC
#define TENTER_VERSION(symbol, version) static_assert(true)
#define TENTER_OPERATOR(result, symbol, parameters)            \
  TENTER_HOOK result hook##symbol parameters __asm__(#symbol); \
  result hook##symbol parameters
#else
// A symbol has the version that libstdc++ gave it, for those who were linked to libstdc++, and the first of all.
#define TENTER_VERSION(symbol, version) __asm__(".symver tenter_operator" #symbol ", " #symbol "@" version)
#define TENTER_OPERATOR(result, symbol, parameters)                              \
  TENTER_VERSION(symbol, "GLIBCXX_3.4");                                         \
  TENTER_HOOK result hook##symbol parameters __asm__("tenter_operator" #symbol); \
  result hook##symbol parameters
#endif
#define TENTER_NEW(symbol, parameters, ...)        \
  TENTER_OPERATOR(void*, symbol, parameters) {     \
    const InsideOperator call(TENTER_CALLER_PC()); \
    void* block = nullptr;                         \
    {                                              \
      const InsideAllocator inside;                \
      block = REAL(symbol)(__VA_ARGS__);           \
    }                                              \
    return told_new(block, size, call.caller());   \
  }
#define TENTER_DELETE(symbol, parameters, ...)     \
  TENTER_NEXT(void, symbol, parameters)            \
  TENTER_OPERATOR(void, symbol, parameters) {      \
    const InsideOperator call(TENTER_CALLER_PC()); \
    told_delete(block, call.caller());             \
    const InsideAllocator inside;                  \
    REAL(symbol)(__VA_ARGS__);                     \
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

// Sized since C++14, aligned since C++17.
TENTER_VERSION(_ZdlPvm, "CXXABI_1.3.9");
TENTER_VERSION(_ZdaPvm, "CXXABI_1.3.9");
TENTER_VERSION(_ZnwmSt11align_val_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZnamSt11align_val_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZnwmSt11align_val_tRKSt9nothrow_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZnamSt11align_val_tRKSt9nothrow_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZdlPvSt11align_val_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZdaPvSt11align_val_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZdlPvmSt11align_val_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZdaPvmSt11align_val_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZdlPvSt11align_val_tRKSt9nothrow_t, "CXXABI_1.3.11");
TENTER_VERSION(_ZdaPvSt11align_val_tRKSt9nothrow_t, "CXXABI_1.3.11");

}  // namespace tenter::hooks
