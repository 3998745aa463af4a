/* Semaphores in memory and with a name, and every way to wait for one: each hands over a variable of its own. */
// expect: nothing
// levels: one
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { kinds = 6 };
static sem_t in_memory[4];
static sem_t* semaphores[kinds];
static int handed_over[kinds];

static void* give(void* unused) {
  for (int i = 0; i < kinds; ++i) {
    handed_over[i] = i + 1;
    sem_post(semaphores[i]);
  }
  return unused;
}

int main(void) {
  const struct timespec far = {4000000000, 0};
  char name[64];
  pthread_t giver;
  int wrong = 0;
  for (int i = 0; i < 4; ++i) {
    sem_init(&in_memory[i], 0, 0);
    semaphores[i] = &in_memory[i];
  }
  snprintf(name, sizeof name, "/tenter-test-%d", (int)getpid());
  semaphores[4] = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
  if (semaphores[4] == SEM_FAILED) return 2;
  semaphores[5] = sem_open(name, 0); /* the same one */
  sem_unlink(name);
  pthread_create(&giver, NULL, give, NULL);
  sem_wait(semaphores[0]);
  wrong += handed_over[0] != 1;
  while (sem_trywait(semaphores[1]) != 0 && errno == EAGAIN) sched_yield();
  wrong += handed_over[1] != 2;
  sem_timedwait(semaphores[2], &far);
  wrong += handed_over[2] != 3;
  sem_clockwait(semaphores[3], CLOCK_MONOTONIC, &far);
  wrong += handed_over[3] != 4;
  sem_wait(semaphores[4]);
  wrong += handed_over[4] != 5;
  sem_wait(semaphores[5]);
  wrong += handed_over[5] != 6;
  pthread_join(giver, NULL);
  sem_close(semaphores[4]);
  sem_close(semaphores[5]);
  for (int i = 0; i < 4; ++i) sem_destroy(&in_memory[i]);
  return wrong;
}
