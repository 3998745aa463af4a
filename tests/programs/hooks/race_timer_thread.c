/* What comes after timer_settime is not ordered with what the timer calls. */
// expect: data-race object=late
// levels: one
#include <signal.h>
#include <time.h>

#include "threads/invisible_barrier.h"

static invisible_barrier_t done;
int early, late;

static void on_timer(union sigval value) {
  late += early + value.sival_int;  // <- here
  barrier_wait(&done);
}

int main(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer, .sigev_value.sival_int = 4};
  const struct itimerspec soon = {.it_value.tv_nsec = 1};
  timer_t timer;
  barrier_init(&done, 2);
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 2;
  early = 1;
  timer_settime(timer, 0, &soon, NULL);
  barrier_wait(&done);
  late += 1;  // <- here
  return late - 6;
}
