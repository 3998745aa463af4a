// checks: -*,possible,block-under-lock
// Waits with a lock held: for whoever needs that lock, and for others.
#include "common.h"

#include <future>

// ---- block-under-lock ---------------------------------------------------------------------------------

namespace block_under_lock {
void wrong_group() {
  Mutex mutex;
  WaitGroup all;
  const std::lock_guard guard(mutex);
  all.go([&] {
    const std::lock_guard inner(mutex);
    log("in");
  });
  all.wait();  // expected-warning {{this waits for a task that needs 'mutex', which is held here [tenter-block-under-lock]}}
}
void right_group() {
  Mutex mutex;
  WaitGroup all;
  {
    const std::lock_guard guard(mutex);
    all.go([&] {
      const std::lock_guard inner(mutex);
      log("in");
    });
  }
  all.wait();
}
void wrong_counted() {
  std::mutex mutex;
  WaitGroup all;
  const std::lock_guard guard(mutex);
  all.add(1);
  go([&] {
    mutex.lock();
    mutex.unlock();
    all.done();
  });
  all.wait();  // expected-warning {{this waits for a task that needs 'mutex'}}
}
void wrong_join() {
  std::mutex mutex;
  mutex.lock();
  std::thread worker([&] {
    const std::lock_guard guard(mutex);
    log("in");
  });
  worker.join();  // expected-warning {{this waits for a task that needs 'mutex'}}
  mutex.unlock();
}
void right_join() {
  std::mutex mutex;
  mutex.lock();
  std::thread worker([&] {
    const std::lock_guard guard(mutex);
    log("in");
  });
  mutex.unlock();
  worker.join();
}
void wrong_answer() {
  Mutex mutex;
  auto done = make_chan<Unit>();
  const std::lock_guard guard(mutex);
  go([&, done] {
    const std::lock_guard inner(mutex);
    done.close();
  });
  done.recv();  // expected-warning {{this waits for a task that needs 'mutex'}}
}
struct Account {
  Mutex mutex_;
  WaitGroup tasks_;
  Chan<int> changes_;
  void wrong_member() {
    const std::lock_guard guard(mutex_);
    tasks_.go([this] {
      const std::lock_guard inner(mutex_);
      log("in");
    });
    tasks_.wait();  // expected-warning {{this waits for a task that needs 'mutex_'}}
  }
  void wrong_sends(int amount) {
    const std::lock_guard guard(mutex_);
    changes_.send(amount);  // expected-warning {{possibly, this waits while 'mutex_' is held}}
  }
  void right_sends(int amount) {
    { const std::lock_guard guard(mutex_); }
    changes_.send(amount);
  }
  void right_tries(int amount) {
    const std::lock_guard guard(mutex_);
    use(changes_.try_send(amount));
  }
  void right_selects(int amount) {
    const std::lock_guard guard(mutex_);
    select(on_send(changes_, amount), otherwise());
  }
  void wrong_selects(int amount) {
    const std::lock_guard guard(mutex_);
    select(on_send(changes_, amount), on_recv(after(1ms)));  // expected-warning {{possibly, this waits while}}
  }
  void wrong_loop() {
    const std::lock_guard guard(mutex_);
    for (int v : changes_) use(v);  // expected-warning {{possibly, this waits while}}
  }
  void notify(int amount) { changes_.send(amount); }
  void wrong_call(int amount) {
    const std::lock_guard guard(mutex_);
    notify(amount);  // expected-warning {{possibly, this waits while}}
  }
};
void wrong_sleep(std::mutex& mutex) {
  const std::lock_guard guard(mutex);
  std::this_thread::sleep_for(1s);  // expected-warning {{possibly, this waits while}}
}
void wrong_future(std::mutex& mutex, std::future<int>& later) {
  const std::unique_lock lock(mutex);
  use(later.get());  // expected-warning {{possibly, this waits while}}
}
void wrong_semaphore(Mutex& mutex, Semaphore& places) {
  mutex.lock();
  places.acquire();  // expected-warning {{possibly, this waits while}}
  mutex.unlock();
}
void right_semaphore(Mutex& mutex, Semaphore& places) {
  places.acquire();
  mutex.lock();
  mutex.unlock();
  places.release();
}
void right_released(std::mutex& mutex, std::future<int>& later) {
  std::unique_lock lock(mutex);
  lock.unlock();
  use(later.get());
}
void right_condition(bool& ready) {
  Mutex mutex;
  Cond changed(mutex);
  const std::unique_lock lock(mutex);
  changed.wait([&] { return ready; });
}
void right_has_room(Mutex& mutex) {
  auto answer = make_chan<int>(1);
  const std::lock_guard guard(mutex);
  answer.send(1);
}
void right_another_lock() {
  Mutex mine, theirs;
  WaitGroup all;
  mine.lock();
  mine.unlock();
  all.go([&] {
    const std::lock_guard inner(theirs);
    log("in");
  });
  all.wait();
}
void right_second_lock(std::mutex& a, std::mutex& b) {
  const std::lock_guard first(a);
  const std::lock_guard second(b);
  log("both");
}
void right_sleep(std::mutex& mutex) {
  { const std::lock_guard guard(mutex); }
  std::this_thread::sleep_for(1s);
}
void right_in_the_task(Mutex& mutex) {
  const std::lock_guard guard(mutex);
  auto out = make_chan<int>(1);
  go([out] { out.send(compute()); });
}
}  // namespace block_under_lock
