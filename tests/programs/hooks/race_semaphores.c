/* A semaphore hands over what was done before the post, and nothing that comes after it; a wait that failed nothing at all. */
// expect: data-race object=after_post
// expect: data-race object=after_failed_wait
// expect: data-race object=after_named_post
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "threads/invisible_barrier.h"

static sem_t semaphore, never_posted;
static sem_t* named;
static invisible_barrier_t turn;
int after_post, after_failed_wait, after_named_post;

static void* give(void* unused) {
  after_failed_wait = 1;  // <- here
  sem_post(&semaphore);
  after_post = 1;  // <- here
  sem_post(named);
  after_named_post = 1;  // <- here
  barrier_wait(&turn);
  return unused;
}

int main(void) {
  const struct timespec past = {0, 0};
  char name[64];
  pthread_t giver;
  int failed = 0;
  barrier_init(&turn, 2);
  sem_init(&semaphore, 0, 0);
  sem_init(&never_posted, 0, 0);
  snprintf(name, sizeof name, "/tenter-test-%d", (int)getpid());
  named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
  if (named == SEM_FAILED) return 2;
  sem_unlink(name);
  pthread_create(&giver, NULL, give, NULL);
  barrier_wait(&turn);
  failed += sem_trywait(&never_posted) != 0 && errno == EAGAIN;
  failed += sem_timedwait(&never_posted, &past) != 0 && errno == ETIMEDOUT;
  failed += sem_clockwait(&never_posted, CLOCK_MONOTONIC, &past) != 0 && errno == ETIMEDOUT;
  after_failed_wait = 2;  // <- here
  sem_wait(&semaphore);
  after_post = 2;  // <- here
  sem_wait(named);
  after_named_post = 2;  // <- here
  pthread_join(giver, NULL);
  return failed - 3;
}
