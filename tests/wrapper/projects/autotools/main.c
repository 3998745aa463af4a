#include <pthread.h>
#include <stddef.h>

#include "counter.h"
static void* work(void* unused) {
  count_one();
  return unused;
}
int main(void) {
  pthread_t other;
  pthread_create(&other, NULL, work, NULL);
  count_one();
  pthread_join(other, NULL);
  return 0;
}
