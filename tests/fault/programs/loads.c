// Loads a library, writes its variable from two threads, unloads it, and loads another one into its place.
//   loads FIRST.so SECOND.so 1|2    in which of the two the threads have nothing between them
#include <dlfcn.h>
#include <stdio.h>

#include "busy.h"

static void (*write_value)(int);
static int racy, written;

static void* body(void* goal) {
  if (!racy) pthread_mutex_lock(&busy_mutex);
  write_value(1);
  if (!racy) pthread_mutex_unlock(&busy_mutex);
  unseen_add(&written, 1);
  unseen_wait(&written, *(int*)goal);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  void* places[2];
  for (int i = 0; i < 2; ++i) {
    void* library = dlopen(argv[1 + i], RTLD_NOW);
    if (library == 0) return 3;
    write_value = (void (*)(int))dlsym(library, "plugin_write");
    places[i] = (void*)write_value;
    racy = atoi(argv[3]) == i + 1;
    pthread_t threads[2];
    int goal = 2 * i + 2;
    for (int t = 0; t < 2; ++t) pthread_create(&threads[t], 0, body, &goal);
    for (int t = 0; t < 2; ++t) pthread_join(threads[t], 0);
    dlclose(library);
  }
  printf("%s\n", places[0] == places[1] ? "one place" : "two places");
  return 0;
}
