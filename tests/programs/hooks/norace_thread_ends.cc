// Every way to wait for a thread, and every way in which one ends: what it did comes before what follows.
// expect: nothing
// levels: one
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>

enum {
  joined,
  tried,
  timed,
  clocked,
  exited,
  cancelled_in_wait,
  cancelled_by_request,
  c11_joined,
  c11_exited,
  detached,
  last
};
static int done_by[last];
static sem_t never_posted, detached_done, c11_done;
static pthread_key_t key;

static void* work(void* slot) {
  *static_cast<int*>(slot) = 1;
  return slot;
}
static void* work_and_exit(void* slot) {
  *static_cast<int*>(slot) = 1;
  pthread_exit(slot);
}
struct AtEnd {
  int* slot;
  ~AtEnd() { ++*slot; }
};
static void* wait_until_cancelled(void* slot) {
  const AtEnd at_end{static_cast<int*>(slot)};
  sem_wait(&never_posted);
  return slot;
}
static void* ask_until_cancelled(void* slot) {
  const AtEnd at_end{static_cast<int*>(slot)};
  for (;;) {
    pthread_testcancel();
    sched_yield();
  }
}
static void* work_detached(void* slot) {
  *static_cast<int*>(slot) = 1;
  sem_post(&detached_done);
  return nullptr;
}
static int work_c11(void* slot) {
  *static_cast<int*>(slot) = 1;
  return 5;
}
static int work_c11_and_exit(void* slot) {
  *static_cast<int*>(slot) = 1;
  thrd_exit(6);
}

// A key's destructor that puts its value back until the last round that POSIX allows, and only then does something.
struct Rounds {
  int left;
  int* slot;
};
static void in_last_round(void* raw) {
  auto* rounds = static_cast<Rounds*>(raw);
  if (--rounds->left != 0) {
    pthread_setspecific(key, rounds);
  } else {
    ++*rounds->slot;
  }
}
static void* end_late(void* raw) {
  pthread_setspecific(key, raw);
  return nullptr;
}

int main() {
  const timespec far = {4000000000, 0};
  int wrong = 0, c11_result = 0, late = 0;
  void* result = nullptr;
  pthread_t thread;
  thrd_t c11_thread;
  sem_init(&never_posted, 0, 0);
  sem_init(&detached_done, 0, 0);

  pthread_create(&thread, nullptr, work, &done_by[joined]);
  pthread_join(thread, &result);
  wrong += result != &done_by[joined];
  pthread_create(&thread, nullptr, work, &done_by[tried]);
  while (pthread_tryjoin_np(thread, nullptr) == EBUSY) sched_yield();
  pthread_create(&thread, nullptr, work, &done_by[timed]);
  pthread_timedjoin_np(thread, nullptr, &far);
  pthread_create(&thread, nullptr, work, &done_by[clocked]);
  pthread_clockjoin_np(thread, nullptr, CLOCK_MONOTONIC, &far);
  pthread_create(&thread, nullptr, work_and_exit, &done_by[exited]);
  pthread_join(thread, &result);
  wrong += result != &done_by[exited];

  // What comes before the request comes before the clean-up.
  pthread_create(&thread, nullptr, wait_until_cancelled, &done_by[cancelled_in_wait]);
  done_by[cancelled_in_wait] = 5;
  pthread_cancel(thread);
  pthread_join(thread, &result);
  wrong += result != PTHREAD_CANCELED || done_by[cancelled_in_wait] != 6;
  done_by[cancelled_in_wait] = 1;
  pthread_create(&thread, nullptr, ask_until_cancelled, &done_by[cancelled_by_request]);
  done_by[cancelled_by_request] = 0;
  pthread_cancel(thread);
  pthread_join(thread, nullptr);

  thrd_create(&c11_thread, work_c11, &done_by[c11_joined]);
  thrd_join(c11_thread, &c11_result);
  wrong += c11_result != 5;
  thrd_create(&c11_thread, work_c11_and_exit, &done_by[c11_exited]);
  thrd_join(c11_thread, &c11_result);
  wrong += c11_result != 6;

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_create(&thread, &attributes, work_detached, &done_by[detached]);
  sem_wait(&detached_done);

  pthread_key_create(&key, in_last_round);
  Rounds rounds{PTHREAD_DESTRUCTOR_ITERATIONS, &late};
  pthread_create(&thread, nullptr, end_late, &rounds);
  pthread_join(thread, nullptr);
  wrong += late != 1;
  for (const int done : done_by) wrong += done != 1;
  return wrong;
}
