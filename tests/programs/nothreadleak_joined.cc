// One is joined, one detached, one created detached.
// expect: nothing
#include <pthread.h>
static void* work(void*) { return nullptr; }
int main() {
  pthread_t joined, detached, born_detached;
  pthread_create(&joined, nullptr, work, nullptr);
  pthread_create(&detached, nullptr, work, nullptr);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_create(&born_detached, &attributes, work, nullptr);
  pthread_attr_destroy(&attributes);
  pthread_detach(detached);
  pthread_join(joined, nullptr);
}
