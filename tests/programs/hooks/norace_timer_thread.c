/* What came before a timer was made and set happened before what it calls, each time. */
// expect: nothing
// levels: one
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static sem_t done;
static int made, set, again, result;

static void on_timer(union sigval value) {
  int *const into = value.sival_ptr;
  *into = made + set + again;
  sem_post(&done);
}

static int arm(timer_t timer) {
  const struct itimerspec soon = {.it_value.tv_nsec = 1};
  if (timer_settime(timer, 0, &soon, NULL) != 0) return 1;
  return sem_wait(&done);
}

int main(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer, .sigev_value.sival_ptr = &result};
  timer_t timer, other;
  sem_init(&done, 0, 0);
  made = 1;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 2;
  if (timer_create(CLOCK_MONOTONIC, &event, &other) != 0) return 2;
  set = 2;
  if (arm(timer) != 0 || result != 3) return 3;
  again = 4;
  if (arm(timer) != 0 || result != 7) return 4;
  timer_delete(timer);
  again = 5;
  if (arm(other) != 0 || result != 8) return 5;
  timer_delete(other);
  event.sigev_notify = 99;
  return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 ? 6 : 0;
}
