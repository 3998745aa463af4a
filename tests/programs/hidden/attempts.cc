// Attempts that fail because another thread has what they are for, and questions about how much of it is left.
// pairs: mutex recursive_mutex timed_mutex spin_lock c11_mutex writer_before_writer writer_before_reader
//   reader_before_writer timed_reader semaphore timed_semaphore semaphore_count file_lock second_attempt
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <threads.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "hidden.h"

using std::chrono::milliseconds;

namespace mutex {
std::mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock(); }
void give_back() { wanted.unlock(); }
}  // namespace mutex

// One side has it twice over.
namespace recursive_mutex {
std::recursive_mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() {
  wanted.lock();
  wanted.lock();
}
bool fails() { return !wanted.try_lock(); }
void give_back() {
  wanted.unlock();
  wanted.unlock();
}
}  // namespace recursive_mutex

// An attempt that waits for a while.
namespace timed_mutex {
std::timed_mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock_for(milliseconds(1)); }
void give_back() { wanted.unlock(); }
}  // namespace timed_mutex

namespace spin_lock {
pthread_spinlock_t wanted;
const int made = pthread_spin_init(&wanted, PTHREAD_PROCESS_PRIVATE);
int total;
// expect: data-race certainty=predicted object=total
void take() { pthread_spin_lock(&wanted); }
bool fails() { return pthread_spin_trylock(&wanted) != 0; }
void give_back() { pthread_spin_unlock(&wanted); }
}  // namespace spin_lock

namespace c11_mutex {
mtx_t wanted;
const int made = mtx_init(&wanted, mtx_plain);
int total;
// expect: data-race certainty=predicted object=total
void take() { mtx_lock(&wanted); }
bool fails() { return mtx_trylock(&wanted) != thrd_success; }
void give_back() { mtx_unlock(&wanted); }
}  // namespace c11_mutex

namespace writer_before_writer {
std::shared_mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock(); }
void give_back() { wanted.unlock(); }
}  // namespace writer_before_writer

namespace writer_before_reader {
std::shared_mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock_shared(); }
void give_back() { wanted.unlock(); }
}  // namespace writer_before_reader

namespace reader_before_writer {
std::shared_mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock_shared(); }
bool fails() { return !wanted.try_lock(); }
void give_back() { wanted.unlock_shared(); }
}  // namespace reader_before_writer

namespace timed_reader {
std::shared_timed_mutex wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.lock(); }
bool fails() { return !wanted.try_lock_shared_for(milliseconds(1)); }
void give_back() { wanted.unlock(); }
}  // namespace timed_reader

struct Permit {
  Permit() { sem_init(&semaphore, 0, 1); }
  void take() { sem_wait(&semaphore); }
  void give_back() { sem_post(&semaphore); }
  sem_t semaphore;
};

namespace semaphore {
Permit wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.take(); }
bool fails() { return sem_trywait(&wanted.semaphore) != 0; }
void give_back() { wanted.give_back(); }
}  // namespace semaphore

namespace timed_semaphore {
Permit wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.take(); }
bool fails() {
  const timespec long_ago{1, 0};
  return sem_timedwait(&wanted.semaphore, &long_ago) != 0;
}
void give_back() { wanted.give_back(); }
}  // namespace timed_semaphore

namespace semaphore_count {
Permit wanted;
int total;
// expect: data-race certainty=predicted object=total
void take() { wanted.take(); }
bool fails() {
  int count = 1;
  sem_getvalue(&wanted.semaphore, &count);
  return count == 0;
}
void give_back() { wanted.give_back(); }
}  // namespace semaphore_count

namespace file_lock {
int total;
// expect: data-race certainty=predicted object=total
void take() { flockfile(stdin); }
bool fails() { return ftrylockfile(stdin) != 0; }
void give_back() { funlockfile(stdin); }
}  // namespace file_lock

// The attempt that counts is the second; the first found somebody else's critical section.
namespace second_attempt {
std::mutex wanted;
Gate begun, tried_once, again;
int total;
// expect: data-race certainty=predicted object=total
void after(bool the_write) {
  beside(
      [=] {
        wanted.lock();
        begun.open();
        tried_once.wait();
        wanted.unlock();
        if (!the_write) wanted.lock();
        total = 1;  // <- here
        {
          const std::lock_guard lock(curtain);
          if (the_write) wanted.lock();
        }
        drawn.open();
        again.wait();
        wanted.unlock();
      },
      [] {
        begun.wait();
        const bool first = wanted.try_lock();
        tried_once.open();
        pass(drawn);
        const bool second = wanted.try_lock();
        again.open();
        if (first || second) return;
        hidden();
        total = 2;  // <- here
      });
}
void wrong() { after(false); }
void mended() { after(true); }
}  // namespace second_attempt

int main(int count, char** words) {
  return run_pair(count, words,
                  {ATTEMPT(mutex), ATTEMPT(recursive_mutex), ATTEMPT(timed_mutex), ATTEMPT(spin_lock),
                   ATTEMPT(c11_mutex), ATTEMPT(writer_before_writer), ATTEMPT(writer_before_reader),
                   ATTEMPT(reader_before_writer), ATTEMPT(timed_reader), ATTEMPT(semaphore), ATTEMPT(timed_semaphore),
                   ATTEMPT(semaphore_count), ATTEMPT(file_lock), PAIR(second_attempt)});
}
