// A second thread gets the pthread_t of a first one that has ended. The first one writes `shared`; main joins the second, and
// reads. Ordered only where main joined the first one too.
//   same_handle detached|joined
#include <stdio.h>
#include <sys/syscall.h>

#include "busy.h"

static int shared;
static int first_id;

// Until the kernel has no such thread any more, which orders nothing.
static void wait_until_first_is_gone(void) {
  unseen_wait(&first_id, 1);
  while (syscall(SYS_tgkill, getpid(), unseen_load(&first_id), 0) == 0) usleep(100);
}

static void* first(void* unused) {
  shared = 1;
  unseen_add(&first_id, (int)syscall(SYS_gettid));
  return unused;
}
static void* second(void* unused) { return unused; }

int main(int argc, char** argv) {
  const int detached = argc > 1 && !strcmp(argv[1], "detached");
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE);
  pthread_t one, other;
  pthread_create(&one, &attributes, first, 0);
  if (!detached) pthread_join(one, 0);
  wait_until_first_is_gone();
  pthread_create(&other, 0, second, 0);
  pthread_join(other, 0);
  printf("%d %d\n", shared, pthread_equal(one, other));
  return 0;
}
