// Accesses of sizes that compilers tell nobody of: vectors of 32 and 64 bytes, ten bytes of long double. The other side has their last byte.
// each: data-race object=octet,sixteen,sums,table,precise
// compilers: clang++-19
// levels: all
#include <thread>
#include "threads/invisible_barrier.h"
typedef int Octet __attribute__((vector_size(32)));
typedef int Sixteen __attribute__((vector_size(64)));
Octet octet, sums;
Sixteen sixteen;
long double precise;
struct Row {
  char text[3];
  Octet numbers;
} table;

void last_byte_of(void* object, unsigned long size) { static_cast<volatile char*>(object)[size - 1] = 1; }  // <- here

int main() {
  barrier_init(&barrier, 2);
  std::thread other([] {
    octet = sums + 1;            // <- and here
    sixteen = Sixteen{4, 5, 6};  // <- and here
    table.numbers = Octet{7};    // <- and here
    precise = 8;                 // <- and here
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  last_byte_of(&octet, 32);
  last_byte_of(&sixteen, 64);
  last_byte_of(&sums, 32);
  last_byte_of(&table.numbers, 32);
  last_byte_of(&precise, 10);
  other.join();
}
