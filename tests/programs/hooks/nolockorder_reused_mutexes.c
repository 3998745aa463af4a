/* Two mutexes die, and two others live at their addresses, which are locked in the other order: in stacks of functions, in
   the heap, and initialized anew in place. */
// expect: nothing
// levels: one
#include <pthread.h>
#include <stdlib.h>
#include <threads.h>

struct Pair {
  pthread_mutex_t first, second;
};
static int total;

static void lock_both(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  ++total;
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}
static void make(struct Pair* pair) {
  pthread_mutex_init(&pair->first, NULL);
  pthread_mutex_init(&pair->second, NULL);
}
static void destroy(struct Pair* pair) {
  pthread_mutex_destroy(&pair->first);
  pthread_mutex_destroy(&pair->second);
}

static struct Pair in_place;
static void* once(void* turned) {
  struct Pair on_stack, *in_heap = malloc(sizeof *in_heap);
  if (in_heap == NULL) abort();
  make(&on_stack);
  make(in_heap);
  make(&in_place);
  for (struct Pair *pairs[] = {&on_stack, in_heap, &in_place, NULL}, **pair = pairs; *pair != NULL; ++pair) {
    if (turned != NULL) {
      lock_both(&(*pair)->second, &(*pair)->first);
    } else {
      lock_both(&(*pair)->first, &(*pair)->second);
    }
  }
  destroy(&on_stack);
  free(in_heap); /* as it is */
  destroy(&in_place);
  return NULL;
}

int main(void) {
  pthread_t thread;
  for (int i = 0; i < 4; ++i) {
    pthread_create(&thread, NULL, once, i % 2 == 0 ? NULL : &in_place);
    pthread_join(thread, NULL);
  }
  return total - 12;
}
