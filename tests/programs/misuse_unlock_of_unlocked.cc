// An unlock too many.
// expect: unlock-of-unlocked-mutex
#include <pthread.h>
pthread_mutex_t guard = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
int main() {
  pthread_mutex_lock(&guard);
  pthread_mutex_unlock(&guard);
  pthread_mutex_unlock(&guard);  // <- here
}
