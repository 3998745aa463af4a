// Wait groups that are waited for and never counted down, in the shapes that programs have.
#include "common.h"

void hand_over(WaitGroup& all);

// ---- wg-done-missing ----------------------------------------------------------------------------------

namespace lost_done {
void wrong_task_forgets() {
  WaitGroup all;
  all.add(1);
  go([] { compute(); });
  all.wait();  // expected-warning {{this waits for ever, because nobody calls done() on 'all' [tenter-wg-done-missing]}}
}
void right_task_remembers() {
  WaitGroup all;
  all.add(1);
  go([&] {
    compute();
    all.done();
  });
  all.wait();
}
void wrong_in_a_loop(int n) {
  WaitGroup all;
  for (int i = 0; i < n; ++i) {
    all.add();
    go([i] { use(i); });
  }
  all.wait();  // expected-warning {{nobody calls done() on 'all'}}
}
void right_by_the_group(int n) {
  WaitGroup all;
  all.add(1);
  for (int i = 0; i < n; ++i) all.go([i] { use(i); });
  all.done();
  all.wait();
}
void wrong_waited_for_in_a_task() {
  WaitGroup ready;
  ready.add(1);
  std::thread waiting([&ready] { ready.wait(); });
  ready.wait();  // expected-warning {{nobody calls done() on 'ready'}}
  waiting.join();
}
void right_renamed_in_the_task() {
  WaitGroup all;
  all.add(1);
  go([&group = all] { group.done(); });
  all.wait();
}
void right_by_pointer() {
  WaitGroup all;
  all.add(1);
  go([group = &all] { group->done(); });
  all.wait();
}
void wrong_after_a_check(bool wait) {
  WaitGroup all;
  all.add(2);
  if (!wait) return;
  all.wait();  // expected-warning {{nobody calls done() on 'all'}}
}
void right_on_another_path(bool wait) {
  WaitGroup all;
  if (!wait) {
    all.add(1);
    return;
  }
  all.wait();
}
void right_waited_for_before() {
  WaitGroup all;
  all.wait();
  all.add(1);
}
void right_by_a_function() {
  WaitGroup all;
  all.add(1);
  hand_over(all);
  all.wait();
}
void right_taken_back() {
  WaitGroup all;
  all.add(1);
  all.add(-1);
  all.wait();
}
// It may be none.
void right_of_a_number(int n) {
  WaitGroup all;
  all.add(n);
  all.wait();
}
void wrong_one_of_two() {
  WaitGroup first, second;
  first.add(1);
  second.add(1);
  go([&] { first.done(); });
  first.wait();
  second.wait();  // expected-warning {{nobody calls done() on 'second'}}
}
void wrong_renamed_and_forgotten() {
  WaitGroup all;
  WaitGroup& group = all;
  group.add(1);
  go([&waited = group] { waited.wait(); });
  all.wait();  // expected-warning {{nobody calls done() on 'all'}}
}
void wrong_by_pointer() {
  WaitGroup all;
  all.add(1);
  go([group = &all] { group->wait(); });
  all.wait();  // expected-warning {{nobody calls done() on 'all'}}
}
void right_other_pointer(WaitGroup& other) {
  WaitGroup all;
  all.add(1);
  WaitGroup* group = &other;
  group = &all;
  go([group] { group->done(); });
  all.wait();
}
void wrong_once_of_twice() {
  WaitGroup all;
  all.add(2);
  go([&] { all.done(); });
  all.wait();  // expected-warning {{done() on 'all' is called less often than was added}}
}
void right_twice_of_twice() {
  WaitGroup all;
  all.add(2);
  go([&] { all.done(); });
  go([&] { all.done(); });
  all.wait();
}
void right_as_often_as_it_runs(int n) {
  WaitGroup all;
  all.add(2);
  for (int i = 0; i < n; ++i) go([&] { all.done(); });
  all.wait();
}
void right_called_by_name() {
  WaitGroup all;
  all.add(2);
  const auto finish = [&] { all.done(); };
  go(finish);
  go(finish);
  all.wait();
}
void wrong_group_and_itself(int n) {
  WaitGroup all;
  all.add(1);
  for (int i = 0; i < n; ++i) all.go([i] { use(i); });
  all.wait();  // expected-warning {{nobody calls done() on 'all'}}
}
void wrong_nested() {
  WaitGroup all;
  all.add(1);
  go([&] {
    all.add(1);
    go([&] { all.done(); });
  });
  all.wait();  // expected-warning {{is called less often than was added}}
}
// A path on which the only task that could call done() does not.
void wrong_only_if_it_works(const std::string& line) {
  WaitGroup all;
  all.add(1);
  go([&all, line] {
    if (const auto parsed = parse(line)) {
      log(*parsed);
      all.done();
    }
  });  // expected-warning {{the task ends without the done() on 'all' on a path}}
  all.wait();
}
void wrong_each_in_its_turn(const std::vector<std::string>& lines) {
  WaitGroup all;
  for (const std::string& line : lines) {
    all.add(1);
    go([&all, line] {
      if (!line.empty()) all.done();
    });  // expected-warning {{the task ends without the done() on 'all'}}
  }
  all.wait();
}
void right_the_last_of_them(int n) {
  WaitGroup all;
  all.add(1);
  auto left = std::make_shared<std::atomic<int>>(n);
  for (int i = 0; i < n; ++i)
    go([&all, left] {
      if (--*left == 0) all.done();
    });
  all.wait();
}
void right_either_of_two(bool first) {
  WaitGroup all;
  all.add(1);
  go([&all, first] {
    if (first) all.done();
  });
  go([&all, first] {
    if (!first) all.done();
  });
  all.wait();
}
void right_only_if_counted(int n) {
  WaitGroup all;
  if (n > 0) {
    all.add(1);
    go([&all, n] {
      if (n > 0) all.done();
    });
  }
  all.wait();
}
void right_handed_to_another_task(bool slow) {
  WaitGroup all;
  all.add(1);
  go([&all, slow] {
    if (slow) {
      go([&all] {
        compute();
        all.done();
      });
    } else {
      all.done();
    }
  });
  all.wait();
}
void right_handed_on_and_returned(bool slow) {
  WaitGroup all;
  all.add(1);
  go([&all, slow] {
    if (slow) {
      go([&all] { all.done(); });
      return;
    }
    all.done();
  });
  all.wait();
}
}  // namespace lost_done
