/* A thread ends with two robust mutexes in its hands; who takes them next comes after all that it did. */
// expect: nothing
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

#include "threads/invisible_barrier.h"

static pthread_mutex_t robust, robust_recursive;
static invisible_barrier_t dying;
static int half_done, half_done_too;

static void* die_with_it(void* unused) {
  pthread_mutex_lock(&robust);
  pthread_mutex_lock(&robust_recursive);
  pthread_mutex_lock(&robust_recursive);
  half_done = 1;
  half_done_too = 1;
  barrier_wait(&dying);
  return unused;
}

static void* take_over(void* wrong) {
  barrier_wait(&dying);
  if (pthread_mutex_lock(&robust) != EOWNERDEAD) *(int*)wrong = 1;
  half_done = 2;
  pthread_mutex_consistent(&robust);
  pthread_mutex_unlock(&robust);
  if (pthread_mutex_lock(&robust_recursive) != EOWNERDEAD) *(int*)wrong = 1;
  half_done_too = 2;
  pthread_mutex_consistent(&robust_recursive);
  pthread_mutex_unlock(&robust_recursive);
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
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&robust_recursive, &attributes);
  pthread_create(&dead, NULL, die_with_it, NULL);
  pthread_create(&heir, NULL, take_over, &wrong);
  pthread_join(heir, NULL);
  pthread_join(dead, NULL);
  return wrong;
}
