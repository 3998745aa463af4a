/* A thread that libc makes for itself, past pthread_create, is recorded from its first event on, and ordered by what it does. */
// expect: nothing
// levels: one
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static sem_t start, done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int given, result, both;

static void on_timer(union sigval value) {
  sem_wait(&start);
  result = given + value.sival_int;
  pthread_mutex_lock(&mutex);
  ++both;
  pthread_mutex_unlock(&mutex);
  sem_post(&done);
}

int main(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer, .sigev_value.sival_int = 4};
  const struct itimerspec soon = {.it_value.tv_nsec = 1};
  timer_t timer;
  sem_init(&start, 0, 0);
  sem_init(&done, 0, 0);
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 2;
  timer_settime(timer, 0, &soon, NULL);
  given = 3;
  sem_post(&start);
  pthread_mutex_lock(&mutex);
  ++both;
  pthread_mutex_unlock(&mutex);
  sem_wait(&done);
  timer_delete(timer);
  return result + both - 9;
}
