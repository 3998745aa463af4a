// Two threads write `shared` with nothing between them (where the argument is "race"), or with a lock; before that and after
// that they are busy for a while, or for ever (second argument "on").
#include <stdio.h>

#include "busy.h"

static int shared;
static int racy;
static int written;

static void* write_shared(void* number) {
  if (!racy) pthread_mutex_lock(&busy_mutex);
  shared = *(int*)number;
  if (!racy) pthread_mutex_unlock(&busy_mutex);
  unseen_add(&written, 1);
  unseen_wait(&written, 2);
  return 0;
}

static void work(unsigned steps) {
  static int numbers[1 << 16];
  unsigned state = 1;
  for (unsigned i = 0; i < steps; ++i) {
    state = state * 1664525u + 1013904223u;
    ++numbers[(state >> 8) % (1 << 16)];
  }
}

int main(int argc, char** argv) {
  racy = argc > 1 && !strcmp(argv[1], "race");
  int numbers[2] = {1, 2};
  pthread_t threads[2];
  work(6000);
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], 0, write_shared, &numbers[i]);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], 0);
  printf("%d\n", shared == 1 || shared == 2);
  fflush(stdout);
  work(6000);
  if (argc > 2) {
    start_busy_threads();
    printf("busy\n");
    fflush(stdout);
    for (;;) pause();
  }
  return 5;
}
