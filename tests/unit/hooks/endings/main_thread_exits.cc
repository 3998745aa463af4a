// status 0; recordings 1; complete
// The main thread ends first; the process ends with its last thread.
#include <pthread.h>

#include "work.h"

int main() {
  static pthread_t main_thread = pthread_self();
  std::thread([] {
    pthread_join(main_thread, nullptr);
    work();
  }).detach();
  pthread_exit(nullptr);
}
