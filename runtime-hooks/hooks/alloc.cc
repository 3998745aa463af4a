// The life of memory. alloc is told after the allocator gave a block out, free before it gets it back: between the two
// nobody else can be given the same bytes, so in the recording lives of one address never overlap.
//
// operator new and delete call malloc and free through us; so do strdup, getline and everything else that allocates.
#include <malloc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include <cstdarg>

#include "hooks/allocator.h"
#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using trace::MemoryKind;

TENTER_NEXT(void*, malloc, (std::size_t))
TENTER_NEXT(void*, realloc, (void*, std::size_t))
TENTER_NEXT(std::size_t, malloc_usable_size, (void*))

namespace {

// ---- before libc's allocator is found ------------------------------------------------------------------

// dlsym may allocate while it looks the real functions up for us: a few strings, out of this.
constexpr std::size_t early_bytes = 16 * 1024;
constexpr std::size_t early_alignment = 16;
alignas(early_alignment) constinit std::byte early_memory[early_bytes] = {};
constinit std::atomic<std::size_t> early_used{0};

bool is_early(const void* block) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const auto start = reinterpret_cast<std::uintptr_t>(&early_memory);
  return address >= start && address < start + early_bytes;
}

void* early_alloc(std::size_t size) {
  if (size > early_bytes) { return nullptr; }
  // The block's size stands before it, for realloc; memory is zero already and never used twice, for calloc.
  const std::size_t whole = early_alignment + ((size + early_alignment - 1) & ~(early_alignment - 1));
  const std::size_t at = early_used.fetch_add(whole, std::memory_order_relaxed);
  if (at + whole > early_bytes) { return nullptr; }
  *reinterpret_cast<std::size_t*>(&early_memory[at]) = size;
  return &early_memory[at + early_alignment];
}

std::size_t early_size(const void* block) {
  return *reinterpret_cast<const std::size_t*>(static_cast<const std::byte*>(block) - early_alignment);
}

// ---- telling -------------------------------------------------------------------------------------------

// The real function, within the allocator.
template <class Function, class... Arguments>
auto within(Function real, Arguments... arguments) {
  const InsideAllocator inside;
  return real(arguments...);
}

void* told(void* block, std::size_t size, Pc pc) {
  if (block != nullptr && record::active()) { record::alloc(block, size, MemoryKind::heap, pc); }
  return block;
}

void* reallocate(void* old, std::size_t size, Pc pc) {
  if (is_early(old)) {
    void* block = within(REAL(malloc), size);
    if (block != nullptr) { __builtin_memcpy(block, old, early_size(old) < size ? early_size(old) : size); }
    return told(block, size, pc);
  }
  if (!record::active()) { return within(REAL(realloc), old, size); }
  if (old == nullptr) { return told(within(REAL(realloc), old, size), size, pc); }
  // Moved or not, the old block ends here: whoever still uses it unordered with this call has lost it. That it may stay
  // where it is must not hide that.
  const std::size_t old_size = REAL(malloc_usable_size)(old);
  if (speaks_for_program(pc)) { library_read(old, old_size < size ? old_size : size, pc); }
  record::free(old, 0, MemoryKind::heap, pc, usable_size(old));
  void* block = within(REAL(realloc), old, size);
  if (block != nullptr) {
    record::alloc(block, size, MemoryKind::heap, pc);
    if (speaks_for_program(pc)) { library_write(block, old_size < size ? old_size : size, pc); }
  } else if (size != 0) {
    record::alloc(old, old_size, MemoryKind::heap, pc);  // it failed: the old block is as it was
  }
  return block;
}

}  // namespace

// ---- the heap ------------------------------------------------------------------------------------------

TENTER_INTERPOSE_KNOWN(void*, malloc, (std::size_t size)) {
  const auto real = REAL(malloc);
  if (real == nullptr) [[unlikely]] { return early_alloc(size); }
  return told(within(real, size), size, block_caller(TENTER_CALLER_PC()));
}

TENTER_INTERPOSE(void*, calloc, (std::size_t count, std::size_t size)) {
  const auto real = REAL(calloc);
  if (real == nullptr) [[unlikely]] { return early_alloc(count * size); }
  return told(within(real, count, size), count * size, TENTER_CALLER_PC());
}

TENTER_INTERPOSE_KNOWN(void*, realloc, (void* old, std::size_t size)) {
  return reallocate(old, size, TENTER_CALLER_PC());
}

TENTER_HOOK void* hook_reallocarray(void* old, std::size_t count, std::size_t size) __asm__("reallocarray");
void* hook_reallocarray(void* old, std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return reallocate(old, bytes, TENTER_CALLER_PC());
}

TENTER_INTERPOSE(void, free, (void* block)) {
  if (block == nullptr || is_early(block)) { return; }
  const auto real = REAL(free);
  if (real == nullptr) [[unlikely]] { return; }  // dlsym tidies up while it looks for free itself
  if (record::active()) {
    record::free(block, 0, MemoryKind::heap, block_caller(TENTER_CALLER_PC()), usable_size(block));
  }
  within(real, block);
}

TENTER_INTERPOSE(void*, memalign, (std::size_t alignment, std::size_t size)) {
  return told(within(REAL(memalign), alignment, size), size, block_caller(TENTER_CALLER_PC()));
}

TENTER_INTERPOSE(void*, aligned_alloc, (std::size_t alignment, std::size_t size)) {
  return told(within(REAL(aligned_alloc), alignment, size), size, block_caller(TENTER_CALLER_PC()));
}

TENTER_INTERPOSE(int, posix_memalign, (void** block, std::size_t alignment, std::size_t size)) {
  const int result = within(REAL(posix_memalign), block, alignment, size);
  if (result == 0) { told(*block, size, block_caller(TENTER_CALLER_PC())); }
  return result;
}

TENTER_INTERPOSE(void*, valloc, (std::size_t size)) {
  return told(within(REAL(valloc), size), size, TENTER_CALLER_PC());
}

TENTER_INTERPOSE(void*, pvalloc, (std::size_t size)) {
  return told(within(REAL(pvalloc), size), size, TENTER_CALLER_PC());
}

// ---- mappings ------------------------------------------------------------------------------------------

TENTER_INTERPOSE(void*, mmap, (void* hint, std::size_t size, int protection, int flags, int fd, off_t offset)) {
  void* mapping = REAL(mmap)(hint, size, protection, flags, fd, offset);
  if (mapping != MAP_FAILED && record::active()) {
    record::alloc(mapping, size, MemoryKind::mapping, TENTER_CALLER_PC());
  }
  return mapping;
}

TENTER_INTERPOSE(void*, mmap64, (void* hint, std::size_t size, int protection, int flags, int fd, off64_t offset)) {
  void* mapping = REAL(mmap64)(hint, size, protection, flags, fd, offset);
  if (mapping != MAP_FAILED && record::active()) {
    record::alloc(mapping, size, MemoryKind::mapping, TENTER_CALLER_PC());
  }
  return mapping;
}

TENTER_INTERPOSE(int, munmap, (void* mapping, std::size_t size)) {
  if (!record::active()) { return REAL(munmap)(mapping, size); }
  record::free(mapping, size, MemoryKind::mapping, TENTER_CALLER_PC());
  const int result = REAL(munmap)(mapping, size);
  if (result != 0) { record::alloc(mapping, size, MemoryKind::mapping, TENTER_CALLER_PC()); }
  return result;
}

TENTER_INTERPOSE(void*, mremap, (void* old, std::size_t old_size, std::size_t new_size, int flags, ...)) {
  std::va_list rest;
  va_start(rest, flags);
  void* wanted = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
  va_end(rest);
  const Pc pc = TENTER_CALLER_PC();
  const bool recorded = record::active();
  if (recorded && old_size != 0) {  // 0: a second view of a shared mapping, the first one stays
    record::free(old, old_size, MemoryKind::mapping, pc);
  }
  void* mapping = REAL(mremap)(old, old_size, new_size, flags, wanted);
  if (recorded) {
    if (mapping != MAP_FAILED) {
      record::alloc(mapping, new_size, MemoryKind::mapping, pc);
    } else if (old_size != 0) {
      record::alloc(old, old_size, MemoryKind::mapping, pc);
    }
  }
  return mapping;
}

TENTER_INTERPOSE(void*, sbrk, (std::intptr_t increment)) {
  const Pc pc = TENTER_CALLER_PC();
  const bool recorded = record::active();
  if (recorded && increment < 0) {
    auto* end = static_cast<char*>(REAL(sbrk)(0));
    record::free(end + increment, static_cast<std::size_t>(-increment), MemoryKind::mapping, pc);
  }
  void* before = REAL(sbrk)(increment);
  if (recorded && increment > 0 && before != reinterpret_cast<void*>(-1)) {
    record::alloc(before, static_cast<std::size_t>(increment), MemoryKind::mapping, pc);
  }
  return before;
}

TENTER_INTERPOSE(void*, shmat, (int segment, const void* wanted, int flags)) {
  void* address = REAL(shmat)(segment, wanted, flags);
  if (address != reinterpret_cast<void*>(-1) && record::active()) {
    shmid_ds facts;
    if (shmctl(segment, IPC_STAT, &facts) == 0) {
      record::alloc(address, facts.shm_segsz, MemoryKind::mapping, TENTER_CALLER_PC());
    }
  }
  return address;
}
TENTER_INTERPOSE(int, shmdt, (const void* address)) {
  if (record::active()) { record::free(address, 0, MemoryKind::mapping, TENTER_CALLER_PC()); }
  return REAL(shmdt)(address);
}

}  // namespace tenter::hooks
