// Has functions of its own under names of libc, which nothing but the program itself may call: those that it never calls
// end it. (Its test adds every inner name of the recorder, in the same way.)
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#define FATAL(name) \
  void fatal_##name(void) __asm__(#name); \
  __attribute__((visibility("default"), used)) void fatal_##name(void) { __builtin_trap(); }
FATAL(write)
FATAL(pwrite)
FATAL(pwrite64)
FATAL(read)
FATAL(close)
FATAL(fcntl)
FATAL(flock)
FATAL(ftruncate)
FATAL(fallocate)
FATAL(posix_fallocate)
FATAL(munmap)
FATAL(madvise)
FATAL(getrandom)
FATAL(getpid)
FATAL(gettid)
FATAL(getcwd)
FATAL(readlink)
FATAL(uname)
FATAL(sched_yield)
FATAL(nanosleep)
FATAL(clock_gettime)
FATAL(syscall)
FATAL(abort)
FATAL(memset)
FATAL(memmove)
FATAL(memcmp)
FATAL(strlen)
FATAL(strcmp)
FATAL(strchr)
FATAL(snprintf)
FATAL(getenv)
FATAL(pthread_mutex_trylock)
FATAL(pthread_spin_lock)

// An allocator of its own, as many programs have: it gives and never takes.
static char heap[1 << 20];
static size_t used;
__attribute__((visibility("default"))) void* malloc(size_t size) {
  const size_t at = __atomic_fetch_add(&used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED);
  return at + size < sizeof heap ? heap + ((at + 15) & ~(size_t)15) : 0;
}
__attribute__((visibility("default"))) void free(void* block) { (void)block; }
__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) { return malloc(count * size); }
__attribute__((visibility("default"))) void* realloc(void* block, size_t size) {
  char* fresh = (char*)malloc(size);
  const char* old = (const char*)block;
  for (size_t i = 0; old != 0 && fresh != 0 && i < size && old + i < heap + sizeof heap; ++i) fresh[i] = old[i];
  return fresh;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int guarded;
static int racy;

static void* body(void* unused) {
  pthread_mutex_lock(&mutex);
  ++guarded;
  pthread_mutex_unlock(&mutex);
  ++racy;
  return unused;
}

int main(void) {
  pthread_t threads[2];
  int* numbers = (int*)malloc(100 * sizeof(int));
  for (int i = 0; i < 100; ++i) numbers[i] = i;
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], 0, body, 0);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], 0);
  printf("%d\n", guarded + numbers[2]);
  return 0;
}
