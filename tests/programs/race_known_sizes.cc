// Sizes that a compiler knows, so that it copies and clears by itself instead of calling libc.
// each: data-race object=from,to,moved,cleared,eight,text,grown,terminated
// compilers: g++-12
// levels: all
#include <cstring>
#include <thread>
#include "threads/invisible_barrier.h"
char from[64], to[64], moved[64], cleared[64], eight[8], text[16], grown[16] = "+", terminated[32];

void last_byte_of(char* begin, unsigned long size) { begin[size - 1] = 1; }  // <- here

int main() {
  barrier_init(&barrier, 2);
  std::thread other([] {
    std::memcpy(to, from, 40);              // <- and here
    std::memmove(moved, moved + 8, 24);     // <- and here
    std::memset(cleared, 1, 33);            // <- and here
    std::memset(eight, 0, 8);               // <- and here
    std::strcpy(text, "written");           // <- and here
    std::strcat(grown, "behind");           // <- and here
    std::strncpy(terminated, "filled up", 24);// <- and here
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  last_byte_of(to, 40);
  last_byte_of(from, 40);
  last_byte_of(moved, 24);
  last_byte_of(cleared, 33);
  last_byte_of(eight, 8);
  last_byte_of(text, 8);
  last_byte_of(grown, 8);
  last_byte_of(terminated, 24);
  other.join();
}
