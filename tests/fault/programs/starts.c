// Starts the program of its second argument in the way of its first, waits for it, and says how it ended.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "busy.h"

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const char* way = argv[1];
  start_busy_threads();
  printf("before %s\n", way);
  fflush(stdout);
  pid_t child = -1;
  if (!strcmp(way, "exec")) {
    execv(argv[2], argv + 2);
    return 99;
  } else if (!strcmp(way, "fork")) {
    child = fork();
    if (child == 0) {
      execlp(argv[2], argv[2], argv[3], (char*)0);
      _exit(99);
    }
  } else if (!strcmp(way, "vfork")) {
    child = vfork();
    if (child == 0) {
      execv(argv[2], argv + 2);
      _exit(99);
    }
  } else if (!strcmp(way, "vfork_exit")) {
    child = vfork();
    if (child == 0) _exit(12);
  } else if (!strcmp(way, "spawn")) {
    if (posix_spawn(&child, argv[2], 0, 0, argv + 2, environ) != 0) return 98;
  } else if (!strcmp(way, "spawn_nothing")) {
    char* const nothing[] = {(char*)"/nonexistent", 0};
    const int error = posix_spawn(&child, nothing[0], 0, 0, nothing, environ);
    printf("refused with %d\n", error);
    return 0;
  } else if (!strcmp(way, "exec_nothing")) {
    printf("refused with %d\n", execl("/nonexistent", "nonexistent", (char*)0));
    return 0;
  } else if (!strcmp(way, "system")) {
    char command[4096];
    snprintf(command, sizeof command, "%s %s", argv[2], argc > 3 ? argv[3] : "");
    printf("system says %d\n", WEXITSTATUS(system(command)));
    return 0;
  } else if (!strcmp(way, "popen")) {
    FILE* pipe = popen(argv[2], "r");
    char line[100] = "";
    while (fgets(line, sizeof line, pipe) != 0) printf("read %s", line);
    printf("pclose says %d\n", WEXITSTATUS(pclose(pipe)));
    return 0;
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 97;
  printf("ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  return 0;
}
