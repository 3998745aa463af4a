// What came after pthread_atfork is unordered with what its functions do.
// expect: data-race object=prepared
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "../gate.h"

int prepared;
void prepare() { ++prepared; }  // <- here

int main() {
  Gate registered;
  std::thread other([&] {
    pthread_atfork(prepare, nullptr, nullptr);
    prepared = 1;  // <- here
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
