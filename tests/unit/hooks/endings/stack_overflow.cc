// signal 11; recordings 1; incomplete
#include "work.h"

volatile int depth_wanted = 1 << 30;

__attribute__((noinline)) int deeper(int depth) {
  volatile int here = depth;
  return depth == depth_wanted ? here : deeper(depth + 1) + here;
}

int main() {
  work();
  return deeper(0);
}
