// Forks, without exec, so often as its argument says, while another thread is busy. Every child works and exits.
#include <stdio.h>
#include <sys/wait.h>

#include "busy.h"

int main(int argc, char** argv) {
  const int forks = argc > 1 ? atoi(argv[1]) : 1;
  pthread_t thread;
  pthread_create(&thread, 0, busy_with_lock, 0);
  pthread_detach(thread);
  int good = 0;
  for (int i = 0; i < forks; ++i) {
    pthread_mutex_lock(&busy_mutex);  // so that the child may use it
    const pid_t child = fork();
    pthread_mutex_unlock(&busy_mutex);
    if (child == 0) {
      pthread_mutex_lock(&busy_mutex);
      ++busy_total;
      pthread_mutex_unlock(&busy_mutex);
      char* block = (char*)malloc(100);
      memset(block, 1, 100);
      const int sum = block[0] + block[99];
      free(block);
      if (i % 3 == 0) _exit(sum);
      exit(sum);
    }
    int status = 0;
    if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 2) ++good;
  }
  printf("%d of %d\n", good, forks);
  return good == forks ? 0 : 1;
}
