// Starts as many threads as it is let, sixty at most, and has each add to a total under a lock. Says whether all could be
// started, and whether the total is right.
#include <pthread.h>
#include <stdio.h>

enum { wanted = 60 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;   // shut until all are started, so that all are there at once
static int total;

static void* add(void* unused) {
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  pthread_mutex_lock(&mutex);
  ++total;
  pthread_mutex_unlock(&mutex);
  return unused;
}

int main(void) {
  pthread_t threads[wanted];
  int started = 0;
  pthread_mutex_lock(&gate);
  while (started < wanted && pthread_create(&threads[started], 0, add, 0) == 0) ++started;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; ++i) pthread_join(threads[i], 0);
  printf("%s, %s\n", started == wanted ? "all" : started > 0 ? "some" : "none", total == started ? "right" : "wrong");
  return 0;
}
