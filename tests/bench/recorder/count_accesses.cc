// Counts the accesses that the compiler instrumented, by standing before the recorder's callbacks (LD_PRELOAD on a program that
// was built with tenter-c++): loads, stores, memory intrinsics and atomic operations, one each. Writes their number into the
// file that BENCH_ACCESSES names. Atomic operations and intrinsics are handed on; plain ones do nothing else.
#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

// Counters of threads are joined in blocks, so that threads seldom meet.
constexpr std::uint64_t block = 1024;
std::atomic<std::uint64_t> total;
thread_local std::uint64_t mine __attribute__((tls_model("initial-exec")));

inline void count() {
  if (++mine == block) {
    total.fetch_add(block, std::memory_order_relaxed);
    mine = 0;
  }
}

template <class Function>
Function next(Function& cached, const char* name) {
  if (cached == nullptr) { cached = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name)); }
  return cached;
}

struct AtTheEnd {
  ~AtTheEnd() {
    const char* path = std::getenv("BENCH_ACCESSES");
    std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
    if (file == nullptr) { return; }
    std::fprintf(file, "%llu\n", static_cast<unsigned long long>(total.load() + mine));
    std::fclose(file);
  }
} at_the_end;

}  // namespace

#define PLAIN(name) \
  extern "C" void __tsan_##name(void*) { count(); }
#define PLAIN_OF(bytes)                                                                                   \
  PLAIN(read##bytes)                                                                                      \
  PLAIN(write##bytes) PLAIN(read_write##bytes) PLAIN(unaligned_read##bytes) PLAIN(unaligned_write##bytes) \
      PLAIN(unaligned_read_write##bytes) PLAIN(volatile_read##bytes) PLAIN(volatile_write##bytes)
PLAIN_OF(1)
PLAIN_OF(2)
PLAIN_OF(4)
PLAIN_OF(8)
PLAIN_OF(16)
PLAIN(vptr_read)
extern "C" void __tsan_vptr_update(void**, void*) { count(); }

// One access reads, one writes.
extern "C" void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  count();
  count();
  return __builtin_memcpy(to, from, size);
}
extern "C" void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  count();
  count();
  return __builtin_memmove(to, from, size);
}
extern "C" void* __tsan_memset(void* to, int value, std::size_t size) {
  count();
  return __builtin_memset(to, value, size);
}

#define HAND_ON(result, name, parameters, arguments) \
  extern "C" result name parameters {                \
    static result(*real) parameters = nullptr;       \
    count();                                         \
    return next(real, #name) arguments;              \
  }
#define FETCH(bits, name)                                    \
  HAND_ON(std::uint##bits##_t, __tsan_atomic##bits##_##name, \
          (volatile std::uint##bits##_t * object, std::uint##bits##_t value, int order), (object, value, order))
#define EXCHANGE(bits, result, name, Expected)                                                                         \
  HAND_ON(                                                                                                             \
      result, __tsan_atomic##bits##_compare_exchange_##name,                                                           \
      (volatile std::uint##bits##_t * object, Expected expected, std::uint##bits##_t desired, int order, int failure), \
      (object, expected, desired, order, failure))
#define ATOMIC(bits)                                                                                                \
  HAND_ON(std::uint##bits##_t, __tsan_atomic##bits##_load, (const volatile std::uint##bits##_t* object, int order), \
          (object, order))                                                                                          \
  HAND_ON(void, __tsan_atomic##bits##_store,                                                                        \
          (volatile std::uint##bits##_t * object, std::uint##bits##_t value, int order), (object, value, order))    \
  FETCH(bits, exchange)                                                                                             \
  FETCH(bits, fetch_add) FETCH(bits, fetch_sub) FETCH(bits, fetch_and) FETCH(bits, fetch_or) FETCH(bits, fetch_xor) \
      FETCH(bits, fetch_nand) EXCHANGE(bits, int, strong, std::uint##bits##_t*)                                     \
          EXCHANGE(bits, int, weak, std::uint##bits##_t*)                                                           \
              EXCHANGE(bits, std::uint##bits##_t, val, std::uint##bits##_t)
ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
