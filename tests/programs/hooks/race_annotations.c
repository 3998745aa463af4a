/* The same annotations, where they do not order what happens: another label, another mutex, shared holds, a failed try. */
// expect: data-race object=other_label
// expect: data-race object=other_old_label
// expect: data-race object=other_mutex
// expect: data-race object=both_shared
// expect: data-race object=failed_try
// expect: data-race object=given_up
// expect: data-race object=both_readers
// expect: data-race object=called_back
// levels: one
#include <pthread.h>
#include <sanitizer/tsan_interface.h>

#include "threads/invisible_barrier.h"

void AnnotateHappensBefore(const char*, int, const volatile void*);
void AnnotateHappensAfter(const char*, int, const volatile void*);
void AnnotateRWLockAcquired(const char*, int, const volatile void*, long);
void AnnotateRWLockReleased(const char*, int, const volatile void*, long);
void AnnotateBenignRace(const char*, int, const volatile void*, const char*);

static invisible_barrier_t step;
int other_label, other_old_label, other_mutex, both_shared, failed_try, given_up, both_readers, called_back;
static char labels[2], old_labels[2], mutexes[2], shared, tried, reentrant, rwlock, diverting;

static void* use(void* raw) {
  const long self = (long)raw;
  if (self == 1) barrier_wait(&step);
  __tsan_acquire(&labels[self]);
  other_label = 1;  // <- here
  __tsan_release(&labels[self]);

  AnnotateHappensAfter(__FILE__, __LINE__, &old_labels[self]);
  other_old_label = 1;  // <- here
  AnnotateHappensBefore(__FILE__, __LINE__, &old_labels[self]);

  __tsan_mutex_pre_lock(&mutexes[self], 0);
  __tsan_mutex_post_lock(&mutexes[self], 0, 0);
  other_mutex = 1;  // <- here
  __tsan_mutex_pre_unlock(&mutexes[self], 0);
  __tsan_mutex_post_unlock(&mutexes[self], 0);

  __tsan_mutex_pre_lock(&shared, __tsan_mutex_read_lock);
  __tsan_mutex_post_lock(&shared, __tsan_mutex_read_lock, 0);
  both_shared = 1;  // <- here
  __tsan_mutex_pre_unlock(&shared, __tsan_mutex_read_lock);
  __tsan_mutex_post_unlock(&shared, __tsan_mutex_read_lock);

  const unsigned try_flags = __tsan_mutex_try_lock | (self == 1 ? __tsan_mutex_try_lock_failed : 0);
  __tsan_mutex_pre_lock(&tried, __tsan_mutex_try_lock);
  __tsan_mutex_post_lock(&tried, try_flags, 0);
  failed_try = 1;  // <- here
  if (self == 0) {
    __tsan_mutex_pre_unlock(&tried, 0);
    __tsan_mutex_post_unlock(&tried, 0);
  }

  AnnotateRWLockAcquired(__FILE__, __LINE__, &rwlock, 0);
  both_readers = 1;  // <- here
  AnnotateRWLockReleased(__FILE__, __LINE__, &rwlock, 0);

  /* The mutex calls back into the program: its accesses count again. */
  __tsan_mutex_pre_signal(&diverting, 0);
  __tsan_mutex_pre_divert(&diverting, 0);
  called_back = 1;  // <- here
  __tsan_mutex_post_divert(&diverting, 0);
  __tsan_mutex_post_signal(&diverting, 0);

  __tsan_mutex_pre_lock(&reentrant, __tsan_mutex_write_reentrant);
  __tsan_mutex_post_lock(&reentrant, __tsan_mutex_write_reentrant, 0);
  __tsan_mutex_pre_unlock(&reentrant, __tsan_mutex_write_reentrant);
  __tsan_mutex_post_unlock(&reentrant, __tsan_mutex_write_reentrant);
  given_up = 1;  // <- here
  if (self == 0) barrier_wait(&step);
  return raw;
}

int main(void) {
  pthread_t threads[2];
  barrier_init(&step, 2);
  AnnotateBenignRace(__FILE__, __LINE__, &other_label, "said, and not believed: suppressions say it better");
  for (long i = 0; i < 2; ++i) pthread_create(&threads[i], 0, use, (void*)i);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], 0);
  return 0;
}
