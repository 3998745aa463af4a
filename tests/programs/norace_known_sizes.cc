// The same calls, and the other side has the byte behind what they touch.
// expect: nothing
// compilers: g++-12
// levels: all
#include <cstring>
#include <thread>
#include "threads/invisible_barrier.h"
char from[64], to[64], moved[64], cleared[64], eight[9], text[16], grown[16] = "+", terminated[32];

void byte_behind(char* begin, unsigned long size) { begin[size] = 1; }

int main() {
  barrier_init(&barrier, 2);
  std::thread other([] {
    std::memcpy(to, from, 40);
    std::memmove(moved, moved + 8, 24);
    std::memset(cleared, 1, 33);
    std::memset(eight, 0, 8);
    std::strcpy(text, "written");
    std::strcat(grown, "behind");
    std::strncpy(terminated, "filled up", 24);
    barrier_wait(&barrier);
  });
  barrier_wait(&barrier);
  byte_behind(to, 40);
  byte_behind(from, 40);
  byte_behind(moved, 32);
  byte_behind(cleared, 33);
  byte_behind(eight, 8);
  byte_behind(text, 8);
  byte_behind(grown, 8);
  byte_behind(terminated, 24);
  other.join();
}
