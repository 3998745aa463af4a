// Two threads that write much, of which each adds up the same as ever; then what its first argument names.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "busy.h"

enum { places = 1 << 16, steps = 300000 };
static long numbers[2][places];
static int half_way, go_on = 1;

static void count(int which) {
  unsigned state = 1;
  for (int i = 0; i < steps; ++i) {
    state = state * 1664525u + 1013904223u;
    ++numbers[which][(state >> 8) % places];
    if (i != steps / 2) continue;
    unseen_add(&half_way, 1);
    if (which == 1) unseen_wait(&go_on, 1);
  }
}

static void* count_second(void* unused) {
  count(1);
  return unused;
}
// With that name; null: any.
static int threads(const char* name) {
  char path[300], line[64];
  int found = 0;
  DIR* tasks = opendir("/proc/self/task");
  for (struct dirent* entry; (entry = readdir(tasks));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
    FILE* comm = name ? fopen(path, "r") : 0;
    found += !name || (comm && fgets(line, sizeof line, comm) && !strncmp(line, name, strlen(name)));
    if (comm) fclose(comm);
  }
  closedir(tasks);
  return found;
}

static int all_threads_are_of(uid_t user) {
  char path[300], line[256];
  int good = 1;
  DIR* tasks = opendir("/proc/self/task");
  for (struct dirent* entry; (entry = readdir(tasks));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    FILE* status = fopen(path, "r");
    unsigned real = 0, effective = 0;
    while (status && fgets(line, sizeof line, status)) {
      if (sscanf(line, "Uid: %u %u", &real, &effective) == 2) good = good && real == user && effective == user;
    }
    if (status) fclose(status);
  }
  closedir(tasks);
  return good;
}

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "";
  pthread_t other;
  if (!strcmp(way, "during")) go_on = 0;
  pthread_create(&other, 0, count_second, 0);
  if (!strcmp(way, "setuid")) {
    if (setuid(65534) != 0) return 77;
    printf("%d\n", all_threads_are_of(65534));
  }
  if (!strcmp(way, "kill")) {
    printf("at work\n");
    fflush(stdout);
  }
  count(0);
  if (!strcmp(way, "exit_main")) {
    pthread_detach(other);
    pthread_exit(0);
  }
  if (!strcmp(way, "during")) {  // how many threads there are is for those to judge who know what for
    unseen_wait(&half_way, 2);
    fprintf(stderr, "%d\n", threads(0));
    unseen_add(&go_on, 1);
  }
  if (!strcmp(way, "fork")) {
    int good = 0;
    for (int i = 0; i < 20; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        pthread_t third;
        memset(numbers[1], 0, sizeof numbers[1]);
        pthread_create(&third, 0, count_second, 0);
        pthread_join(third, 0);
        exit(threads("tenter-helper") == 0 && !memcmp(numbers[0], numbers[1], sizeof numbers[0]) ? 3 : 4);
      }
      int status = 0;
      if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3) ++good;
    }
    printf("%d\n", good);
  }
  pthread_join(other, 0);
  printf("%d\n", memcmp(numbers[0], numbers[1], sizeof numbers[0]));
  if (!strcmp(way, "alone")) {
    printf("%d\n", threads("tenter-helper"));
    while (threads(0) != 1) usleep(100);  // a thread may be joined a moment before the kernel forgets it
    printf("%d\n", unshare(CLONE_NEWUSER) ? errno : 0);
  }
  if (!strcmp(way, "exec")) {
    fflush(stdout);
    execl("/bin/echo", "echo", "another program", (char*)0);
  }
  return 6;
}
