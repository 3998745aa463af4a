/* Every way to take a reader-writer lock: writers add, readers look, each on a variable of its own. */
// expect: nothing
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

enum { kinds = 4, rounds = 4 };
static pthread_rwlock_t locks[kinds];
static int guarded[kinds];

static void lock(int kind, int to_write) {
  const struct timespec far = {4000000000, 0};
  pthread_rwlock_t* it = &locks[kind];
  switch (kind) {
    case 0: to_write ? pthread_rwlock_wrlock(it) : pthread_rwlock_rdlock(it); return;
    case 1:
      while ((to_write ? pthread_rwlock_trywrlock(it) : pthread_rwlock_tryrdlock(it)) == EBUSY) sched_yield();
      return;
    case 2: to_write ? pthread_rwlock_timedwrlock(it, &far) : pthread_rwlock_timedrdlock(it, &far); return;
    default:
      to_write ? pthread_rwlock_clockwrlock(it, CLOCK_MONOTONIC, &far)
               : pthread_rwlock_clockrdlock(it, CLOCK_MONOTONIC, &far);
  }
}

static void* use_all(void* sum) {
  for (int i = 0; i < rounds; ++i) {
    for (int kind = 0; kind < kinds; ++kind) {
      lock(kind, 1);
      ++guarded[kind];
      pthread_rwlock_unlock(&locks[kind]);
      lock(kind, 0);
      lock(0, 0);
      *(int*)sum += guarded[kind] > 0;
      pthread_rwlock_unlock(&locks[0]);
      pthread_rwlock_unlock(&locks[kind]);
    }
  }
  return NULL;
}

int main(void) {
  int sums[2] = {0, 0};
  pthread_t other;
  for (int kind = 0; kind < kinds; ++kind) pthread_rwlock_init(&locks[kind], NULL);
  pthread_create(&other, NULL, use_all, &sums[1]);
  use_all(&sums[0]);
  pthread_join(other, NULL);
  for (int kind = 0; kind < kinds; ++kind) pthread_rwlock_destroy(&locks[kind]);
  return sums[0] + sums[1] - 2 * kinds * rounds;
}
