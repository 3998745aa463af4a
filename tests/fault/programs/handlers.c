// A thread keeps hitting main with signals, each as soon as the last one was handled, while main reads, writes, copies and
// counts. The handler locks, allocates and (second argument "jump") leaves by siglongjmp.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

#include "busy.h"

static pthread_mutex_t handler_mutex = PTHREAD_MUTEX_INITIALIZER;
static int guarded;   // by handler_mutex
static int handled, stop, turns, jumps;
static sigjmp_buf place;
static volatile sig_atomic_t may_jump;
static pthread_t main_thread;

static void handler(int number) {
  (void)number;
  pthread_mutex_lock(&handler_mutex);
  ++guarded;
  pthread_mutex_unlock(&handler_mutex);
  char* block = (char*)malloc(50);
  memset(block, 1, 50);
  free(block);
  __atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
  if (may_jump) siglongjmp(place, 1);
}

static void* hit(void* times) {
  for (int i = 0; i < *(int*)times; ++i) {
    pthread_kill(main_thread, SIGUSR1);
    while (__atomic_load_n(&handled, __ATOMIC_SEQ_CST) <= i) usleep(20);
    pthread_mutex_lock(&handler_mutex);
    ++guarded;
    pthread_mutex_unlock(&handler_mutex);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
  return 0;
}

int main(int argc, char** argv) {
  int times = argc > 1 ? atoi(argv[1]) : 1;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigaction(SIGUSR1, &action, 0);
  main_thread = pthread_self();
  static int numbers[4096], copies[4096];
  static unsigned state = 1;
  pthread_t hitter;
  if (sigsetjmp(place, 1) == 0) {
    pthread_create(&hitter, 0, hit, &times);
    may_jump = argc > 2;
  } else {
    ++jumps;
  }
  while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
    for (int i = 0; i < 100; ++i) {
      state = state * 1664525u + 1013904223u;
      ++numbers[(state >> 8) % 4096];
    }
    memcpy(copies, numbers, sizeof numbers);
    __atomic_add_fetch(&turns, 1, __ATOMIC_RELAXED);
  }
  may_jump = 0;
  pthread_join(hitter, 0);
  printf("%d %d %d\n", guarded == 2 * times, handled == times, argc > 2 ? jumps > 0 : jumps == 0);
  return 0;
}
