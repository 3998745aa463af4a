// The mutex itself says EDEADLK: no thread hangs, and the mistake is the same.
// expect: double-lock
#include <pthread.h>
pthread_mutex_t guard = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
int main() {
  pthread_mutex_lock(&guard);
  pthread_mutex_lock(&guard);  // <- here
  pthread_mutex_unlock(&guard);
}
