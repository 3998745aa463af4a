/* Every way to wait for a condition, POSIX's and C11's: the mutex orders the two sides, also when the wait timed out. */
// expect: nothing
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

enum { kinds = 5, rounds = 3 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t conditions[3];
static mtx_t c11_mutex;
static cnd_t c11_condition;
static int turn[kinds], sum[kinds], timed_out;

static void lock(int kind) { kind < 3 ? pthread_mutex_lock(&mutex) : mtx_lock(&c11_mutex); }
static void unlock(int kind) { kind < 3 ? pthread_mutex_unlock(&mutex) : mtx_unlock(&c11_mutex); }
static void wait(int kind) {
  const struct timespec far = {4000000000, 0};
  switch (kind) {
    case 0: pthread_cond_wait(&conditions[0], &mutex); return;
    case 1: pthread_cond_timedwait(&conditions[1], &mutex, &far); return;
    case 2: pthread_cond_clockwait(&conditions[2], &mutex, CLOCK_MONOTONIC, &far); return;
    case 3: cnd_wait(&c11_condition, &c11_mutex); return;
    default: cnd_timedwait(&c11_condition, &c11_mutex, &far);
  }
}
static void wake(int kind) {
  switch (kind) {
    case 0:
    case 1: pthread_cond_signal(&conditions[kind]); return;
    case 2: pthread_cond_broadcast(&conditions[2]); return;
    case 3: cnd_signal(&c11_condition); return;
    default: cnd_broadcast(&c11_condition);
  }
}

static void* play(void* raw) {
  const int self = *(const int*)raw;
  const struct timespec past = {0, 0};
  for (int kind = 0; kind < kinds; ++kind) {
    for (int i = 0; i < rounds; ++i) {
      lock(kind);
      while (turn[kind] != self) wait(kind);
      sum[kind] += 1;
      turn[kind] = 1 - self;
      wake(kind);
      unlock(kind);
    }
  }
  pthread_mutex_lock(&mutex);
  ++timed_out;
  if (pthread_cond_timedwait(&conditions[0], &mutex, &past) == ETIMEDOUT) ++timed_out;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(void) {
  int both[2] = {0, 1}, wrong = 0;
  pthread_t other;
  for (int i = 0; i < 3; ++i) pthread_cond_init(&conditions[i], NULL);
  mtx_init(&c11_mutex, mtx_plain);
  cnd_init(&c11_condition);
  pthread_create(&other, NULL, play, &both[1]);
  play(&both[0]);
  pthread_join(other, NULL);
  for (int i = 0; i < 3; ++i) pthread_cond_destroy(&conditions[i]);
  cnd_destroy(&c11_condition);
  mtx_destroy(&c11_mutex);
  for (int kind = 0; kind < kinds; ++kind) wrong += sum[kind] != 2 * rounds;
  return wrong + (timed_out != 4);
}
