// Conditions, barriers and semaphores: what a wait tells of its mutex, and what of a cancelled wait.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "event_log.h"

using namespace tenter::test;

namespace {

void wait_until_told(const void* object, const char* word) {
  while (log_of(object).find(word) == std::string::npos) { std::this_thread::yield(); }
}

void a_signal_ends_a_wait() {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  log_clear();
  std::thread waiter([&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (!ready) { condition.wait(lock); }
  });
  wait_until_told(condition.native_handle(), "wait(condition)");
  {
    const std::lock_guard<std::mutex> lock(mutex);  // the waiter has given it up: it really waits
    ready = true;
  }
  condition.notify_one();
  waiter.join();
  EXPECT_EVENTS(condition.native_handle(), "wait(condition) signal end-wait wake");
  const std::string events = log_of(mutex.native_handle());
  EXPECT(events == "acquire release/wait acquire release acquire/wait release");
}

void a_timeout_is_no_wake() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  const timespec past{1, 0};
  log_clear();
  pthread_mutex_lock(&mutex);
  EXPECT(pthread_cond_timedwait(&condition, &mutex, &past) == ETIMEDOUT);
  EXPECT(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &past) == ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
  pthread_cond_broadcast(&condition);
  EXPECT_EVENTS(&condition, "wait(timed) end-wait wait(timed) end-wait signal");
  EXPECT_EVENTS(&mutex, "acquire release/wait acquire/wait release/wait acquire/wait release");
}

pthread_mutex_t cancel_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t cancel_condition = PTHREAD_COND_INITIALIZER;

void a_cancelled_wait_holds_the_mutex_again() {
  log_clear();
  std::thread waiter([] {
    pthread_mutex_lock(&cancel_mutex);
    pthread_cleanup_push([](void*) { pthread_mutex_unlock(&cancel_mutex); }, nullptr);
    for (;;) { pthread_cond_wait(&cancel_condition, &cancel_mutex); }
    pthread_cleanup_pop(0);
  });
  wait_until_told(&cancel_condition, "wait(condition)");
  pthread_mutex_lock(&cancel_mutex);
  pthread_mutex_unlock(&cancel_mutex);
  pthread_cancel(waiter.native_handle());
  waiter.join();
  EXPECT_EVENTS(&cancel_condition, "wait(condition) end-wait");
  EXPECT_EVENTS(&cancel_mutex, "acquire release/wait acquire release acquire/wait release");
}

void c11_conditions() {
  mtx_t mutex;
  cnd_t condition;
  mtx_init(&mutex, mtx_plain);
  cnd_init(&condition);
  const timespec past{1, 0};
  log_clear();
  mtx_lock(&mutex);
  EXPECT(cnd_timedwait(&condition, &mutex, &past) == thrd_timedout);
  mtx_unlock(&mutex);
  EXPECT(cnd_signal(&condition) == thrd_success);
  EXPECT(cnd_broadcast(&condition) == thrd_success);
  EXPECT_EVENTS(&condition, "wait(timed) end-wait signal signal");
  EXPECT_EVENTS(&mutex, "acquire release/wait acquire/wait release");
  cnd_destroy(&condition);
  mtx_destroy(&mutex);
}

void all_arrive_at_a_barrier_before_any_leaves() {
  pthread_barrier_t barrier;
  log_clear();
  pthread_barrier_init(&barrier, nullptr, 2);
  std::thread other([&] { pthread_barrier_wait(&barrier); });
  wait_until_told(&barrier, "wait(barrier)");
  pthread_barrier_wait(&barrier);
  other.join();
  const std::string events = log_of(&barrier);
  EXPECT(events.starts_with("create(2) arrive wait(barrier) arrive "));
  EXPECT(events.rfind("arrive") < events.find("leave"));
  pthread_barrier_destroy(&barrier);
}

void semaphores() {
  sem_t semaphore;
  log_clear();
  sem_init(&semaphore, 0, 1);
  errno = 4711;
  EXPECT(sem_wait(&semaphore) == 0);
  EXPECT(errno == 4711);
  EXPECT(sem_trywait(&semaphore) != 0 && errno == EAGAIN);
  int count = -1;
  EXPECT(sem_getvalue(&semaphore, &count) == 0 && count == 0);
  const timespec past{1, 0};
  EXPECT(sem_timedwait(&semaphore, &past) != 0 && errno == ETIMEDOUT);
  errno = 4711;
  std::thread other([&] {
    wait_until_told(&semaphore, "wait(semaphore)");
    sem_post(&semaphore);
  });
  EXPECT(sem_wait(&semaphore) == 0);
  EXPECT(errno == 4711);
  other.join();
  sem_destroy(&semaphore);
  const std::string events = log_of(&semaphore);
  EXPECT(events ==
         "create(1) obtain(1) look(1) look(0) wait(timed) end-wait look(1) wait(semaphore) post(1) end-wait obtain(1)");
}

void a_full_semaphore_takes_no_post() {
  sem_t semaphore;
  sem_init(&semaphore, 0, SEM_VALUE_MAX);
  log_clear();
  EXPECT(sem_post(&semaphore) != 0 && errno == EOVERFLOW);
  EXPECT_EVENTS(&semaphore, "post(1) obtain(1)");
}

void futexes_are_waited_for_and_order_nothing() {
  unsigned word = 1;
  const timespec past = {0, 0};
  log_clear();
  EXPECT(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr) == -1 && errno == EAGAIN);
  EXPECT_EVENTS(&word, "wait(private-futex) end-wait");
  log_clear();
  EXPECT(syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr) == -1 && errno == EAGAIN);
  EXPECT_EVENTS(&word, "wait(futex) end-wait");
  log_clear();
  EXPECT(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 1, &past, nullptr, FUTEX_BITSET_MATCH_ANY) == -1);
  EXPECT_EVENTS(&word, "wait(timed) end-wait");
  log_clear();
  EXPECT(syscall(SYS_futex, &word, FUTEX_WAKE, 1) == 0 && syscall(SYS_getpid) == getpid());
  EXPECT_EVENTS(nullptr, "");
  word = 0;
  EXPECT(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, nullptr) == 0 && word != 0);
  EXPECT_EVENTS(&word, "wait(private-futex) end-wait");
  log_clear();
  EXPECT(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE) == 0);
  EXPECT_EVENTS(&word, "wake-futex(1)");
}

void a_wake_that_woke_somebody_is_told() {
  unsigned word = 0, other = 0;
  log_clear();
  std::thread one([&] { syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr); });
  while (syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1) == 0) sched_yield();
  one.join();
  EXPECT(log_of(&word).find("wake-futex(1)") != std::string::npos);
  // Wakes the waiters of two words: here of the second alone, but which of the two is not told to the caller.
  log_clear();
  std::thread two([&] { syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr); });
  constexpr int set_nothing = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0);
  while (syscall(SYS_futex, &other, FUTEX_WAKE_OP_PRIVATE, 1, 1, &word, set_nothing) == 0) sched_yield();
  two.join();
  EXPECT(log_of(&word).find("wake-futex(1)") != std::string::npos);
  EXPECT_EVENTS(&other, "wake-futex(1)");
}

void a_sleep_is_told() {
  const timespec moment = {0, 1};
  log_clear();
  EXPECT(nanosleep(&moment, nullptr) == 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr) == 0);
  EXPECT(usleep(1) == 0 && sleep(0) == 0 && thrd_sleep(&moment, nullptr) == 0);
  EXPECT_EVENTS(
      nullptr,
      "wait(sleep) end-wait wait(sleep) end-wait wait(sleep) end-wait wait(sleep) end-wait wait(sleep) end-wait");
}

void a_yield_is_told_after_a_signal() {
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  log_clear();
  sched_yield();
  EXPECT_EVENTS(nullptr, "");
  pthread_cond_signal(&condition);
  log_clear();
  sched_yield();
  thrd_yield();
  EXPECT_EVENTS(nullptr, "wait(sleep) end-wait");
  pthread_cond_broadcast(&condition);
  log_clear();
  thrd_yield();
  EXPECT_EVENTS(nullptr, "wait(sleep) end-wait");
}

void a_cancellation_orders() {
  log_clear();
  std::uint32_t task = 0;
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void* raw) -> void* {
        __atomic_store_n(static_cast<std::uint32_t*>(raw), own_task(), __ATOMIC_RELEASE);
        for (;;) {
          pthread_testcancel();
          sched_yield();
        }
      },
      &task);
  while (__atomic_load_n(&task, __ATOMIC_ACQUIRE) == 0) { sched_yield(); }
  pthread_cancel(thread);
  pthread_join(thread, nullptr);
  const std::string events = log_of(reinterpret_cast<const void*>(std::uintptr_t{task}));
  const std::size_t request = events.find("order-out"), noticed = events.find("order-in");
  EXPECT(request != std::string::npos && noticed != std::string::npos && request < noticed);
}

}  // namespace

int main() {
  a_signal_ends_a_wait();
  a_timeout_is_no_wake();
  a_cancelled_wait_holds_the_mutex_again();
  c11_conditions();
  all_arrive_at_a_barrier_before_any_leaves();
  semaphores();
  a_full_semaphore_takes_no_post();
  futexes_are_waited_for_and_order_nothing();
  a_wake_that_woke_somebody_is_told();
  a_sleep_is_told();
  a_yield_is_told_after_a_signal();
  a_cancellation_orders();
  return 0;
}
