// Locks tell their acquires after, their releases before, and their waits only when they wait.
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

#include <mutex>
#include <shared_mutex>
#include <thread>

#include "event_log.h"

using namespace tenter::test;

namespace {

timespec past() { return {1, 0}; }
timespec far_future() { return {time(nullptr) + 1000, 0}; }

// Runs `f` on a thread of its own, to its end.
template <class F>
void elsewhere(F f) {
  std::thread(f).join();
}

// Lets a thread run into `lock`, which the caller holds, gives it up once the thread is known to wait, and joins.
template <class Lock, class Unlock>
void contended(const void* object, const char* wait, Lock lock, Unlock unlock) {
  std::thread other(lock);
  while (log_of(object).find(wait) == std::string::npos) { std::this_thread::yield(); }
  unlock();
  other.join();
}

void a_free_mutex_tells_no_wait() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  log_clear();
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  EXPECT_EVENTS(&mutex, "acquire release");
}

void a_taken_mutex_tells_the_wait() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  log_clear();
  pthread_mutex_lock(&mutex);
  contended(
      &mutex, "wait", [&] { pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex); },
      [&] { pthread_mutex_unlock(&mutex); });
  EXPECT_EVENTS(&mutex, "acquire wait(lock) release end-wait acquire release");
}

void failed_attempts_are_told() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  log_clear();
  pthread_mutex_lock(&mutex);
  elsewhere([&] {
    EXPECT(pthread_mutex_trylock(&mutex) == EBUSY);
    const timespec until = past();
    EXPECT(pthread_mutex_timedlock(&mutex, &until) == ETIMEDOUT);
    EXPECT(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until) == ETIMEDOUT);
  });
  pthread_mutex_unlock(&mutex);
  EXPECT_EVENTS(&mutex, "acquire refused wait(timed) end-wait refused wait(timed) end-wait refused release");
}

void attempts_that_succeed_are_marked() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const timespec until = far_future();
  log_clear();
  EXPECT(pthread_mutex_trylock(&mutex) == 0);
  pthread_mutex_unlock(&mutex);
  EXPECT(pthread_mutex_timedlock(&mutex, &until) == 0);
  pthread_mutex_unlock(&mutex);
  EXPECT_EVENTS(&mutex, "acquire/attempt release acquire/attempt release");
}

void a_recursive_mutex_tells_its_depth() {
  std::recursive_mutex mutex;
  log_clear();
  mutex.lock();
  mutex.lock();
  EXPECT(mutex.try_lock());
  mutex.unlock();
  mutex.unlock();
  mutex.unlock();
  EXPECT_EVENTS(mutex.native_handle(),
                "acquire acquire/again acquire/attempt,again release/again release/again release");
}

void misuse_of_mutexes() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  log_clear();
  EXPECT(pthread_mutex_unlock(&mutex) == 0);  // undefined, and glibc does not notice
  EXPECT_EVENTS(&mutex, "misuse(unlock)");

  pthread_mutexattr_t checks;
  pthread_mutexattr_init(&checks);
  pthread_mutexattr_settype(&checks, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t checked;
  log_clear();
  pthread_mutex_init(&checked, &checks);
  EXPECT(pthread_mutex_unlock(&checked) == EPERM);
  pthread_mutex_lock(&checked);
  EXPECT(pthread_mutex_lock(&checked) == EDEADLK);
  elsewhere([&] { EXPECT(pthread_mutex_unlock(&checked) == EPERM); });
  EXPECT(pthread_mutex_destroy(&checked) == EBUSY);
  pthread_mutex_unlock(&checked);
  pthread_mutex_destroy(&checked);
  EXPECT_EVENTS(
      &checked,
      "create misuse(unlock) acquire wait(lock) end-wait misuse(double-lock) misuse(unlock) misuse(destroy) release "
      "destroy");
}

void a_robust_mutex_is_acquired_from_the_dead() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  log_clear();
  elsewhere([&] { pthread_mutex_lock(&mutex); });
  EXPECT(pthread_mutex_lock(&mutex) == EOWNERDEAD);
  pthread_mutex_unlock(&mutex);  // without pthread_mutex_consistent: it is lost
  EXPECT(pthread_mutex_lock(&mutex) == ENOTRECOVERABLE);
  EXPECT_EVENTS(&mutex, "acquire release acquire release");
}

void reader_writer_locks() {
  pthread_rwlock_t lock;
  log_clear();
  pthread_rwlock_init(&lock, nullptr);
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_tryrdlock(&lock);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_wrlock(&lock);
  EXPECT(pthread_rwlock_wrlock(&lock) == EDEADLK);
  elsewhere([&] { EXPECT(pthread_rwlock_tryrdlock(&lock) == EBUSY); });
  pthread_rwlock_unlock(&lock);
  EXPECT(pthread_rwlock_trywrlock(&lock) == 0);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_destroy(&lock);
  EXPECT_EVENTS(
      &lock,
      "create acquire/shared acquire/shared,attempt,again release/shared,again release/shared acquire wait(lock) "
      "end-wait misuse(double-lock) refused/shared release acquire/attempt release destroy");
}

void readers_and_writers_wait() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  log_clear();
  pthread_rwlock_wrlock(&lock);
  contended(
      &lock, "wait", [&] { pthread_rwlock_rdlock(&lock), pthread_rwlock_unlock(&lock); },
      [&] { pthread_rwlock_unlock(&lock); });
  EXPECT_EVENTS(&lock, "acquire wait(shared) release end-wait acquire/shared release/shared");
}

void timed_standard_locks() {
  using namespace std::chrono_literals;
  std::shared_timed_mutex lock;
  log_clear();
  EXPECT(lock.try_lock_for(1000s));
  elsewhere([&] { EXPECT(!lock.try_lock_shared_for(1ms)); });
  lock.unlock();
  EXPECT(lock.try_lock_shared_for(1000s));
  lock.unlock_shared();
  // libstdc++ keeps the reader-writer lock in the first bytes.
  EXPECT_EVENTS(&lock,
                "acquire/attempt wait(timed) end-wait refused/shared release acquire/shared,attempt release/shared");
}

void spin_locks() {
  pthread_spinlock_t lock;
  log_clear();
  pthread_spin_init(&lock, 0);
  pthread_spin_lock(&lock);
  EXPECT(pthread_spin_trylock(&lock) == EBUSY);
  contended(
      const_cast<const int*>(&lock), "wait", [&] { pthread_spin_lock(&lock), pthread_spin_unlock(&lock); },
      [&] { pthread_spin_unlock(&lock); });
  EXPECT(pthread_spin_trylock(&lock) == 0);
  pthread_spin_unlock(&lock);
  pthread_spin_destroy(&lock);
  EXPECT_EVENTS(const_cast<const int*>(&lock),
                "create acquire refused wait(lock) release end-wait acquire release acquire/attempt release destroy");
}

void c11_mutexes() {
  mtx_t mutex;
  log_clear();
  EXPECT(mtx_init(&mutex, mtx_timed | mtx_recursive) == thrd_success);
  EXPECT(mtx_lock(&mutex) == thrd_success);
  EXPECT(mtx_trylock(&mutex) == thrd_success);
  const timespec until = past();
  elsewhere([&] {
    EXPECT(mtx_trylock(&mutex) == thrd_busy);
    EXPECT(mtx_timedlock(&mutex, &until) == thrd_timedout);
  });
  EXPECT(mtx_unlock(&mutex) == thrd_success);
  EXPECT(mtx_unlock(&mutex) == thrd_success);
  mtx_destroy(&mutex);
  EXPECT_EVENTS(
      &mutex,
      "create acquire acquire/attempt,again refused wait(timed) end-wait refused release/again release destroy");
}

void errno_is_left_alone() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  errno = 4711;
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  EXPECT(errno == 4711);
}

}  // namespace

int main() {
  a_free_mutex_tells_no_wait();
  a_taken_mutex_tells_the_wait();
  failed_attempts_are_told();
  attempts_that_succeed_are_marked();
  a_recursive_mutex_tells_its_depth();
  misuse_of_mutexes();
  a_robust_mutex_is_acquired_from_the_dead();
  reader_writer_locks();
  readers_and_writers_wait();
  timed_standard_locks();
  spin_locks();
  c11_mutexes();
  errno_is_left_alone();
  return 0;
}
