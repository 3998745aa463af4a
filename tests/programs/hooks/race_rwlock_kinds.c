/* The same locks, but who writes holds them only to read. */
// expect: data-race object=plain
// expect: data-race object=tried
// expect: data-race object=timed
// expect: data-race object=clocked
// levels: one
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

#include "threads/invisible_barrier.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static invisible_barrier_t turn;
int plain, tried, timed, clocked;

static void write_as_reader(void) {
  const struct timespec far = {4000000000, 0};
  pthread_rwlock_rdlock(&lock);
  ++plain;  // <- here
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_tryrdlock(&lock);
  ++tried;  // <- here
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_timedrdlock(&lock, &far);
  ++timed;  // <- here
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_clockrdlock(&lock, CLOCK_REALTIME, &far);
  ++clocked;  // <- here
  pthread_rwlock_unlock(&lock);
}

static void* first(void* unused) {
  write_as_reader();
  barrier_wait(&turn);
  return unused;
}

int main(void) {
  pthread_t other;
  barrier_init(&turn, 2);
  pthread_create(&other, NULL, first, NULL);
  barrier_wait(&turn);
  write_as_reader();
  pthread_join(other, NULL);
  return plain + tried + timed + clocked - 8;
}
