// Destroyed after the unlock, and made again at the same place.
// expect: nothing
#include <pthread.h>
int main() {
  pthread_mutex_t guard;
  for (int i = 0; i < 3; ++i) {
    pthread_mutex_init(&guard, nullptr);
    pthread_mutex_lock(&guard);
    pthread_mutex_unlock(&guard);
    pthread_mutex_destroy(&guard);
  }
}
