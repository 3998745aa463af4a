// What threads do when they should have stopped: destructors of thread-specific data that lock, allocate, and ask to be
// called again, in a thread that returns, one that exits and one that is cancelled. main reads what they wrote after it
// joined them, or (argument "race") before.
#include <stdio.h>

#include "busy.h"

enum { ways = 3, rounds = 3 };
static pthread_key_t key;
static int late[ways];
static int begun, ended;

struct Data {
  int way, rounds_left;
};

static void destroy(void* value) {
  struct Data* data = (struct Data*)value;
  pthread_mutex_lock(&busy_mutex);
  ++busy_total;
  pthread_mutex_unlock(&busy_mutex);
  if (--data->rounds_left > 0) {
    pthread_setspecific(key, data);
    return;
  }
  ++late[data->way];
  unseen_add(&ended, 1);
  free(data);
}

static void clean_up(void* way) { ++late[*(int*)way]; }

static void* body(void* argument) {
  const int way = *(int*)argument;
  struct Data* data = (struct Data*)malloc(sizeof *data);
  data->way = way;
  data->rounds_left = rounds;
  pthread_setspecific(key, data);
  pthread_cleanup_push(clean_up, argument);
  unseen_add(&begun, 1);
  if (way == 1) pthread_exit(0);
  if (way == 2) {
    for (;;) pause();
  }
  pthread_cleanup_pop(1);
  return 0;
}

int main(int argc, char** argv) {
  const int early = argc > 1 && !strcmp(argv[1], "race");
  pthread_key_create(&key, destroy);
  pthread_t threads[ways];
  int numbers[ways];
  int sum = 0;
  for (int i = 0; i < ways; ++i) {
    numbers[i] = i;
    pthread_create(&threads[i], 0, body, &numbers[i]);
  }
  unseen_wait(&begun, ways);
  pthread_cancel(threads[2]);
  if (early) {
    unseen_wait(&ended, ways);
    for (int i = 0; i < ways; ++i) sum += late[i];
  }
  for (int i = 0; i < ways; ++i) pthread_join(threads[i], 0);
  if (!early) {
    for (int i = 0; i < ways; ++i) sum += late[i];
  }
  printf("%d\n", sum);
  return 0;
}
