// As many unlocks as locks.
// expect: nothing
#include <pthread.h>
pthread_mutex_t guard = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
int main() {
  for (int i = 0; i < 3; ++i) {
    pthread_mutex_lock(&guard);
    pthread_mutex_unlock(&guard);
  }
}
