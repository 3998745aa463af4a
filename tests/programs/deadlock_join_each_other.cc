// Two threads join each other.
// expect: deadlock certainty=observed
// exit: 7
#include <pthread.h>
#include <unistd.h>

#include "gate.h"
struct Pair { pthread_t thread; pthread_t* other; Gate started; };
Pair one, two;
Gate both_known;
static void* join_other(void* argument) {
  Pair* self = static_cast<Pair*>(argument);
  self->started.open();
  both_known.spin();
  pthread_join(*self->other, nullptr);
  return nullptr;
}
int main() {
  one.other = &two.thread;
  two.other = &one.thread;
  pthread_create(&one.thread, nullptr, join_other, &one);
  pthread_create(&two.thread, nullptr, join_other, &two);
  both_known.open();
  one.started.wait_until_opener_sleeps();
  two.started.wait_until_opener_sleeps();
  _exit(7);
}
