/* The last of many threads is known as well as the first, though it has the stack, the handle and the variables of others. */
// expect: data-race object=shared
// levels: one
#include <pthread.h>

#include "threads/invisible_barrier.h"

enum { before = 2000 };
static __thread long own;
static invisible_barrier_t written;
long shared;

static void* short_life(void* raw) {
  own = (long)raw;
  return (void*)(own + 1);
}
static void* last(void* unused) {
  shared = 1;  // <- here
  barrier_wait(&written);
  return unused;
}

int main(void) {
  pthread_t thread;
  void* result = NULL;
  barrier_init(&written, 2);
  for (long i = 0; i < before; ++i) {
    if (pthread_create(&thread, NULL, short_life, (void*)i) != 0) return 2;
    pthread_join(thread, &result);
    if ((long)result != i + 1) return 3;
  }
  pthread_create(&thread, NULL, last, NULL);
  barrier_wait(&written);
  shared = 2;  // <- here
  pthread_join(thread, NULL);
  return 0;
}
