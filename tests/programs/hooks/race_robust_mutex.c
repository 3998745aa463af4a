/* The heir of a robust mutex looks at what the dead thread left before it takes the mutex. */
// expect: data-race object=half_done
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

#include "threads/invisible_barrier.h"

static pthread_mutex_t robust;
static invisible_barrier_t dying;
static int half_done;

static void* die_with_it(void* unused) {
  pthread_mutex_lock(&robust);
  half_done = 1;  // <- here
  barrier_wait(&dying);
  return unused;
}

static void* take_over(void* wrong) {
  barrier_wait(&dying);
  const int seen = half_done;  // <- here
  if (pthread_mutex_lock(&robust) != EOWNERDEAD || seen != 1) *(int*)wrong = 1;
  pthread_mutex_consistent(&robust);
  pthread_mutex_unlock(&robust);
  return NULL;
}

int main(void) {
  int wrong = 0;
  pthread_t dead, heir;
  pthread_mutexattr_t attributes;
  barrier_init(&dying, 2);
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attributes);
  pthread_create(&dead, NULL, die_with_it, NULL);
  pthread_create(&heir, NULL, take_over, &wrong);
  pthread_join(heir, NULL);
  pthread_join(dead, NULL);
  return wrong;
}
