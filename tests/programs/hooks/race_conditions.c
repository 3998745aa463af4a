/* What is done after the mutex was given up is not ordered by the signal; and during a wait the mutex is not held. */
// expect: data-race object=after_unlock
// expect: data-race object=during_wait
// expect: data-race object=during_c11_wait
// levels: one
#include <pthread.h>
#include <threads.h>

#include "threads/invisible_barrier.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static mtx_t c11_mutex;
static cnd_t c11_condition;
static int awake, c11_awake;
static invisible_barrier_t waiting, written;
int after_unlock, during_wait, during_c11_wait;

static void* sleeper(void* unused) {
  pthread_mutex_lock(&mutex);
  barrier_wait(&waiting);
  while (!awake) pthread_cond_wait(&condition, &mutex);
  during_wait = 1;  // <- here
  pthread_mutex_unlock(&mutex);
  mtx_lock(&c11_mutex);
  barrier_wait(&waiting);
  while (!c11_awake) cnd_wait(&c11_condition, &c11_mutex);
  during_c11_wait = 1;  // <- here
  mtx_unlock(&c11_mutex);
  barrier_wait(&written);
  after_unlock = 1;  // <- here
  return unused;
}

int main(void) {
  pthread_t thread;
  mtx_init(&c11_mutex, mtx_plain);
  cnd_init(&c11_condition);
  barrier_init(&waiting, 2);
  barrier_init(&written, 2);
  pthread_create(&thread, NULL, sleeper, NULL);
  barrier_wait(&waiting);
  pthread_mutex_lock(&mutex);
  awake = 1;
  pthread_cond_signal(&condition);
  pthread_mutex_unlock(&mutex);
  during_wait = 2;  // <- here
  barrier_wait(&waiting);
  mtx_lock(&c11_mutex);
  c11_awake = 1;
  cnd_signal(&c11_condition);
  mtx_unlock(&c11_mutex);
  during_c11_wait = 2;  // <- here
  after_unlock = 2;     // <- here
  barrier_wait(&written);
  pthread_join(thread, NULL);
  return 0;
}
