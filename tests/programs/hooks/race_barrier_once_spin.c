/* Between two rounds of a barrier nothing is ordered; neither is it by a spin lock that one side does not take, nor before
   another thread's initialization has been passed. */
// expect: data-race object=between_rounds
// expect: data-race object=without_spin
// expect: data-race object=not_passed
// levels: one
#include <pthread.h>

#include "threads/invisible_barrier.h"

static pthread_barrier_t meeting;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static invisible_barrier_t turn;
int between_rounds, without_spin, not_passed;

static void make(void) {
  not_passed = 1;  // <- here
}

static void* other(void* unused) {
  pthread_barrier_wait(&meeting);
  between_rounds = 1;  // <- here
  barrier_wait(&turn);
  pthread_barrier_wait(&meeting);
  pthread_spin_lock(&spin);
  without_spin = 1;  // <- here
  pthread_spin_unlock(&spin);
  pthread_once(&once, make);
  barrier_wait(&turn);
  return unused;
}

int main(void) {
  pthread_t thread;
  barrier_init(&turn, 2);
  pthread_barrier_init(&meeting, NULL, 2);
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_create(&thread, NULL, other, NULL);
  pthread_barrier_wait(&meeting);
  barrier_wait(&turn);
  between_rounds = 2;  // <- here
  pthread_barrier_wait(&meeting);
  barrier_wait(&turn);
  without_spin = 2;  // <- here
  not_passed = 2;    // <- here
  pthread_join(thread, NULL);
  return 0;
}
