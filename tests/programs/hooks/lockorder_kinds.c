/* Two locks of two kinds, taken in both orders: a C11 mutex and a reader-writer lock, a spin lock and a mutex. */
// expect: lock-order-inversion
// expect: lock-order-inversion
// levels: one
#include <pthread.h>
#include <threads.h>

#include "threads/invisible_barrier.h"

static mtx_t c11;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static invisible_barrier_t first_done;

static int work(void* raw) {
  const int self = *(const int*)raw;
  if (self == 0) {
    mtx_lock(&c11);
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    mtx_unlock(&c11);
    pthread_spin_lock(&spin);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_spin_unlock(&spin);
    barrier_wait(&first_done);
  } else {
    barrier_wait(&first_done);
    pthread_rwlock_wrlock(&rwlock);
    mtx_lock(&c11);
    mtx_unlock(&c11);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_lock(&mutex);
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
    pthread_mutex_unlock(&mutex);
  }
  return 0;
}

int main(void) {
  int selves[2] = {0, 1};
  thrd_t threads[2];
  barrier_init(&first_done, 2);
  mtx_init(&c11, mtx_plain);
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  for (int i = 0; i < 2; ++i) thrd_create(&threads[i], work, &selves[i]);
  for (int i = 0; i < 2; ++i) thrd_join(threads[i], 0);
  return 0;
}
