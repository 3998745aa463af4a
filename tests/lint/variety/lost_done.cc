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
}  // namespace lost_done
