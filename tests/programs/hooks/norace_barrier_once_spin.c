/* pthread barriers over many rounds and used again for another number, spin locks, pthread_once and C11's call_once. */
// expect: nothing
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <threads.h>

enum { threads = 3, rounds = 4 };
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT, once_more = PTHREAD_ONCE_INIT;
static once_flag c11_once = ONCE_FLAG_INIT;
static int slots[threads], by_spin, by_spin_try, made_once, made_once_more, made_by_c11, serial[threads];
static thrd_t c11_threads[2];

int __pthread_once(pthread_once_t*, void (*)(void));
static void make(void) { made_once = 4; }
static void make_more(void) { made_once_more = 5; }
static void make_c11(void) { made_by_c11 = 6; }

static void* work(void* raw) {
  const int self = (int)(long)raw;
  long sum = 0;
  for (int i = 0; i < rounds; ++i) {
    slots[self] = i;
    serial[self] += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    for (int j = 0; j < threads; ++j) sum += slots[j] == i;
    serial[self] += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
  }
  pthread_spin_lock(&spin);
  ++by_spin;
  pthread_spin_unlock(&spin);
  while (pthread_spin_trylock(&spin) == EBUSY) sched_yield();
  ++by_spin_try;
  pthread_spin_unlock(&spin);
  pthread_once(&once, make);
  __pthread_once(&once_more, make_more);
  call_once(&c11_once, make_c11);
  return (void*)(sum + made_once + made_once_more + made_by_c11);
}

static int meet(void* raw) {
  slots[(long)raw] = 7;
  pthread_barrier_wait(&barrier);
  return slots[1 - (long)raw];
}

int main(void) {
  pthread_t others[threads];
  void* sum = NULL;
  int wrong = 0, serials = 0, seen = 0;
  pthread_barrier_init(&barrier, NULL, threads);
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  for (long i = 0; i < threads; ++i) pthread_create(&others[i], NULL, work, (void*)i);
  for (int i = 0; i < threads; ++i) {
    pthread_join(others[i], &sum);
    wrong += (long)sum != threads * rounds + 15;
    serials += serial[i];
  }
  wrong += serials != 2 * rounds || by_spin != threads || by_spin_try != threads;
  pthread_spin_destroy(&spin);
  pthread_barrier_destroy(&barrier);
  pthread_barrier_init(&barrier, NULL, 2);
  for (long i = 0; i < 2; ++i) thrd_create(&c11_threads[i], meet, (void*)i);
  for (int i = 0; i < 2; ++i) {
    thrd_join(c11_threads[i], &seen);
    wrong += seen != 7;
  }
  pthread_barrier_destroy(&barrier);
  return wrong;
}
