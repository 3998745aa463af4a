// Order that POSIX makes between two threads.
// pairs: posix_semaphore posix_barrier posix_condition spin_lock byte_in_a_pipe event annotation
#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <tenter/annotate.h>
#include <unistd.h>

#include "hidden.h"

// A semaphore.
namespace posix_semaphore {
sem_t done;
const int made = sem_init(&done, 0, 0);
int total;
// expect: data-race certainty=predicted object=total
void tell() { sem_post(&done); }
void hear() { sem_wait(&done); }
}  // namespace posix_semaphore

// A barrier.
namespace posix_barrier {
pthread_barrier_t phase;
const int made = pthread_barrier_init(&phase, nullptr, 2);
int total;
// expect: data-race certainty=predicted object=total
void tell() { pthread_barrier_wait(&phase); }
void hear() { pthread_barrier_wait(&phase); }
}  // namespace posix_barrier

// A condition.
namespace posix_condition {
pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  pthread_mutex_lock(&guard);
  ready = true;
  pthread_mutex_unlock(&guard);
  pthread_cond_signal(&changed);
}
void hear() {
  pthread_mutex_lock(&guard);
  while (!ready) pthread_cond_wait(&changed, &guard);
  pthread_mutex_unlock(&guard);
}
}  // namespace posix_condition

// A spin lock that guards a variable.
namespace spin_lock {
pthread_spinlock_t taken;
const int made = pthread_spin_init(&taken, 0);
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  pthread_spin_lock(&taken);
  ready = true;
  pthread_spin_unlock(&taken);
}
void hear() {
  for (bool seen = false; !seen;) {
    pthread_spin_lock(&taken);
    seen = ready;
    pthread_spin_unlock(&taken);
  }
}
}  // namespace spin_lock

// A byte through a pipe.
namespace byte_in_a_pipe {
int ends[2];
const int made = pipe(ends);
int total;
// expect: data-race certainty=predicted object=total
void tell() { (void)!write(ends[1], "x", 1); }
void hear() {
  char byte;
  (void)!read(ends[0], &byte, 1);
}
}  // namespace byte_in_a_pipe

// An eventfd.
namespace event {
const int event = eventfd(0, 0);
int total;
// expect: data-race certainty=predicted object=total
void tell() { eventfd_write(event, 1); }
void hear() {
  eventfd_t value;
  eventfd_read(event, &value);
}
}  // namespace event

// What the program says itself.
namespace annotation {
Gate told;
int place;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  tenter_release(&place);
  told.open();
}
void hear() {
  told.wait();
  tenter_acquire(&place);
}
}  // namespace annotation

int main(int count, char** words) {
  return run_pair(count, words,
                  {SIGNAL(posix_semaphore), SIGNAL(posix_barrier), SIGNAL(posix_condition), SIGNAL(spin_lock),
                   SIGNAL(byte_in_a_pipe), SIGNAL(event), SIGNAL(annotation)});
}
