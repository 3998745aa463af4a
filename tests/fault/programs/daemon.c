// Becomes a daemon as of old: forks twice, changes its folder, closes all descriptors, and opens files of its own, so that
// every number up to some hundreds is one of them. Works, writes into all of them, and goes.
//   daemon FOLDER loop|closefrom|close_range
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "busy.h"

enum { files = 700 };

static void daemon_body(const char* folder, const char* way, int done) {
  setsid();
  const pid_t second = fork();
  if (second != 0) _exit(0);
  if (chdir("/") != 0) _exit(1);
  if (dup2(done, files + 1) < 0) _exit(1);
  if (!strcmp(way, "loop")) {
    for (int fd = 0; fd <= files; ++fd) close(fd);
    for (int fd = files + 2; fd < 2000; ++fd) close(fd);
  } else {
    for (int fd = 0; fd < 3; ++fd) close(fd);
    if (!strcmp(way, "closefrom")) {
      dup2(files + 1, 3);
      closefrom(4);
      dup2(3, files + 1);
      close(3);
    } else {
      close_range(3, files, 0);
      close_range(files + 2, ~0u, 0);
    }
  }
  for (int i = 0; i < files; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/file.%d", folder, i);
    if (open(path, O_RDWR | O_CREAT, 0644) != i) _exit(2);
  }
  static int numbers[1 << 16];
  unsigned state = 1;
  for (int i = 0; i < 60000; ++i) {
    state = state * 1664525u + 1013904223u;
    ++numbers[(state >> 8) % (1 << 16)];
  }
  pthread_t thread;
  pthread_create(&thread, 0, busy_once, 0);
  pthread_join(thread, 0);
  for (int fd = 0; fd < files; ++fd) {
    char text[32];
    const int size = snprintf(text, sizeof text, "file %d\n", fd);
    if (write(fd, text, (size_t)size) != size) _exit(3);
  }
  exit(0);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  pthread_t thread;
  pthread_create(&thread, 0, busy_once, 0);
  pthread_join(thread, 0);
  int done[2];
  if (pipe(done) != 0) return 2;
  const pid_t first = fork();
  if (first == 0) daemon_body(argv[1], argv[2], done[1]);
  int status = 0;
  waitpid(first, &status, 0);
  close(done[1]);
  char nothing;
  const ssize_t at_end = read(done[0], &nothing, 1);  // until the daemon is gone
  printf("%d %zd\n", status, at_end);
  return 0;
}
