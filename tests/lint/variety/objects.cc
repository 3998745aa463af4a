// checks: -*,task-captures-this,task-result-dropped,cond-wait-without-predicate
// Tasks that use an object, results that nobody wants, and conditions that nobody looks at.
#include "common.h"

#include <condition_variable>
#include <future>

// ---- task-captures-this -------------------------------------------------------------------------------

namespace task_captures_this {
class Poller {
 public:
  void start() {
    go([this] { poll(); });
  }
  void poll();

 private:
  int turns_ = 0;
};
void wrong_local() {
  Poller poller;
  poller.start();  // expected-warning {{a task that is started here uses 'poller', which may end before the task does [tenter-task-captures-this]}}
}
void right_lives_on() {
  static Poller poller;
  poller.start();
}
class Stopped {
 public:
  ~Stopped() { tasks_.wait(); }
  void start() {
    tasks_.go([this] { poll(); });
  }
  void poll();

 private:
  WaitGroup tasks_;
};
void right_destructor_waits() {
  Stopped poller;
  poller.start();
}
class Started {
 public:
  Started() {
    go([this] { poll(); });
  }
  void poll();

 private:
  int turns_ = 0;
};
void wrong_constructor() {
  Started poller;  // expected-warning {{uses 'poller'}}
}
void wrong_in_a_block(bool now) {
  if (now) {
    Poller poller;
    poller.start();  // expected-warning {{uses 'poller'}}
  }
  log("later");
}
void wrong_in_turns(int n) {
  for (int i = 0; i < n; ++i) {
    Poller poller;
    poller.start();  // expected-warning {{uses 'poller'}}
  }
}
void wrong_early_return(bool wait, RecvChan<Unit> done) {
  Poller poller;
  poller.start();  // expected-warning {{uses 'poller'}}
  if (!wait) return;
  done.recv();
}
void right_waits(RecvChan<Unit> done) {
  Poller poller;
  poller.start();
  done.recv();
}
class Grouped {
 public:
  void start() {
    group_.go([this] { poll(); });
  }
  void poll();

 private:
  TaskGroup group_;
};
void right_member_waits() {
  Grouped poller;
  poller.start();
}
class Threaded {
 public:
  void start() {
    thread_ = std::jthread([this] { poll(); });
  }
  void poll();

 private:
  std::jthread thread_;
};
void right_thread_is_joined() {
  Threaded poller;
  poller.start();
}
class Detached {
 public:
  void start() {
    std::thread([this] { poll(); }).detach();
  }
  void poll();

 private:
  int turns_ = 0;
};
void wrong_detached() {
  Detached poller;
  poller.start();  // expected-warning {{uses 'poller'}}
}
class ByName {
 public:
  void start() { go(&ByName::poll, this); }
  void poll() { log("poll"); }

 private:
  int turns_ = 0;
};
void wrong_by_name() {
  ByName poller;
  poller.start();  // expected-warning {{uses 'poller'}}
}
class Counting {
 public:
  ~Counting() { turns_ = 0; }
  void start() {
    go([this] { poll(); });
  }
  void poll();

 private:
  int turns_ = 0;
};
void wrong_destructor_does_not_wait() {
  Counting poller;
  poller.start();  // expected-warning {{uses 'poller'}}
}
class Outer {
 public:
  void start() { begin(); }
  void begin() {
    go([this] { poll(); });
  }
  void poll();

 private:
  int turns_ = 0;
};
void wrong_through_another() {
  Outer poller;
  poller.start();  // expected-warning {{uses 'poller'}}
}
void wrong_in_a_task() {
  go([] {
    Poller poller;
    poller.start();  // expected-warning {{uses 'poller'}}
  });
}
class Shared : public std::enable_shared_from_this<Shared> {
 public:
  void start() {
    go([this, self = shared_from_this()] { poll(); });
  }
  void poll();
};
void right_kept_alive() {
  const auto poller = std::make_shared<Shared>();
  poller->start();
}
void right_on_the_heap() {
  auto* poller = new Poller;
  poller->start();
}
class Waits {
 public:
  void run() {
    WaitGroup all;
    all.go([this] { poll(); });
    all.wait();
  }
  void poll();

 private:
  int turns_ = 0;
};
void right_method_waits() {
  Waits poller;
  poller.run();
}
class Copied {
 public:
  void start() {
    go([*this] { use(turns_); });
  }

 private:
  int turns_ = 0;
};
void right_copy() {
  Copied poller;
  poller.start();
}
class Unseen {
 public:
  ~Unseen();
  void start() {
    go([this] { poll(); });
  }
  void poll();
};
void right_who_knows() {
  Unseen poller;
  poller.start();
}
void right_given(Poller& poller) { poller.start(); }
int right_main_task() {
  return run([] {
    Poller poller;
    poller.start();
  });
}
}  // namespace task_captures_this

// ---- task-result-dropped ------------------------------------------------------------------------------

namespace task_result_dropped {
RecvChan<int> later() {
  auto answer = make_chan<int>();
  go([answer] { answer.send(compute()); });
  return answer;
}
RecvChan<int> later_with_room() {
  auto answer = make_chan<int>(1);
  go([answer] { answer.send(compute()); });
  return answer;
}
Chan<std::string> name_of(int key) {
  auto answer = make_chan<std::string>();
  go([=] { answer.send(std::to_string(key)); });
  return answer;
}
void wrong_dropped() {
  later();  // expected-warning {{the channel that comes back is dropped, so the task that answers on it waits for ever [tenter-task-result-dropped]}}
}
void right_received() { use(*later().recv()); }
void wrong_cast_away() {
  static_cast<void>(later());  // expected-warning {{[tenter-task-result-dropped]}}
}
void right_has_room() { later_with_room(); }
void wrong_on_a_path(bool now) {
  if (now) later();  // expected-warning {{[tenter-task-result-dropped]}}
}
void wrong_else(bool now) {
  if (now) use(*later().recv());
  else later();  // expected-warning {{[tenter-task-result-dropped]}}
}
void wrong_in_a_loop(int n) {
  for (int i = 0; i < n; ++i) name_of(i);  // expected-warning {{[tenter-task-result-dropped]}}
}
void wrong_unused() {
  [[maybe_unused]] const auto answer = later();  // expected-warning {{[tenter-task-result-dropped]}}
}
void wrong_in_a_task() {
  go([] {
    later();  // expected-warning {{[tenter-task-result-dropped]}}
  });
}
struct Store {
  int key_ = 1;
  RecvChan<int> read() {
    auto answer = make_chan<int>();
    go([this, answer] { answer.send(key_); });
    return answer;
  }
  void wrong_method() {
    read();  // expected-warning {{[tenter-task-result-dropped]}}
  }
  void right_method() { use(*read().recv()); }
};
void wrong_range(const std::vector<int>& keys) {
  for (const int key : keys) {
    name_of(key);  // expected-warning {{[tenter-task-result-dropped]}}
    log("asked");
  }
}
template <class T>
Chan<T> later_of(T value) {
  auto answer = make_chan<T>();
  go([=] { answer.send(value); });
  return answer;
}
void wrong_template() {
  later_of(1);  // expected-warning {{[tenter-task-result-dropped]}}
}
void wrong_lambda() {
  const auto ask = [] { later(); };  // expected-warning {{[tenter-task-result-dropped]}}
  ask();
}
void right_kept() {
  const auto answer = later();
  use(*answer.recv());
}
void right_stored(std::vector<RecvChan<int>>& all) { all.push_back(later()); }
void right_given_on(std::vector<RecvChan<int>>& all) { all.emplace_back(later()); }
RecvChan<int> right_returned() { return later(); }
RecvChan<int> may_answer(bool now) {
  auto answer = make_chan<int>();
  go([=] {
    if (now) answer.send(compute());
  });
  return answer;
}
void right_may_not_send(bool now) { may_answer(now); }
RecvChan<int> with_timeout_inside(const Context& stop) {
  auto answer = make_chan<int>();
  go([=] { select(on_send(answer, 1), on_recv(stop.done())); });
  return answer;
}
void right_gives_up(const Context& stop) { with_timeout_inside(stop); }
RecvChan<Unit> closes() {
  auto done = make_chan<Unit>();
  go([done] { done.close(); });
  return done;
}
void right_only_closes() { closes(); }
RecvChan<int> also_received() {
  auto answer = make_chan<int>();
  go([=] { answer.send(compute()); });
  go([=] { use(*answer.recv()); });
  return answer;
}
void right_received_elsewhere() { also_received(); }
int right_main_task() {
  return run([] { later(); });
}
}  // namespace task_result_dropped

// ---- cond-wait-without-predicate ----------------------------------------------------------------------

namespace cond_wait_without_predicate {
struct Queue {
  Mutex mutex_;
  Cond changed_{mutex_};
  std::vector<int> items_;
  void wrong_once() {
    const std::lock_guard guard(mutex_);
    changed_.wait();  // expected-warning {{after this wait the condition may not hold, or no signal may come; wait in a loop or with a predicate [tenter-cond-wait-without-predicate]}}
    items_.pop_back();
  }
  void wrong_if() {
    const std::lock_guard guard(mutex_);
    if (items_.empty()) changed_.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
    items_.pop_back();
  }
  void right_while() {
    const std::lock_guard guard(mutex_);
    while (items_.empty()) changed_.wait();
    items_.pop_back();
  }
  void right_predicate() {
    const std::lock_guard guard(mutex_);
    changed_.wait([this] { return !items_.empty(); });
    items_.pop_back();
  }
  void right_for() {
    const std::lock_guard guard(mutex_);
    for (; items_.empty();) changed_.wait();
  }
  void right_do() {
    const std::lock_guard guard(mutex_);
    do {
      changed_.wait();
    } while (items_.empty());
  }
  void right_endless() {
    const std::lock_guard guard(mutex_);
    for (;;) {
      if (!items_.empty()) return;
      changed_.wait();
    }
  }
  void wrong_task() {
    go([this] {
      const std::lock_guard guard(mutex_);
      changed_.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
    });
  }
  void wrong_task_in_a_loop() {
    for (int i = 0; i < 3; ++i)
      go([this] {
        const std::lock_guard guard(mutex_);
        changed_.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
      });
  }
};
void wrong_reference(Cond& changed) {
  changed.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void wrong_pointer(Cond* changed) {
  changed->wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void wrong_local(bool& ready) {
  Mutex mutex;
  Cond changed(mutex);
  const std::lock_guard guard(mutex);
  if (!ready) {
    log("waiting");
    changed.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
  }
}
void wrong_over_a_reader(RWMutex& mutex, bool& ready) {
  auto readers = mutex.shared_locker();
  Cond changed(readers);
  const std::lock_guard guard(readers);
  if (!ready) changed.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void wrong_after_a_loop(Queue& queue, int n) {
  const std::lock_guard guard(queue.mutex_);
  for (int i = 0; i < n; ++i) use(i);
  queue.changed_.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void wrong_by_member(Queue& queue) {
  const std::lock_guard guard(queue.mutex_);
  queue.changed_.wait();  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void right_reference(Cond& changed, const bool& ready) {
  while (!ready) changed.wait();
}
void right_in_a_task(Queue& queue) {
  go([&queue] {
    const std::lock_guard guard(queue.mutex_);
    while (queue.items_.empty()) queue.changed_.wait();
  });
}
void right_group(WaitGroup& all) { all.wait(); }
void right_future(std::future<int>& later) { later.wait(); }
void wrong_standard(std::mutex& mutex, std::condition_variable& changed) {
  std::unique_lock lock(mutex);
  changed.wait(lock);  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void wrong_any(std::mutex& mutex, std::condition_variable_any& changed, const bool& ready) {
  std::unique_lock lock(mutex);
  if (!ready) changed.wait(lock);  // expected-warning {{[tenter-cond-wait-without-predicate]}}
}
void right_standard(std::mutex& mutex, std::condition_variable& changed, const bool& ready) {
  std::unique_lock lock(mutex);
  while (!ready) changed.wait(lock);
}
void right_standard_predicate(std::mutex& mutex, std::condition_variable& changed, const bool& ready) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return ready; });
}
void right_for_a_time(std::mutex& mutex, std::condition_variable& stop) {
  std::unique_lock lock(mutex);
  stop.wait_for(lock, 1s);
}
// clang-tidy's bugprone-spuriously-wake-up-functions says it.
void right_said_already(std::mutex& mutex, std::condition_variable& changed, const bool& ready) {
  std::unique_lock lock(mutex);
  if (!ready) changed.wait(lock);
}
void right_lambda_with_loop(Queue& queue) {
  const auto wait = [&] {
    while (queue.items_.empty()) queue.changed_.wait();
  };
  wait();
}
}  // namespace cond_wait_without_predicate
