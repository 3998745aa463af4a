// A library that knows of no recorder: runs a function of its caller on threads of its own.
#include <pthread.h>
#include <stdlib.h>

struct Pool {
  pthread_t threads[4];
  void (*function)(int);
};
struct Start {
  struct Pool* pool;
  int number;
};

static void* run(void* raw) {
  struct Start* start = (struct Start*)raw;
  start->pool->function(start->number);
  free(start);
  return 0;
}

struct Pool* pool_start(void (*function)(int)) {
  struct Pool* pool = (struct Pool*)malloc(sizeof *pool);
  pool->function = function;
  for (int i = 0; i < 4; ++i) {
    struct Start* start = (struct Start*)malloc(sizeof *start);
    start->pool = pool;
    start->number = i;
    pthread_create(&pool->threads[i], 0, run, start);
  }
  return pool;
}

void pool_join(struct Pool* pool) {
  for (int i = 0; i < 4; ++i) pthread_join(pool->threads[i], 0);
  free(pool);
}
