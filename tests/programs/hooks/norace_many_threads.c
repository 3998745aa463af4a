/* Ten thousand threads one after the other, and a thousand at once: stacks, thread-local variables, handles and kernel ids
   are used again and again, and nothing of one thread is taken for another's. */
// expect: nothing
// levels: one
#include <pthread.h>

enum { in_turn = 10000, at_once = 1000 };
static __thread long own[8];
static long results[at_once];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER;
static int here;
static long total;

static long through(volatile long* place, long value) {
  *place = value;
  return *place;
}

static void* short_life(void* raw) {
  volatile long on_stack[16];
  own[3] = (long)raw;
  return (void*)(through(&on_stack[5], own[3]) + through(&own[4], 1));
}

static void* wait_for_all(void* raw) {
  volatile long on_stack[16];
  pthread_mutex_lock(&mutex);
  if (++here == at_once) pthread_cond_broadcast(&all_here);
  while (here < at_once) pthread_cond_wait(&all_here, &mutex);
  total += through(&on_stack[0], 1);
  pthread_mutex_unlock(&mutex);
  *(long*)raw = through(&own[2], 1);
  return raw;
}

int main(void) {
  static pthread_t threads[at_once];
  pthread_attr_t small;
  void* result = NULL;
  long sum = 0;
  int wrong = 0;
  for (long i = 0; i < in_turn; ++i) {
    if (pthread_create(&threads[0], NULL, short_life, (void*)i) != 0) return 2;
    pthread_join(threads[0], &result);
    wrong += (long)result != i + 1;
  }
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  for (int i = 0; i < at_once; ++i) {
    if (pthread_create(&threads[i], &small, wait_for_all, &results[i]) != 0) return 3;
  }
  for (int i = 0; i < at_once; ++i) {
    pthread_join(threads[i], NULL);
    sum += results[i];
  }
  return wrong + (sum != at_once) + (total != at_once);
}
