// Tasks that wait for ever, locks, wait groups, and what tasks refer to: wrong functions and right ones.
#include <tenter/tenter.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace tenter;
using namespace std::chrono_literals;

bool failed();
void log(const char* text);
int compute();
template <class F>
struct Finally {
  explicit Finally(F f) : f_(f) {}
  ~Finally() { f_(); }
  F f_;
};

// ---- chan-nil-op, chan-self-deadlock -------------------------------------------------------------------

void wrong_nil_close() {
  Chan<int> c;
  c.close();  // expected-warning {{'c' is the nil channel, which cannot be closed [tenter-chan-nil-op]}}
}
void wrong_nil_send() {
  Chan<int> c;
  c.send(1);  // expected-warning {{'c' is the nil channel, on which this waits for ever}}
}
void wrong_alone() {
  auto c = make_chan<int>();
  c.send(1);  // expected-warning {{nobody else has 'c' yet, so this waits for ever [tenter-chan-self-deadlock]}}
  go([=] { c.recv(); });
}
void wrong_alone_receiving() {
  auto c = make_chan<int>(2);
  c.recv();  // expected-warning {{nobody else has 'c' yet}}
}
void wrong_alone_and_full() {
  auto c = make_chan<int>(1);
  c.send(1);
  c.send(2);  // expected-warning {{nobody else has 'c' yet}}
  c.recv();
}
void right_nil_in_select(RecvChan<int> in) {
  Chan<int> none;
  select(on_recv(none), on_recv(in));
}
void right_nil_replaced() {
  Chan<int> c;
  c = make_chan<int>(1);
  c.send(1);
}
void right_buffered() {
  auto c = make_chan<int>(2);
  c.send(1);
  c.send(2);
  c.recv();
}
void right_other_side_first() {
  auto c = make_chan<int>();
  go([=] { c.recv(); });
  c.send(1);
}
void keep(const Chan<int>& c);
void right_given_away() {
  auto c = make_chan<int>();
  keep(c);
  c.send(1);
}
struct Box {
  Chan<int> c;
};
std::vector<Box> boxes;
void right_stored() {
  auto c = make_chan<int>();
  boxes.push_back(Box{c});
  c.send(1);
}
void right_read_after_close() {
  auto c = make_chan<int>();
  c.close();
  c.recv();
}

Chan<int> fresh() { return make_chan<int>(); }
void wrong_alone_with_a_new_one() {
  auto c = fresh();
  c.recv();  // expected-warning {{nobody else has 'c' yet}}
}
Chan<int> filled() {
  auto c = make_chan<int>(1);
  c.send(1);
  return c;
}
void right_filled_elsewhere() {
  auto c = filled();
  c.recv();
}
struct Shop {
  Chan<int> door;
  Chan<int> open() {
    auto c = make_chan<int>();
    door = c;
    return c;
  }
  void right_kept_by_the_member() {
    auto c = open();
    c.recv();
  }
};

// ---- chan-range-never-closed ---------------------------------------------------------------------------

void wrong_range() {
  auto c = make_chan<int>();  // expected-note {{made here}}
  go([=] { c.send(1); });
  for (int v : c) log(v != 0 ? "a" : "b");  // expected-warning {{this loop never ends, because nobody closes 'c'}}
}
void wrong_range_in_a_task() {
  auto jobs = make_chan<int>(1);                // expected-note {{made here}}
  go([=] {
    for (int job : jobs) log(job != 0 ? "a" : "b");  // expected-warning {{nobody closes 'jobs'}}
  });
  jobs.send(1);
}
void right_range_closed() {
  auto c = make_chan<int>();
  go([=] {
    c.send(1);
    c.close();
  });
  for (int v : c) log(v != 0 ? "a" : "b");
}
void right_range_left() {
  auto c = make_chan<int>();
  go([=] { c.send(1); });
  for (int v : c)
    if (v == 1) break;
}
Chan<int> right_range_returned() {
  auto c = make_chan<int>();
  go([=] {
    for (int v : c) log(v != 0 ? "a" : "b");
  });
  return c;
}
void right_range_in_the_program() {
  run([] {
    auto jobs = make_chan<int>();
    go([=] {
      for (int job : jobs) log(job != 0 ? "a" : "b");
    });
    jobs.send(1);
  });
}
RecvChan<int> numbers() {
  auto c = make_chan<int>();
  go([=] {
    c.send(1);
    c.close();
  });
  return c;
}
void right_range_of_a_generator() {
  for (int v : numbers()) log(v != 0 ? "a" : "b");
}
void wrong_range_of_a_new_one() {
  // expected-warning@+1 {{nobody else has the channel yet}} expected-warning@+1 {{nobody closes the channel}} expected-note@+1 {{made here}}
  for (int v : fresh()) log(v != 0 ? "a" : "b");
}
Chan<int> ended() {
  auto c = make_chan<int>();
  c.close();
  return c;
}
void right_range_of_what_was_closed() {
  auto c = ended();
  for (int v : c) log(v != 0 ? "a" : "b");
}
struct Pump {
  Chan<int> in = make_chan<int>();
  void start() {
    go([this] {
      for (int v : in) log(v != 0 ? "a" : "b");
    });
  }
};

// ---- chan-leaked-sender, chan-leaked-receiver ----------------------------------------------------------

int wrong_timeout() {
  auto answer = make_chan<int>();
  go([=] {  // expected-warning {{this task may wait for ever, because nobody receives from 'answer' on a path to the}}
    answer.send(compute());  // expected-note {{it sends here}}
  });
  int value = 0;
  select(on_recv(answer, [&](int v) { value = v; }), on_recv(after(10ms)));
  return value;  // expected-note {{the function may end here}}
}
int wrong_early_return() {
  auto answer = make_chan<int>();
  go([=] {                   // expected-warning {{nobody receives from 'answer' on a path}}
    answer.send(compute());  // expected-note {{it sends here}}
  });
  if (failed()) return -1;  // expected-note {{the function may end here}}
  return *answer.recv();
}
void wrong_nobody_sends() {
  auto job = make_chan<int>();
  go([=] {       // expected-warning {{nobody sends on 'job'}}
    job.recv();  // expected-note {{it receives here}}
  });
  log("started");
}
int right_timeout_with_room() {
  auto answer = make_chan<int>(1);
  go([=] { answer.send(compute()); });
  int value = 0;
  select(on_recv(answer, [&](int v) { value = v; }), on_recv(after(10ms)));
  return value;
}
int right_sender_can_stop(Context context) {
  auto answer = make_chan<int>();
  go([=] { select(on_send(answer, compute()), on_recv(context.done())); });
  if (failed()) return -1;
  return *answer.recv();
}
int right_received() {
  auto answer = make_chan<int>();
  go([=] { answer.send(compute()); });
  log("meanwhile");
  return *answer.recv();
}
int right_same_condition(bool beside) {
  auto answer = make_chan<int>();
  if (beside) go([=] { answer.send(compute()); });
  if (beside) return *answer.recv();
  return compute();
}
void right_other_task_receives() {
  auto c = make_chan<int>();
  go([=] { c.send(1); });
  go([=] { c.recv(); });
}
void right_receiver_is_told() {
  auto job = make_chan<int>();
  Finally told([&] { job.close(); });
  go([=] { job.recv(); });
  if (failed()) return;
  job.send(1);
}

// ---- task-captures-local -------------------------------------------------------------------------------

void wrong_local() {
  int count = 0;  // expected-note {{declared here}}
  go([&] {        // expected-warning {{the task refers to 'count', which may end before the task does}}
    ++count;
  });
}
void wrong_loop_variable(const std::vector<int>& values) {
  for (int value : values)  // expected-note {{declared here}}
    go([&] {                // expected-warning {{'value'}}
      log(value != 0 ? "a" : "b");
    });
}
void wrong_detached() {
  int count = 0;             // expected-note {{declared here}}
  std::thread worker([&] {   // expected-warning {{the task refers to 'count'}}
    ++count;
  });
  worker.detach();
}
void wrong_slept() {
  int count = 0;  // expected-note {{declared here}}
  go([&] {        // expected-warning {{the task refers to 'count'}}
    ++count;
  });
  sleep_for(100ms);
}
void right_copied() {
  int count = 0;
  go([=] { log(count != 0 ? "a" : "b"); });
}
void right_waited() {
  int count = 0;
  WaitGroup all;
  all.go([&] { ++count; });
  all.wait();
}
void right_answered() {
  int count = 0;
  auto done = make_chan<Unit>();
  go([&] {
    ++count;
    done.send({});
  });
  done.recv();
}
void right_group(const std::vector<int>& values) {
  int sum = 0;
  Mutex mutex;
  TaskGroup group;
  for (const int& value : values)
    group.go([&] {
      const std::lock_guard guard(mutex);
      sum += value;
    });
  group.wait();
}
void right_joined() {
  int count = 0;
  std::thread worker([&] { ++count; });
  worker.join();
}
void right_joined_at_the_end() {
  int count = 0;
  std::jthread worker([&] { ++count; });
}

// ---- lock-double, lock-leaked --------------------------------------------------------------------------

struct Account {
  Mutex mutex_;
  int balance_ = 0;

  void wrong_twice() {
    mutex_.lock();  // expected-note {{locked here}}
    mutex_.lock();  // expected-warning {{'mutex_' is locked twice [tenter-lock-double]}}
    mutex_.unlock();
  }
  void add(int amount) {
    const std::lock_guard guard(mutex_);  // expected-note {{the lock that this call takes}}
    balance_ += amount;
  }
  void wrong_in_a_call() {
    const std::lock_guard guard(mutex_);  // expected-note {{locked here}}
    add(1);                               // expected-warning {{'mutex_' is locked twice}}
  }
  void wrong_leaked(bool bad) {
    mutex_.lock();    // expected-warning {{'mutex_' is still held on a path out of the function}}
    if (bad) return;  // expected-note {{which ends here}}
    mutex_.unlock();
  }
  void right_one_after_the_other() {
    {
      const std::lock_guard guard(mutex_);
      ++balance_;
    }
    add(1);
  }
  void right_unlocked_on_both(bool bad) {
    mutex_.lock();
    if (bad) {
      mutex_.unlock();
      return;
    }
    mutex_.unlock();
  }
  void right_same_condition(bool locking) {
    if (locking) mutex_.lock();
    ++balance_;
    if (locking) mutex_.unlock();
  }
  void right_other_object(Account& other) {
    const std::lock_guard guard(mutex_);
    other.add(1);
  }
  void acquire() { mutex_.lock(); }
  void release() { mutex_.unlock(); }
  void right_in_turns(int n) {
    for (int i = 0; i < n; ++i) {
      mutex_.lock();
      ++balance_;
      mutex_.unlock();
    }
  }
  void right_given_back(std::unique_lock<Mutex>& lock) {
    lock.unlock();
    add(1);
    lock.lock();
  }
  void right_with_unique_lock() {
    std::unique_lock lock(mutex_);
    lock.unlock();
    add(1);
    lock.lock();
  }
};
std::mutex plain_mutex;
void wrong_std_mutex() {
  const std::lock_guard one(plain_mutex);  // expected-note {{locked here}}
  plain_mutex.lock();                      // expected-warning {{'plain_mutex' is locked twice}}
  plain_mutex.unlock();
}
void right_recursive(std::recursive_mutex& mutex) {
  const std::lock_guard one(mutex);
  const std::lock_guard two(mutex);
}

// ---- wg-add-in-task, wg-done-missing -------------------------------------------------------------------

void wrong_add_in_the_task() {
  WaitGroup all;
  go([&] {
    all.add();  // expected-warning {{'all' is added to in the task, which may be after the wait}}
    compute();
    all.done();
  });
  all.wait();  // expected-note {{the wait}}
}
void wrong_without_done(int n) {
  WaitGroup all;
  all.add(1);
  go([&, n] {                // expected-note {{the task is started here}}
    if (n == 0) return;      // expected-warning {{the task returns without the done() on 'all'}}
    compute();
    all.done();  // expected-note {{other paths do it here}}
  });
  all.wait();
}
void right_add_before() {
  WaitGroup all;
  all.add();
  go([&] {
    compute();
    all.done();
  });
  all.wait();
}
void right_done_by_guard(int n) {
  WaitGroup all;
  all.add();
  go([&, n] {
    Finally done([&] { all.done(); });
    if (n == 0) return;
    compute();
  });
  all.wait();
}
void right_nested_add() {
  WaitGroup all;
  all.add();
  go([&] {
    all.add();
    go([&] { all.done(); });
    all.done();
  });
  all.wait();
}

// ---- ctx-lost-cancel, thread-not-joined, select-busy-loop ----------------------------------------------

void watch(Context context);
void wrong_never_cancelled() {
  auto [context, cancel] = with_cancel(background());  // expected-warning {{'cancel' is not called, so the context is never}}
  watch(context);
}
void wrong_not_cancelled_on_a_path() {
  auto [context, cancel] = with_timeout(background(), 1s);  // expected-warning {{'cancel' is not called on a path out of}}
  if (failed()) return;                                     // expected-note {{this path leaves the function without it}}
  watch(context);
  cancel();
}
void right_cancelled() {
  auto [context, cancel] = with_cancel(background());
  watch(context);
  cancel();
}
void right_cancelled_by_guard() {
  auto [context, cancel] = with_cancel(background());
  Finally ending([&cancel = cancel] { cancel(); });
  if (failed()) return;
  watch(context);
}
CancelFunc right_handed_on() {
  auto [context, cancel] = with_cancel(background());
  watch(context);
  return cancel;
}
void wrong_thread() {
  std::thread worker(compute);  // expected-warning {{the thread 'worker' is neither joined nor detached, which ends the}}
  log("started");
}
void wrong_thread_on_a_path() {
  std::thread worker(compute);  // expected-warning {{neither joined nor detached on a path out of the function}}
  if (failed()) return;         // expected-note {{this path leaves the function without it}}
  worker.join();
}
void right_thread() {
  std::thread worker(compute);
  if (failed()) log("failed");
  worker.join();
}
void right_thread_moved(std::vector<std::thread>& threads) {
  std::thread worker(compute);
  threads.push_back(std::move(worker));
}
void wrong_busy(RecvChan<int> in) {
  for (;;) {
    select(on_recv(in, [](int v) { log(v != 0 ? "a" : "b"); }), otherwise());  // expected-warning {{this loop never waits}}
  }
}
void right_busy(RecvChan<int> in) {
  for (;;) {
    select(on_recv(in, [](int v) { log(v != 0 ? "a" : "b"); }), otherwise([] { compute(); }));
  }
}
void right_loop(RecvChan<int> in) {
  while (true) select(on_recv(in, [](int v) { log(v != 0 ? "a" : "b"); }));
}

// ---- not wanted -----------------------------------------------------------------------------------------

void silenced() {
  auto c = make_chan<int>();
  c.close();
  c.close();  // NOLINT(tenter-chan-double-close)
}
void silenced_above() {
  auto c = make_chan<int>();
  c.close();
  // NOLINTNEXTLINE(chan-*)
  c.close();
}
void silenced_for_another() {
  auto c = make_chan<int>();
  c.close();  // expected-note {{closed here}}
  c.close();  // NOLINT(tenter-lock-double) expected-warning {{'c' is closed twice}}
}
TENTER_LINT_ALLOW("chan-double-close") void silenced_function() {
  auto c = make_chan<int>();
  c.close();
  c.close();
}
