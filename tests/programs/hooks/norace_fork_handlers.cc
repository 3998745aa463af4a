// What came before pthread_atfork happened before what its functions do.
// expect: nothing
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "../gate.h"

int prepared;
void prepare() { ++prepared; }

int main() {
  Gate registered;
  std::thread other([&] {
    prepared = 1;
    pthread_atfork(prepare, nullptr, nullptr);
    registered.open();
  });
  registered.wait();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  other.join();
  return WEXITSTATUS(status);
}
