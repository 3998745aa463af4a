/* Every way to take a mutex, POSIX's and C11's: each guards a variable of its own, on both sides. */
// expect: nothing
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

int __pthread_mutex_lock(pthread_mutex_t*);
int __pthread_mutex_trylock(pthread_mutex_t*);
int __pthread_mutex_unlock(pthread_mutex_t*);

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, trying = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t timed = PTHREAD_MUTEX_INITIALIZER, clocked = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t aliased = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive, errorcheck, robust, inheriting;
static mtx_t c11, c11_timed, c11_recursive;
static int by_plain, by_trying, by_timed, by_clocked, by_aliased, by_recursive, by_errorcheck, by_robust, by_inheriting;
static int by_c11, by_c11_try, by_c11_timed, by_c11_recursive;

static void* use_all(void* unused) {
  const struct timespec far = {4000000000, 0};
  for (int i = 0; i < 3; ++i) {
    pthread_mutex_lock(&plain);
    ++by_plain;
    pthread_mutex_unlock(&plain);

    while (pthread_mutex_trylock(&trying) == EBUSY) thrd_yield();
    ++by_trying;
    pthread_mutex_unlock(&trying);

    pthread_mutex_timedlock(&timed, &far);
    ++by_timed;
    pthread_mutex_unlock(&timed);

    pthread_mutex_clocklock(&clocked, CLOCK_MONOTONIC, &far);
    ++by_clocked;
    pthread_mutex_unlock(&clocked);

    if (i == 0) {
      __pthread_mutex_lock(&aliased);
    } else {
      while (__pthread_mutex_trylock(&aliased) == EBUSY) thrd_yield();
    }
    ++by_aliased;
    __pthread_mutex_unlock(&aliased);

    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    pthread_mutex_unlock(&recursive);
    ++by_recursive; /* still held once */
    pthread_mutex_unlock(&recursive);

    pthread_mutex_lock(&errorcheck);
    ++by_errorcheck;
    pthread_mutex_unlock(&errorcheck);

    pthread_mutex_lock(&robust);
    ++by_robust;
    pthread_mutex_unlock(&robust);

    pthread_mutex_lock(&inheriting);
    ++by_inheriting;
    pthread_mutex_unlock(&inheriting);

    mtx_lock(&c11);
    ++by_c11;
    mtx_unlock(&c11);
    while (mtx_trylock(&c11) != thrd_success) thrd_yield();
    ++by_c11_try;
    mtx_unlock(&c11);
    mtx_timedlock(&c11_timed, &far);
    ++by_c11_timed;
    mtx_unlock(&c11_timed);
    mtx_lock(&c11_recursive);
    mtx_lock(&c11_recursive);
    mtx_unlock(&c11_recursive);
    ++by_c11_recursive;
    mtx_unlock(&c11_recursive);
  }
  return unused;
}

static void init(pthread_mutex_t* mutex, int type, int robustness, int protocol) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, type);
  pthread_mutexattr_setrobust(&attributes, robustness);
  pthread_mutexattr_setprotocol(&attributes, protocol);
  pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

int main(void) {
  pthread_t other;
  init(&recursive, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  init(&errorcheck, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  init(&robust, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
  init(&inheriting, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
  mtx_init(&c11, mtx_plain);
  mtx_init(&c11_timed, mtx_timed);
  mtx_init(&c11_recursive, mtx_plain | mtx_recursive);
  pthread_create(&other, NULL, use_all, NULL);
  use_all(NULL);
  pthread_join(other, NULL);
  mtx_destroy(&c11);
  mtx_destroy(&c11_timed);
  mtx_destroy(&c11_recursive);
  pthread_mutex_destroy(&recursive);
  pthread_mutex_destroy(&errorcheck);
  pthread_mutex_destroy(&robust);
  pthread_mutex_destroy(&inheriting);
  return by_plain + by_trying + by_timed + by_clocked + by_aliased + by_recursive + by_errorcheck + by_robust +
         by_inheriting + by_c11 + by_c11_try + by_c11_timed + by_c11_recursive - 13 * 6;
}
