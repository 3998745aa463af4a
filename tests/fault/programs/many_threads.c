// Makes so many threads as its first argument says, so many at a time as its second says. Each counts under a lock.
#include <stdio.h>

#include "busy.h"

static pthread_barrier_t all_there;

static void* body(void* unused) {
  pthread_barrier_wait(&all_there);
  return busy_once(unused);
}

int main(int argc, char** argv) {
  const int all = argc > 1 ? atoi(argv[1]) : 1, at_once = argc > 2 ? atoi(argv[2]) : 1;
  pthread_t* threads = (pthread_t*)malloc(sizeof(pthread_t) * (size_t)at_once);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  pthread_barrier_init(&all_there, 0, (unsigned)at_once);
  for (int made = 0; made < all; made += at_once) {
    for (int i = 0; i < at_once; ++i) {
      if (pthread_create(&threads[i], &small, body, 0) != 0) return 1;
    }
    for (int i = 0; i < at_once; ++i) pthread_join(threads[i], 0);
  }
  printf("%ld\n", busy_total);
  free(threads);
  return 0;
}
