// Deletes the folder (or the file, or both and then all descriptors) to which it is being recorded, and works on.
//   deletes FOLDER file|folder|closed|second_file
#include <fcntl.h>
#include <stdio.h>

#include "busy.h"

static void work(void) {
  static int numbers[1 << 16];
  unsigned state = 1;
  for (int i = 0; i < 30000; ++i) {
    state = state * 1664525u + 1013904223u;
    ++numbers[(state >> 8) % (1 << 16)];
  }
  pthread_t thread;
  pthread_create(&thread, 0, busy_once, 0);
  pthread_join(thread, 0);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  work();
  char command[4096];
  snprintf(command, sizeof command, "%s/run.tent", argv[1]);
  unlink(command);
  if (strcmp(argv[2], "file") != 0) rmdir(argv[1]);
  if (!strcmp(argv[2], "closed") || !strcmp(argv[2], "second_file")) {
    for (int fd = 3; fd < 1024; ++fd) close(fd);
  }
  int data = -1;
  if (!strcmp(argv[2], "second_file")) {
    close(2);
    data = open("data", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (data != 2) return 3;
  }
  work();
  if (data >= 0 && write(data, "data\n", 5) != 5) return 4;
  printf("done\n");
  return 0;
}
