// The thread is over, but nobody joined or detached it.
// expect: thread-leak
#include <pthread.h>

#include "gate.h"
Gate ran;
static void* work(void*) {
  ran.open();
  return nullptr;
}
int main() {
  pthread_t thread;
  pthread_create(&thread, nullptr, work, nullptr);
  ran.wait();
}
