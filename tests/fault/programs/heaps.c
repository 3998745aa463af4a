// Threads that allocate nothing. Says how many heaps there are: libc gives one to each thread that asks for memory, or gives
// some back.
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int total;

static void* add(void* unused) {
  pthread_mutex_lock(&mutex);
  ++total;
  pthread_mutex_unlock(&mutex);
  return unused;
}

int main(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], 0, add, 0);
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], 0);
  char* text = 0;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  malloc_info(0, out);
  fclose(out);
  int heaps = 0;
  for (const char* at = text; (at = strstr(at, "<heap nr=")) != 0; ++at) ++heaps;
  printf("%d threads, %d heaps\n", total, heaps);
  free(text);
  return 0;
}
