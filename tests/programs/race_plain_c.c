/* The same for C and plain pthreads. */
// expect: data-race object=total
#include <pthread.h>
#include <stddef.h>
long total;
static void* add_one(void* unused) {
  total = total + 1;  // <- here
  return unused;
}
int main(void) {
  pthread_t other;
  pthread_create(&other, NULL, add_one, NULL);
  add_one(NULL);
  pthread_join(other, NULL);
  return 0;
}
