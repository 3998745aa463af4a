// status 0; recordings 2; complete
// A process with busy threads forks; the child works with threads of its own and ends.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "work.h"

int main() {
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) {
      const std::lock_guard hold(work_mutex);
      ++work_done;
    }
  });
  // The child may lock what only its own threads unlock.
  work_mutex.lock();
  const pid_t child = fork();
  work_mutex.unlock();
  if (child == 0) {
    work();
    std::exit(0);  // `busy` does not run here
  }
  int status = 0;
  waitpid(child, &status, 0);
  stop = true;
  busy.join();
  return status;
}
