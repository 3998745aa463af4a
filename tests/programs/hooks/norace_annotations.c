/* Synchronization of the program's own making, told by each kind of annotation: ThreadSanitizer's, and the older ones. */
// expect: nothing
// levels: one
#include <pthread.h>
#include <sanitizer/tsan_interface.h>

#include "threads/invisible_barrier.h"

void AnnotateHappensBefore(const char*, int, const volatile void*);
void AnnotateHappensAfter(const char*, int, const volatile void*);
void WTFAnnotateHappensBefore(const char*, int, const volatile void*);
void WTFAnnotateHappensAfter(const char*, int, const volatile void*);
void AnnotateRWLockCreate(const char*, int, const volatile void*);
void AnnotateRWLockDestroy(const char*, int, const volatile void*);
void AnnotateRWLockAcquired(const char*, int, const volatile void*, long);
void AnnotateRWLockReleased(const char*, int, const volatile void*, long);
void AnnotateIgnoreReadsBegin(const char*, int);
void AnnotateIgnoreReadsEnd(const char*, int);
void AnnotateIgnoreWritesBegin(const char*, int);
void AnnotateIgnoreWritesEnd(const char*, int);

static invisible_barrier_t step;
static int by_tsan, by_old, by_wtf, by_mutex, by_reentrant, by_shared, by_rwlock, by_waiting, ignored, inside_of_mutex;
static char tsan_label, old_label, wtf_label, mutex, reentrant, shared_mutex, rwlock;

static void lock(void* it, unsigned flags) {
  __tsan_mutex_pre_lock(it, flags);
  ++inside_of_mutex; /* nobody's business */
  __tsan_mutex_post_lock(it, flags, 0);
}
static void unlock(void* it, unsigned flags) {
  __tsan_mutex_pre_unlock(it, flags);
  ++inside_of_mutex;
  __tsan_mutex_post_unlock(it, flags);
}

static void use(int* wrong) {
  lock(&mutex, 0);
  ++by_mutex;
  unlock(&mutex, 0);
  lock(&mutex, __tsan_mutex_try_lock | __tsan_mutex_linker_init);
  ++by_mutex;
  unlock(&mutex, 0);

  lock(&reentrant, __tsan_mutex_write_reentrant);
  lock(&reentrant, __tsan_mutex_write_reentrant);
  unlock(&reentrant, __tsan_mutex_write_reentrant);
  ++by_reentrant;
  /* A wait on a condition: given up as a whole, and taken again as often. */
  lock(&reentrant, __tsan_mutex_write_reentrant);
  const int holds = __tsan_mutex_pre_unlock(&reentrant, __tsan_mutex_write_reentrant | __tsan_mutex_recursive_unlock);
  __tsan_mutex_post_unlock(&reentrant, __tsan_mutex_write_reentrant | __tsan_mutex_recursive_unlock);
  __tsan_mutex_pre_lock(&reentrant, __tsan_mutex_write_reentrant | __tsan_mutex_recursive_lock);
  __tsan_mutex_post_lock(&reentrant, __tsan_mutex_write_reentrant | __tsan_mutex_recursive_lock, holds);
  by_waiting += holds;
  unlock(&reentrant, __tsan_mutex_write_reentrant);
  ++by_waiting;
  unlock(&reentrant, __tsan_mutex_write_reentrant);

  lock(&shared_mutex, 0);
  ++by_shared;
  unlock(&shared_mutex, 0);
  lock(&shared_mutex, __tsan_mutex_read_lock);
  *wrong += by_shared == 0;
  unlock(&shared_mutex, __tsan_mutex_read_lock);

  AnnotateRWLockAcquired(__FILE__, __LINE__, &rwlock, 1);
  ++by_rwlock;
  AnnotateRWLockReleased(__FILE__, __LINE__, &rwlock, 1);
  AnnotateRWLockAcquired(__FILE__, __LINE__, &rwlock, 0);
  *wrong += by_rwlock == 0;
  AnnotateRWLockReleased(__FILE__, __LINE__, &rwlock, 0);

  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  ++ignored;
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

static void* first(void* wrong) {
  by_tsan = 1;
  __tsan_release(&tsan_label);
  by_old = 1;
  AnnotateHappensBefore(__FILE__, __LINE__, &old_label);
  by_wtf = 1;
  WTFAnnotateHappensBefore(__FILE__, __LINE__, &wtf_label);
  use(wrong);
  barrier_wait(&step);
  return wrong;
}

int main(void) {
  int wrong[2] = {0, 0};
  pthread_t thread;
  barrier_init(&step, 2);
  __tsan_mutex_create(&mutex, __tsan_mutex_not_static);
  __tsan_mutex_create(&reentrant, __tsan_mutex_write_reentrant);
  AnnotateRWLockCreate(__FILE__, __LINE__, &rwlock);
  pthread_create(&thread, 0, first, &wrong[1]);
  barrier_wait(&step);
  __tsan_acquire(&tsan_label);
  by_tsan += 1;
  AnnotateHappensAfter(__FILE__, __LINE__, &old_label);
  by_old += 1;
  WTFAnnotateHappensAfter(__FILE__, __LINE__, &wtf_label);
  by_wtf += 1;
  use(&wrong[0]);
  pthread_join(thread, 0);
  AnnotateRWLockDestroy(__FILE__, __LINE__, &rwlock);
  __tsan_mutex_destroy(&mutex, __tsan_mutex_not_static);
  return wrong[0] + wrong[1] + by_tsan + by_old + by_wtf + by_mutex + by_reentrant + by_shared + by_rwlock + ignored -
         18 + (by_waiting != 6);
}
