// A mutex is destroyed while it is held.
// expect: destroy-of-locked-mutex
#include <pthread.h>
int main() {
  pthread_mutex_t guard;
  pthread_mutex_init(&guard, nullptr);
  pthread_mutex_lock(&guard);
  pthread_mutex_destroy(&guard);  // <- here
}
