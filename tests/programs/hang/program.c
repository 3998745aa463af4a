// Hangs, or seems to, in the way that its argument names; hang_test.py runs it.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static atomic_int holding;
static sem_t posted;
static volatile sig_atomic_t quit_seen;

static void take_both(pthread_mutex_t* first, pthread_mutex_t* second) {
  pthread_mutex_lock(first);
  atomic_fetch_add(&holding, 1);
  while (atomic_load(&holding) < 2) sched_yield();
  pthread_mutex_lock(second);
}
static void* left_first(void* nothing) {
  take_both(&left, &right);
  return nothing;
}
static void* right_first(void* nothing) {
  take_both(&right, &left);
  return nothing;
}
static void post(int signal) {
  (void)signal;
  sem_post(&posted);
}
static void note_quit(int signal) {
  (void)signal;
  quit_seen = 1;
}

// The program's own handler, and before that none, as far as the program can see.
static int use_quit_itself(void) {
  struct sigaction before, own;
  memset(&own, 0, sizeof own);
  own.sa_handler = note_quit;
  if (sigaction(SIGQUIT, &own, &before) != 0 || before.sa_handler != SIG_DFL || before.sa_flags != 0) return 11;
  raise(SIGQUIT);
  if (!quit_seen) return 12;
  if (sigaction(SIGQUIT, NULL, &before) != 0 || before.sa_handler != note_quit) return 13;
  return 0;
}

int main(int argc, char** argv) {
  const char* how = argc > 1 ? argv[1] : "";
  if (strcmp(how, "own-quit") == 0) return use_quit_itself();
  sem_init(&posted, 0, 0);
  if (strcmp(how, "signal-posts") == 0) {
    signal(SIGUSR1, post);
    sem_wait(&posted);
    return 0;
  }
  if (strcmp(how, "nobody-posts") == 0) {
    sem_wait(&posted);
    return 0;
  }
  pthread_t one, two;
  pthread_create(&one, NULL, left_first, NULL);
  pthread_create(&two, NULL, right_first, NULL);
  if (strcmp(how, "while-main-reads") == 0) {
    char byte;
    _exit(read(0, &byte, 1) == 1 ? 0 : 14);
  }
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
