// Probes: small programs about which a detector is easily wrong, with the verdict that is right. One about locks is written once,
// for the locks of this library, of C++ and of POSIX; the comments above it say what `tenter check` must find, as in run_program.py,
// and where the three differ:
//
//   // expect: lock-order-inversion certainty=predicted
//   // expect on std: nothing
//   template <class Kit>
//   void two_orders() { ... }
//
// A probe decides who goes first by gates that no recorder sees.
#pragma once
#include <pthread.h>
#include <semaphore.h>
#include <tenter/tenter.h>

#include <chrono>
#include <cstring>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>

#include "../gate.h"

struct OnTasks {
  using Mutex = tenter::Mutex;
  using RWMutex = tenter::RWMutex;
  using HandOver = tenter::Mutex;
  static auto& read_side(RWMutex& lock) { return lock.shared_locker(); }
  template <class F, class G>
  static void beside(F f, G g) {
    tenter::WaitGroup over;
    over.go(f);
    over.go(g);
    over.wait();
  }
  template <class F>
  static void alone(F f) {
    tenter::WaitGroup over;
    over.go(f);
    over.wait();
  }
  static void pass(Gate& gate) {
    while (!gate.is_open()) tenter::yield();
  }
  static void yield() { tenter::yield(); }
  static void sleep(std::chrono::milliseconds time) { tenter::sleep_for(time); }
  static int run(void (*probe)()) { return tenter::run(probe); }
};

// The read side of any lock that has one, as something to lock.
template <class Lock>
struct ReadSide {
  Lock& of;
  void lock() { of.lock_shared(); }
  void unlock() { of.unlock_shared(); }
};

struct OnThreads {
  template <class Lock>
  static ReadSide<Lock> read_side(Lock& lock) {
    return {lock};
  }
  template <class F, class G>
  static void beside(F f, G g) {
    std::thread one(f), two(g);
    one.join();
    two.join();
  }
  template <class F>
  static void alone(F f) {
    std::thread(f).join();
  }
  static void pass(Gate& gate) { gate.wait(); }
  static void yield() { std::this_thread::yield(); }
  static void sleep(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }
  static int run(void (*probe)()) {
    probe();
    return 0;
  }
};

// Only the thread that has locked a std::mutex may unlock it: what is handed over is a semaphore.
struct OnStd : OnThreads {
  using Mutex = std::mutex;
  using RWMutex = std::shared_mutex;
  struct HandOver {
    std::binary_semaphore one{1};
    void lock() { one.acquire(); }
    void unlock() { one.release(); }
  };
};

struct OnPosix : OnThreads {
  struct Mutex {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    ~Mutex() { pthread_mutex_destroy(&mutex); }
    void lock() { pthread_mutex_lock(&mutex); }
    void unlock() { pthread_mutex_unlock(&mutex); }
  };
  // A writer that waits keeps readers out, as with Go's.
  struct RWMutex {
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
    ~RWMutex() { pthread_rwlock_destroy(&rwlock); }
    void lock() { pthread_rwlock_wrlock(&rwlock); }
    void unlock() { pthread_rwlock_unlock(&rwlock); }
    void lock_shared() { pthread_rwlock_rdlock(&rwlock); }
    void unlock_shared() { pthread_rwlock_unlock(&rwlock); }
  };
  struct HandOver {
    sem_t one;
    HandOver() { sem_init(&one, 0, 1); }
    ~HandOver() { sem_destroy(&one); }
    void lock() { sem_wait(&one); }
    void unlock() { sem_post(&one); }
  };
};
