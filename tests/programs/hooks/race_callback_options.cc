// Compilers' options that change which callbacks are called: volatile accesses, read-modify-writes as one, and the reads before
// writes; and accesses that say themselves where they stand.
// expect: data-race object=volatile_flag
// expect: data-race object=counter
// expect: data-race object=small
// expect: data-race object=packed
// expect: data-race object=told
// expect: data-race object=outside
// flags: -mllvm -tsan-distinguish-volatile -mllvm -tsan-compound-read-before-write -fsanitize-coverage=trace-pc-guard
// compilers: clang++-19   // levels: one
#include <sanitizer/tsan_interface.h>

#include <thread>

struct [[gnu::packed]] Packed {
  char before;
  long value;
};
volatile int volatile_flag;
long counter;
unsigned char small;
Packed packed;
long told, outside;

extern "C" void __tsan_write8_pc(void*, void*);
extern "C" void __sanitizer_unaligned_store64(void*, std::uint64_t);

[[gnu::noinline]] static void tell() { __tsan_write8_pc(&told, __builtin_return_address(0)); }
[[gnu::noinline]] static void tell_outside() { __tsan_external_write(&outside, __builtin_return_address(0), nullptr); }
static void touch() {
  volatile_flag = 1;  // <- here
  ++counter;          // <- here
  small ^= 1;         // <- here
  packed.value += 1;  // <- here
  tell();             // <- here
  tell_outside();     // <- here
}

int main() {
  std::thread other(touch);
  touch();
  other.join();
}
