// Ends in the way that its argument names while other threads are busy.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "busy.h"

static const char* way;

static void end_by(const char* how) {
  if (!strcmp(how, "exit")) exit(3);
  if (!strcmp(how, "_exit")) _exit(4);
  if (!strcmp(how, "_Exit")) _Exit(5);
  if (!strcmp(how, "quick_exit")) quick_exit(6);
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "segv")) *(volatile int*)8 = 1;
  if (!strcmp(how, "fpe")) raise(SIGFPE);
  if (!strcmp(how, "term")) kill(getpid(), SIGTERM);
  if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
  if (!strcmp(how, "trap")) __builtin_trap();
  if (!strcmp(how, "system_call")) syscall(SYS_exit_group, 7);
  for (;;) pause();
}

static void* end_in_thread(void* unused) {
  end_by(way);
  return unused;
}

static void at_exit(void) {
  pthread_mutex_lock(&busy_mutex);
  ++busy_total;
  pthread_mutex_unlock(&busy_mutex);
  printf("at exit\n");
}
static void at_quick_exit_handler(void) { printf("at quick exit\n"); fflush(stdout); }

int main(int argc, char** argv) {
  way = argc > 1 ? argv[1] : "return";
  atexit(at_exit);
  at_quick_exit(at_quick_exit_handler);
  start_busy_threads();
  printf("started\n");
  fflush(stdout);
  if (argc > 2) {
    pthread_t thread;
    pthread_create(&thread, 0, end_in_thread, 0);
    pthread_join(thread, 0);
  }
  if (!strcmp(way, "return")) return 8;
  end_by(way);
}
