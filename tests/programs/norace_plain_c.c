/* The same with a mutex. */
// expect: nothing
#include <pthread.h>
#include <stddef.h>
long total;
pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static void* add_one(void* unused) {
  pthread_mutex_lock(&guard);
  total = total + 1;
  pthread_mutex_unlock(&guard);
  return unused;
}
int main(void) {
  pthread_t other;
  pthread_create(&other, NULL, add_one, NULL);
  add_one(NULL);
  pthread_join(other, NULL);
  return 0;
}
