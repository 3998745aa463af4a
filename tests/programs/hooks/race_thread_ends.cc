// What a thread does at its very end is in the recording, and so is what nobody waited for.
// expect: data-race object=in_last_round
// expect: data-race object=in_cleanup
// expect: data-race object=after_cancel
// expect: data-race object=failed_joins
// levels: one
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "gate.h"

int in_last_round, in_cleanup, after_cancel, failed_joins;
static Gate late_done, cleaned, cancel_sent, may_end;
static pthread_key_t key;
static sem_t never_posted;

static void at_last(void* raw) {
  int& left = *static_cast<int*>(raw);
  if (--left != 0) {
    pthread_setspecific(key, raw);
  } else {
    in_last_round = 1;  // <- here
    late_done.open();
  }
}
static void* end_late(void* raw) {
  pthread_setspecific(key, raw);
  return nullptr;
}

struct AtEnd {
  ~AtEnd() {
    in_cleanup = 1;  // <- here
    cancel_sent.wait();
    after_cancel = 1;  // <- here
    cleaned.open();
  }
};
static void* wait_until_cancelled(void*) {
  const AtEnd at_end;
  sem_wait(&never_posted);
  return nullptr;
}

static void* stay(void*) {
  failed_joins = 1;  // <- here
  may_end.wait();
  return nullptr;
}

int main() {
  const timespec past = {0, 0};
  int rounds = PTHREAD_DESTRUCTOR_ITERATIONS, failed = 0;
  pthread_t thread;
  sem_init(&never_posted, 0, 0);
  pthread_key_create(&key, at_last);
  pthread_create(&thread, nullptr, end_late, &rounds);
  late_done.wait();
  in_last_round = 2;  // <- here
  pthread_join(thread, nullptr);

  pthread_create(&thread, nullptr, wait_until_cancelled, nullptr);
  pthread_cancel(thread);
  after_cancel = 2;  // <- here
  cancel_sent.open();
  cleaned.wait();
  in_cleanup = 2;  // <- here
  pthread_join(thread, nullptr);

  pthread_create(&thread, nullptr, stay, nullptr);
  failed += pthread_tryjoin_np(thread, nullptr) == EBUSY;
  failed += pthread_timedjoin_np(thread, nullptr, &past) == ETIMEDOUT;
  failed += pthread_clockjoin_np(thread, nullptr, CLOCK_MONOTONIC, &past) == ETIMEDOUT;
  failed_joins = 2;  // <- here
  may_end.open();
  pthread_join(thread, nullptr);
  return failed - 3;
}
