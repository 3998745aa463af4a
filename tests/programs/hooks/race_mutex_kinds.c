/* The same mutexes, on one side only. The other side comes second, at a time that no recorder sees. */
// expect: data-race object=by_plain
// expect: data-race object=by_trying
// expect: data-race object=by_timed
// expect: data-race object=by_clocked
// expect: data-race object=by_aliased
// expect: data-race object=by_recursive
// expect: data-race object=by_errorcheck
// expect: data-race object=by_robust
// expect: data-race object=by_c11
// expect: data-race object=by_c11_timed
// expect: data-race object=by_failed_try
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

#include "threads/invisible_barrier.h"

int __pthread_mutex_lock(pthread_mutex_t*);
int __pthread_mutex_unlock(pthread_mutex_t*);

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, recursive, errorcheck, robust;
static mtx_t c11, c11_timed;
static invisible_barrier_t turn;
int by_plain, by_trying, by_timed, by_clocked, by_aliased, by_recursive, by_errorcheck, by_robust, by_c11, by_c11_timed;
int by_failed_try;

static void* with_locks(void* unused) {
  const struct timespec far = {4000000000, 0};
  pthread_mutex_lock(&plain);
  by_plain = 1;  // <- here
  pthread_mutex_unlock(&plain);
  pthread_mutex_trylock(&plain);
  by_trying = 1;  // <- here
  pthread_mutex_unlock(&plain);
  pthread_mutex_timedlock(&plain, &far);
  by_timed = 1;  // <- here
  pthread_mutex_unlock(&plain);
  pthread_mutex_clocklock(&plain, CLOCK_REALTIME, &far);
  by_clocked = 1;  // <- here
  pthread_mutex_unlock(&plain);
  __pthread_mutex_lock(&plain);
  by_aliased = 1;  // <- here
  __pthread_mutex_unlock(&plain);
  pthread_mutex_lock(&recursive);
  pthread_mutex_lock(&recursive);
  by_recursive = 1;  // <- here
  pthread_mutex_unlock(&recursive);
  pthread_mutex_unlock(&recursive);
  pthread_mutex_lock(&errorcheck);
  by_errorcheck = 1;  // <- here
  pthread_mutex_unlock(&errorcheck);
  pthread_mutex_lock(&robust);
  by_robust = 1;  // <- here
  pthread_mutex_unlock(&robust);
  mtx_lock(&c11);
  by_c11 = 1;  // <- here
  mtx_unlock(&c11);
  mtx_timedlock(&c11_timed, &far);
  by_c11_timed = 1;  // <- here
  mtx_unlock(&c11_timed);
  by_failed_try = 1;  // <- here
  pthread_mutex_lock(&errorcheck);
  barrier_wait(&turn);
  barrier_wait(&turn);
  pthread_mutex_unlock(&errorcheck);
  return unused;
}

int main(void) {
  pthread_t other;
  pthread_mutexattr_t attributes;
  barrier_init(&turn, 2);
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&recursive, &attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&errorcheck, &attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attributes);
  mtx_init(&c11, mtx_plain);
  mtx_init(&c11_timed, mtx_timed);
  pthread_create(&other, NULL, with_locks, NULL);
  barrier_wait(&turn);
  const int failed = pthread_mutex_trylock(&errorcheck);
  by_plain = 2;       // <- here
  by_trying = 2;      // <- here
  by_timed = 2;       // <- here
  by_clocked = 2;     // <- here
  by_aliased = 2;     // <- here
  by_recursive = 2;   // <- here
  by_errorcheck = 2;  // <- here
  by_robust = 2;      // <- here
  by_c11 = 2;         // <- here
  by_c11_timed = 2;   // <- here
  by_failed_try = 2;  // <- here
  barrier_wait(&turn);
  pthread_join(other, NULL);
  return failed == EBUSY ? 0 : 1;
}
