// checks: -*,task-loop-variable,task-shared-write,sleep-for-sync
// Variables that a task and whoever started it use, with something between the two uses and with nothing.
#include "common.h"

#include <atomic>
#include <cstdio>
#include <future>

// ---- task-loop-variable -------------------------------------------------------------------------------

namespace task_loop_variable {
void wrong_counter(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([&] { use(i); });  // expected-warning {{the task refers to the loop variable 'i', which the next turn of the loop changes [tenter-task-loop-variable]}}
  all.wait();
}
void right_counter(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([i] { use(i); });
  all.wait();
}
void wrong_declared_before(int n) {
  WaitGroup all;
  int i = 0;
  for (i = 0; i < n; ++i) all.go([&i] { use(i); });  // expected-warning {{'i'}}
  all.wait();
}
void wrong_range(const std::vector<int>& values) {
  WaitGroup all;
  for (const int value : values)
    all.go([&] { use(value); });  // expected-warning {{the task refers to the loop variable 'value', which ends with this turn}}
  all.wait();
}
void right_range_by_reference(const std::vector<std::string>& lines) {
  WaitGroup all;
  for (const std::string& line : lines) all.go([&line] { log(line); });
  all.wait();
}
void wrong_index(std::vector<int>& results) {
  WaitGroup all;
  for (std::size_t i = 0; i < results.size(); ++i)
    all.go([&] { results[i] = compute(); });  // expected-warning {{'i'}}
  all.wait();
}
void right_index(std::vector<int>& results) {
  WaitGroup all;
  for (std::size_t i = 0; i < results.size(); ++i) all.go([&, i] { results[i] = compute(); });
  all.wait();
}
void wrong_threads(int n) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    std::thread worker([&i] { use(i); });  // expected-warning {{'i'}}
    threads.push_back(std::move(worker));
  }
  for (std::thread& each : threads) each.join();
}
void right_threads(int n) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back([i] { use(i); });
  for (std::thread& each : threads) each.join();
}
void wrong_map(const std::map<std::string, int>& all) {
  TaskGroup group;
  for (const auto entry : all) group.go([&entry] { use(entry.second); });  // expected-warning {{'entry'}}
  group.wait();
}
void wrong_by_ref(int n) {
  for (int i = 0; i < n; ++i) go([](int& of) { use(of); }, std::ref(i));  // expected-warning {{'i'}}
}
void wrong_named(int n) {
  WaitGroup all;
  for (int i = 0; i < n; i += 2) {
    const auto job = [&i] { use(i); };
    all.go(job);  // expected-warning {{'i'}}
  }
  all.wait();
}
void wrong_nested(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) all.go([&, i] { use(i + j); });  // expected-warning {{'j'}}
  all.wait();
}
void wrong_outer(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) all.go([&, j] { use(i + j); });  // expected-warning {{'i'}}
  all.wait();
}
void right_waits_each_turn(int n) {
  for (int i = 0; i < n; ++i) {
    WaitGroup one;
    one.go([&] { use(i); });
    one.wait();
  }
}
void right_copy_of_it(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) all.go([i = i + 1] { use(i); });
  all.wait();
}
void right_called_at_once(int n) {
  for (int i = 0; i < n; ++i) {
    const auto job = [&i] { use(i); };
    job();
  }
}
void right_argument(int n) {
  WaitGroup all;
  all.add(n);
  for (int i = 0; i < n; ++i)
    go([&all](int of) { use(of); all.done(); }, i);
  all.wait();
}
void right_joined_in_turn(int n) {
  for (int i = 0; i < n; ++i) {
    std::jthread worker([&] { use(i); });
  }
}
void right_answered(int n) {
  auto seen = make_chan<Unit>();
  for (int i = 0; i < n; ++i) {
    go([&i, seen] {
      use(i);
      seen.send({});
    });
    seen.recv();
  }
}
}  // namespace task_loop_variable

// ---- task-shared-write --------------------------------------------------------------------------------

namespace task_shared_write {
void wrong_both_count() {
  int n = 0;
  WaitGroup all;
  all.go([&] { ++n; });
  ++n;  // expected-warning {{'n' is used here beside a task, and nothing orders the two [tenter-task-shared-write]}}
  all.wait();
}
void right_counts_after() {
  int n = 0;
  WaitGroup all;
  all.go([&] { ++n; });
  all.wait();
  ++n;
}
void wrong_reads() {
  int n = 0;
  WaitGroup all;
  all.go([&n] { n = 5; });
  use(n);  // expected-warning {{'n'}}
  all.wait();
}
void right_both_read() {
  int n = 5, twice = 0;
  WaitGroup all;
  all.go([&] { twice = 2 * n; });
  use(n);
  all.wait();
  use(twice);
}
void wrong_all_tasks(int times) {
  int sum = 0;
  WaitGroup all;
  for (int i = 0; i < times; ++i) all.go([&sum, i] { sum += i; });  // expected-warning {{the tasks that are started here all change 'sum', and nothing orders them}}
  all.wait();
  use(sum);
}
void right_locked(int times) {
  int sum = 0;
  Mutex mutex;
  WaitGroup all;
  for (int i = 0; i < times; ++i)
    all.go([&, i] {
      const std::lock_guard guard(mutex);
      sum += i;
    });
  all.wait();
  use(sum);
}
void right_atomic(int times) {
  std::atomic<int> sum = 0;
  WaitGroup all;
  for (int i = 0; i < times; ++i) all.go([&, i] { sum += i; });
  all.wait();
  use(sum);
}
void wrong_two_tasks() {
  bool done = false;
  WaitGroup all;
  all.go([&] { done = true; });
  all.go([&] { if (done) log("done"); });  // expected-warning {{'done'}}
  all.wait();
}
void right_two_tasks_in_turn() {
  bool done = false;
  WaitGroup first, second;
  first.go([&] { done = true; });
  first.wait();
  second.go([&] { if (done) log("done"); });
  second.wait();
}
void wrong_vector(int times) {
  std::vector<int> found;
  WaitGroup all;
  for (int i = 0; i < times; ++i) all.go([&, i] { found.push_back(i); });  // expected-warning {{'found'}}
  all.wait();
}
void right_elements(std::size_t times) {
  std::vector<int> found(times);
  WaitGroup all;
  for (std::size_t i = 0; i < times; ++i) all.go([&, i] { found[i] = compute(); });
  all.wait();
}
void wrong_map() {
  std::map<int, int> known;
  TaskGroup group;
  group.go([&] { known[1] = 1; });
  known[2] = 2;  // expected-warning {{'known'}}
  group.wait();
}
void wrong_thread() {
  int n = 0;
  std::thread worker([&] { n = 1; });
  n = 2;  // expected-warning {{'n'}}
  worker.join();
}
void wrong_joining_thread() {
  int n = 0;
  std::jthread worker([&] { n = 1; });
  n = 2;  // expected-warning {{'n'}}
}
void right_joined_thread() {
  int n = 0;
  std::jthread worker([&] { n = 1; });
  worker.join();
  n = 2;
}
void wrong_future() {
  int n = 0;
  auto later = std::async(std::launch::async, [&] { n = 1; });
  n = 2;  // expected-warning {{'n'}}
  later.wait();
}
void right_future() {
  int n = 0;
  auto later = std::async(std::launch::async, [&] { n = 1; });
  later.get();
  n = 2;
}
void right_deferred() {
  int n = 0;
  auto later = std::async(std::launch::deferred, [&] { n = 1; });
  n = 2;
  later.get();
}
void right_dropped_future() {
  int n = 0;
  static_cast<void>(std::async(std::launch::async, [&] { n = 1; }));
  n = 2;
}
int served = 0;
void wrong_global() {
  go([] { ++served; });
  use(served);  // expected-warning {{'served'}}
}
class Counter {
 public:
  void wrong_member() {
    tasks_.go([this] { ++count_; });
    ++count_;  // expected-warning {{'count_'}}
    tasks_.wait();
  }
  void right_member() {
    tasks_.go([this] { ++count_; });
    tasks_.wait();
    ++count_;
  }
  void right_another_member() {
    tasks_.go([this] { ++count_; });
    ++others_;
    tasks_.wait();
  }

 private:
  WaitGroup tasks_;
  int count_ = 0, others_ = 0;
};
void wrong_reference(int& n) {
  WaitGroup all;
  all.go([&] { n = 1; });
  n = 2;  // expected-warning {{'n'}}
  all.wait();
}
void wrong_string() {
  std::string text;
  WaitGroup all;
  all.go([&] { text += "a"; });
  text += "b";  // expected-warning {{'text'}}
  all.wait();
}
void wrong_by_ref() {
  int total = 0;
  WaitGroup all;
  all.add(1);
  go([&all](int& to) { to = 1; all.done(); }, std::ref(total));
  use(total);  // expected-warning {{'total'}}
  all.wait();
}
void right_copy() {
  int n = 0;
  WaitGroup all;
  all.go([n]() mutable { use(++n); });
  ++n;
  all.wait();
}
void right_waits_for_the_start() {
  int n = 0;
  auto start = make_chan<Unit>();
  WaitGroup all;
  all.go([&, start] {
    start.recv();
    ++n;
  });
  ++n;
  start.send({});
  all.wait();
}
void right_one_at_a_time(int times) {
  int sum = 0;
  TaskGroup group;
  group.set_limit(1);
  for (int i = 0; i < times; ++i) group.go([&, i] { sum += i; });
  group.wait();
}
// Whether the lock is taken is for the caller to know.
void right_locked_on_a_path(Mutex& mutex, bool locks) {
  int n = 0;
  const auto count = [&] {
    if (locks) mutex.lock();
    ++n;
    if (locks) mutex.unlock();
  };
  std::thread other(count);
  ++n;
  other.join();
}
template <class F>
void count_after(F start) {
  int n = 0;
  std::thread other([&] {
    start();
    n = 2;
  });
  n = 1;
  other.join();
}
void right_waits_in_a_lambda(RecvChan<Unit> begin) {
  count_after([&] { begin.recv(); });
}
void right_waits_in_a_call(std::FILE* file) {
  char line[16];
  count_after([&] { use(std::fgets(line, 16, file) != nullptr); });
}
void right_own_variable() {
  WaitGroup all;
  for (int i = 0; i < 3; ++i)
    all.go([] {
      int n = 0;
      use(++n);
    });
  all.wait();
}
void right_results_of_their_own() {
  int left = 0, right = 0;
  WaitGroup all;
  all.go([&] { left = compute(); });
  all.go([&] { right = compute(); });
  all.wait();
  use(left + right);
}
}  // namespace task_shared_write

// ---- sleep-for-sync -----------------------------------------------------------------------------------

namespace sleep_for_sync {
void wrong_sleeps() {
  static int result = 0;
  go([] { result = compute(); });
  sleep_for(50ms);  // expected-warning {{a sleep does not order the use of 'result' after the task's [tenter-sleep-for-sync]}}
  use(result);
}
void right_waits() {
  int result = 0;
  WaitGroup all;
  all.go([&] { result = compute(); });
  all.wait();
  use(result);
}
bool ready = false;
void wrong_thread() {
  std::thread worker([] {
    log("starting");
    ready = true;
  });
  std::this_thread::sleep_for(1s);  // expected-warning {{'ready'}}
  if (!ready) log("late");
  worker.join();
}
void right_joined() {
  std::thread worker([] { ready = true; });
  worker.join();
  std::this_thread::sleep_for(1s);
  if (!ready) log("late");
}
void wrong_before_the_wait() {
  int result = 0;
  WaitGroup all;
  all.go([&] { result = compute(); });
  sleep_for(1ms);  // expected-warning {{'result'}}
  use(result);
  all.wait();
}
void wrong_until() {
  int result = 0;
  WaitGroup all;
  all.go([&] { result = compute(); });
  sleep_until(now() + 1ms);  // expected-warning {{'result'}}
  use(result);
  all.wait();
}
class Server {
 public:
  void wrong_start() {
    tasks_.go([this] { port_ = compute(); });
    sleep_for(10ms);  // expected-warning {{'port_'}}
    use(port_);
    tasks_.wait();
  }
  void right_start() {
    tasks_.go([this] { port_ = compute(); });
    sleep_for(10ms);
    tasks_.wait();
    use(port_);
  }

 private:
  WaitGroup tasks_;
  int port_ = 0;
};
void wrong_list() {
  std::vector<std::string> lines;
  WaitGroup all;
  all.go([&] { lines.push_back(std::to_string(compute())); });
  sleep_for(10ms);  // expected-warning {{'lines'}}
  use(static_cast<int>(lines.size()));
  all.wait();
}
void wrong_text() {
  std::string text;
  WaitGroup all;
  all.go([&] { text = std::to_string(compute()); });
  sleep_for(10ms);  // expected-warning {{'text'}}
  log(text);
  all.wait();
}
void wrong_future() {
  int result = 0;
  auto later = std::async(std::launch::async, [&] { result = compute(); });
  std::this_thread::sleep_for(1s);  // expected-warning {{'result'}}
  use(result);
}
void wrong_on_a_path(bool hurry) {
  int result = 0;
  std::jthread worker([&] { result = compute(); });
  if (!hurry) sleep_for(1s);  // expected-warning {{'result'}}
  use(result);
}
void wrong_stops_it() {
  static bool stop = false;
  go([] { if (stop) log("stopped"); });
  sleep_for(1s);  // expected-warning {{'stop'}}
  stop = true;  // expected-warning {{'stop' is used here beside a task}}
}
void right_sleeps_before() {
  int result = 0;
  sleep_for(1ms);
  WaitGroup all;
  all.go([&] { result = compute(); });
  all.wait();
  use(result);
}
void right_sleeps_for_no_task() {
  int result = compute();
  sleep_for(1ms);
  use(result);
}
void right_uses_something_else() {
  int result = 0, other = 0;
  WaitGroup all;
  all.go([&] { result = compute(); });
  sleep_for(1ms);
  use(other);
  all.wait();
  use(result);
}
void right_both_read() {
  const int size = compute();
  WaitGroup all;
  all.go([&] { use(size); });
  sleep_for(1ms);
  use(size);
  all.wait();
}
void right_answered() {
  int result = 0;
  auto done = make_chan<Unit>();
  go([&, done] {
    result = compute();
    done.close();
  });
  sleep_for(1ms);
  done.recv();
  use(result);
}
void right_atomic() {
  std::atomic<int> result = 0;
  WaitGroup all;
  all.go([&] { result = compute(); });
  sleep_for(1ms);
  use(result);
  all.wait();
}
void right_locked() {
  int result = 0;
  Mutex mutex;
  WaitGroup all;
  all.go([&] {
    const std::lock_guard guard(mutex);
    result = compute();
  });
  sleep_for(1ms);
  {
    const std::lock_guard guard(mutex);
    use(result);
  }
  all.wait();
}
void right_sleeps_after() {
  int result = 0;
  WaitGroup all;
  all.go([&] { result = compute(); });
  all.wait();
  use(result);
  sleep_for(1ms);
}
void right_in_the_task() {
  int result = 0;
  WaitGroup all;
  all.go([&] {
    sleep_for(1ms);
    result = compute();
  });
  all.wait();
  use(result);
}
}  // namespace sleep_for_sync
