// What tasks refer to and outlive, and channel variables that change beneath them, in the shapes that programs have.
#include "common.h"

#include <future>

// ---- task-captures-local ------------------------------------------------------------------------------

namespace task_captures_local {
void wrong_default_capture() {
  std::string text = "a";
  go([&] { log(text); });  // expected-warning {{the task refers to 'text', which may end before the task does [tenter-task-captures-local]}}
}
void right_copy() {
  std::string text = "a";
  go([text] { log(text); });
}
void wrong_named_capture(int n) {
  std::vector<int> results(3);
  go([&results, n] { results[0] = n; });  // expected-warning {{'results'}}
}
void wrong_counter(int n) {
  for (int i = 0; i < n; ++i) go([&] { use(i); });  // expected-warning {{'i'}}
}
void right_counter(int n) {
  for (int i = 0; i < n; ++i) go([i] { use(i); });
}
void wrong_range(const std::map<std::string, int>& all) {
  for (const auto entry : all)
    go([&] { use(entry.second); });  // expected-warning {{'entry'}}
}
// The element belongs to the caller, and whether it lives long enough is not known here.
void right_range_by_reference(const std::map<std::string, int>& all) {
  for (const auto& entry : all) go([&] { use(entry.second); });
}
void wrong_early_return(bool wait) {
  int sum = 0;
  WaitGroup all;
  all.go([&] { sum += compute(); });  // expected-warning {{'sum'}}
  if (!wait) return;
  all.wait();
  use(sum);
}
void right_waited(bool wait) {
  int sum = 0;
  WaitGroup all;
  all.go([&sum] { sum += compute(); });
  if (!wait) log("waiting");
  all.wait();
  use(sum);
}
void wrong_parameter(int value) {
  go([&value] { use(value); });  // expected-warning {{'value'}}
}
void wrong_detached_thread() {
  bool ready = false;
  std::thread worker([&ready] { ready = true; });  // expected-warning {{'ready'}}
  worker.detach();
}
void right_joined_thread() {
  bool ready = false;
  std::thread worker([&ready] { ready = true; });
  worker.join();
  use(ready);
}
void wrong_inner_block() {
  WaitGroup all;
  {
    int part = compute();
    all.go([&part] { use(part); });  // expected-warning {{'part'}}
  }
  all.wait();
}
void right_inner_block() {
  WaitGroup all;
  int part = 0;
  {
    part = compute();
    all.go([&part] { use(part); });
  }
  all.wait();
}
void wrong_named_lambda() {
  int calls = 0;
  const auto count = [&calls] { ++calls; };
  go(count);  // expected-warning {{'calls'}}
}
struct Fetcher {
  int timeout_ = 1;
  void wrong_fetch(const std::string& key) {
    std::string value;
    go([&, key] { value = key; });  // expected-warning {{'value'}}
  }
  int right_fetch(const std::string& key) {
    auto answer = make_chan<std::string>(1);
    go([=] { answer.send(key); });
    return static_cast<int>(answer.recv()->size());
  }
  void right_only_this() {
    go([this] { use(timeout_); });
  }
};
void wrong_slept_for_it() {
  int done = 0;
  go([&] { done = 1; });  // expected-warning {{'done'}}
  sleep_for(50ms);
}
template <class T>
void wrong_template(T value) {
  T copy = value;
  go([&copy] { static_cast<void>(copy); });  // expected-warning {{'copy'}}
}
void with_template() { wrong_template(1); }
void wrong_reference_wrapper() {
  int total = 0;
  go([](int& to) { to = compute(); }, std::ref(total));  // expected-warning {{'total'}}
}
void wrong_address() {
  int total = 0;
  go([](int* to) { *to = compute(); }, &total);  // expected-warning {{'total'}}
}
void right_reference_wrapper() {
  int total = 0;
  WaitGroup all;
  all.add(1);
  go([&all](int& to) { to = compute(); all.done(); }, std::ref(total));
  all.wait();
}
// Programs that have no std::atomic wait like this.
void spin_until(int* flag) {
  while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) == 0) {}
}
void right_spins() {
  int total = 0, done = 0;
  std::thread worker([&] {
    total = compute();
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
  });
  spin_until(&done);
  worker.detach();
}
void right_static() {
  static int total = 0;
  go([&] { total = compute(); });
}
void right_shared() {
  auto total = std::make_shared<int>(0);
  go([total] { *total = compute(); });
}
int right_answered() {
  int total = 0;
  auto done = make_chan<Unit>();
  go([&, done] {
    total = compute();
    done.close();
  });
  done.recv();
  return total;
}
void right_task_group(const std::vector<int>& values) {
  std::vector<int> results(values.size());
  TaskGroup group;
  for (std::size_t i = 0; i < values.size(); ++i) group.go([&, i] { results[i] = compute(values[i]); });
  group.wait();
}
void right_future() {
  int total = 0;
  auto later = std::async(std::launch::async, [&] { total = compute(); });
  later.wait();
}
int right_main_task() {
  return run([] {
    int total = 0;
    go([&] { total = compute(); });
    return total;
  });
}
}  // namespace task_captures_local

// ---- chan-handle-reassigned ---------------------------------------------------------------------------

namespace chan_handle_reassigned {
void wrong_replaced() {
  auto in = make_chan<int>(1);
  WaitGroup all;
  all.go([&in] { in.recv(); });
  in = make_chan<int>(2);  // expected-warning {{the variable 'in' is replaced while a task may use it [tenter-chan-handle-reassigned]}}
  all.wait();
}
void right_replaced_after() {
  auto in = make_chan<int>(1);
  WaitGroup all;
  all.go([&in] { in.try_recv(); });
  all.wait();
  in = make_chan<int>(2);
}
void wrong_made_nil() {
  auto in = make_chan<int>(1);
  WaitGroup all;
  all.go([&] { in.try_recv(); });
  in = {};  // expected-warning {{[tenter-chan-handle-reassigned]}}
  all.wait();
}
void wrong_on_a_path(bool fresh) {
  auto in = make_chan<int>(1);
  WaitGroup all;
  all.go([&] { in.try_recv(); });
  if (fresh) in = make_chan<int>();  // expected-warning {{[tenter-chan-handle-reassigned]}}
  all.wait();
}
void wrong_in_turns(int n) {
  WaitGroup all;
  Chan<int> in = make_chan<int>(1);
  for (int i = 0; i < n; ++i) {
    all.go([&in] { in.try_recv(); });
    in = make_chan<int>(1);  // expected-warning {{[tenter-chan-handle-reassigned]}}
  }
  all.wait();
}
void right_in_turns(int n) {
  for (int i = 0; i < n; ++i) {
    WaitGroup all;
    Chan<int> in = make_chan<int>(1);
    all.go([&in] { in.try_recv(); });
    all.wait();
    in = make_chan<int>(1);
  }
}
void wrong_parameter(Chan<int> out) {
  WaitGroup all;
  all.go([&out] { out.try_send(1); });
  out = make_chan<int>(1);  // expected-warning {{'out'}}
  all.wait();
}
void wrong_thread(Chan<int> out) {
  std::thread worker([&out] { out.try_send(1); });
  out = Chan<int>();  // expected-warning {{'out'}}
  worker.join();
}
void wrong_called_by_name() {
  auto in = make_chan<int>(1);
  const auto receive = [&in] { in.try_recv(); };
  WaitGroup all;
  all.go(receive);
  in = make_chan<int>(1);  // expected-warning {{'in'}}
  all.wait();
}
void wrong_assigned_another(Chan<int> other) {
  auto in = make_chan<int>(1);
  WaitGroup all;
  all.go([&] { in.try_recv(); });
  in = other;  // expected-warning {{'in'}}
  all.wait();
}
void wrong_moved(Chan<int> other) {
  auto in = make_chan<int>(1);
  WaitGroup all;
  all.go([&] { in.try_recv(); });
  in = std::move(other);  // expected-warning {{'in'}}
  all.wait();
}
void wrong_in_a_group(Chan<int> other) {
  auto in = make_chan<int>(1);
  TaskGroup group;
  group.go([&] { in.try_recv(); });
  in = other;  // expected-warning {{'in'}}
  group.wait();
}
void right_copied_into_the_task(Chan<int> other) {
  auto in = make_chan<int>(1);
  go([in] { in.try_recv(); });
  in = other;
}
void right_before(Chan<int> other) {
  Chan<int> in;
  in = other;
  go([in] { in.try_recv(); });
}
void right_answered_first(Chan<int> other) {
  auto in = make_chan<int>(1);
  auto done = make_chan<Unit>();
  go([&, done] {
    in.try_recv();
    done.send({});
  });
  done.recv();
  in = other;
}
void right_another_variable(Chan<int> other) {
  auto in = make_chan<int>(1), out = make_chan<int>(1);
  WaitGroup all;
  all.go([&in] { in.try_recv(); });
  out = other;
  all.wait();
  out.try_send(1);
}
void right_joined(Chan<int> other) {
  auto in = make_chan<int>(1);
  std::thread worker([&] { in.try_recv(); });
  worker.join();
  in = other;
}
void right_own_variable() {
  go([] {
    auto in = make_chan<int>(1);
    in = make_chan<int>(2);
    in.send(1);
  });
}
void right_capture_of_its_own(Chan<int> other) {
  auto in = make_chan<int>(1);
  go([mine = in] { mine.try_recv(); });
  in = other;
}
void right_called_here(Chan<int> other) {
  auto in = make_chan<int>(1);
  const auto look = [&in] { in.try_recv(); };
  look();
  in = other;
}
}  // namespace chan_handle_reassigned
