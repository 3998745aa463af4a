// Each wrong function is only wrong because of what a function of another file does.
#include "units.h"

namespace units {

using tenter::Chan;
using tenter::make_chan;

void finish_near(Chan<int> out) { out.close(); }

void wrong_closed_over_there() {
  auto numbers = make_chan<int>(1);
  finish(numbers);
  numbers.close();  // expected-warning {{'numbers' is closed twice [tenter-chan-double-close]}}
}
void right_closed_over_there() {
  auto numbers = make_chan<int>(1);
  numbers.send(1);
  finish(numbers);
}

void wrong_sent_when_closed_over_there() {
  auto numbers = make_chan<int>(1);
  finish(numbers);
  numbers.send(1);  // expected-warning {{a value is sent on 'numbers', which is closed [tenter-chan-send-after-close]}}
}
void right_sent_before() {
  auto numbers = make_chan<int>(1);
  numbers.send(1);
  look_at(numbers);
  numbers.close();
}

void wrong_sent_over_there() {
  auto numbers = make_chan<int>(1);
  numbers.close();
  tell(numbers, 1);  // expected-warning {{[tenter-chan-send-after-close]}}
}
void right_sent_over_there() {
  auto numbers = make_chan<int>(1);
  tell(numbers, 1);
  numbers.close();
}

void wrong_two_files_away() {
  auto numbers = make_chan<int>(1);
  finish_by_third(numbers);
  numbers.close();  // expected-warning {{[tenter-chan-double-close]}}
}
void right_two_files_away() {
  auto numbers = make_chan<int>(1);
  finish_by_third(numbers);
  numbers.recv();
}

void wrong_under_another_name() {
  auto numbers = make_chan<int>(1);
  auto others = same(numbers);
  others.close();
  numbers.close();  // expected-warning {{[tenter-chan-double-close]}}
}
void right_under_another_name(bool two) {
  auto numbers = make_chan<int>(1);
  auto others = two ? make_chan<int>(1) : same(numbers);
  others.close();
  if (two) numbers.close();
}

void wrong_made_over_there() {
  auto numbers = made_elsewhere();
  numbers.recv();  // expected-warning {{nobody else has 'numbers' yet, so this waits for ever [tenter-chan-self-deadlock]}}
}
void right_made_over_there() {
  auto numbers = made_elsewhere();
  tenter::go([numbers] { numbers.send(1); });
  numbers.recv();
}

int wrong_nobody_closes() {
  auto numbers = make_chan<int>();
  tenter::go([numbers] { numbers.send(1); });
  look_at(numbers);
  int sum = 0;
  for (const int each : numbers) sum += each;  // expected-warning {{nobody closes 'numbers' [tenter-chan-range-never-closed]}}
  return sum;
}
int right_somebody_closes() {
  auto numbers = make_chan<int>();
  tenter::go([numbers] {
    numbers.send(1);
    finish(numbers);
  });
  look_at(numbers);
  int sum = 0;
  for (const int each : numbers) sum += each;
  return sum;
}
int right_somebody_may_close() {
  auto numbers = make_chan<int>();
  tenter::go([numbers] { numbers.send(1); });
  keep(numbers);
  int sum = 0;
  for (const int each : numbers) sum += each;
  return sum;
}

void wrong_task_over_there_closes() {
  auto numbers = make_chan<int>(1);
  start_closer(numbers);
  numbers.close();  // expected-warning {{[tenter-chan-double-close]}}
}
void right_task_over_there_closes() {
  auto numbers = make_chan<int>(1);
  start_closer(numbers);
  numbers.recv();
}

void wrong_function_over_there_as_task() {
  auto numbers = make_chan<int>(1);
  tenter::go(close_as_task, numbers);
  numbers.close();  // expected-warning {{[tenter-chan-double-close]}}
}
void right_function_over_there_as_task() {
  auto numbers = make_chan<int>(1);
  tenter::go(close_as_task, numbers);
  for (const int each : numbers) static_cast<void>(each);
}

void wrong_task_without_done(bool nothing_to_do) {
  tenter::WaitGroup group;
  group.add(1);
  tenter::go(work, std::ref(group), nothing_to_do);  // expected-warning {{returns without the done() on 'group' [tenter-wg-done-missing]}}
  group.wait();
}
void right_task_with_done() {
  tenter::WaitGroup group;
  group.add(1);
  tenter::go(done_as_task, std::ref(group));
  group.wait();
}

void wrong_sender_over_there_waits() {
  auto numbers = make_chan<int>();
  tenter::go([numbers] { tell(numbers, 1); });  // expected-warning {{nobody receives from 'numbers' [tenter-chan-leaked-sender]}}
}
void right_sender_over_there_waits() {
  auto numbers = make_chan<int>();
  tenter::go([numbers] { tell(numbers, 1); });
  numbers.recv();
}

void wrong_round_the_circle() {
  auto numbers = make_chan<int>(1);
  relay(numbers);
  numbers.close();  // expected-warning {{[tenter-chan-double-close]}}
}
void right_round_the_circle() {
  auto numbers = make_chan<int>(1);
  numbers.send(1);
  relay(numbers);
}

// Whether it is closed in the end is the business of two functions that call each other.
void right_recursion() {
  auto numbers = make_chan<int>(1);
  count_down(3, numbers);
  numbers.recv();
}
void right_on_one_path(bool failed) {
  auto numbers = make_chan<int>(1);
  finish_if(failed, numbers);
  if (!failed) numbers.close();
}

void wrong_member_closed_twice() {
  Store store;
  store.stop();
  store.stop();  // expected-warning {{[tenter-chan-double-close]}}
}
void right_members_of_two() {
  Store store, other;
  store.stop();
  other.stop();
}

void Store::wrong_put_twice(int value) {
  const std::lock_guard guard(mutex_);
  put(value);  // expected-warning {{'mutex_' is locked twice [tenter-lock-double]}}
}
void Store::right_put_twice(int value) {
  const std::lock_guard guard(mutex_);
  put_locked(value);
  put_locked(value);
}

}  // namespace units
