// Pairs of functions that take two locks, in different orders and in the same, in the shapes that programs have.
// checks: -*,lock-order-cycle,possible
#include "common.h"

// ---- lock-order-cycle ---------------------------------------------------------------------------------

namespace lock_order_cycle {
class Accounts {
 public:
  void wrong_deposit(int amount) {
    const std::lock_guard book(book_);
    const std::lock_guard vault(vault_);  // expected-warning {{'lock_order_cycle::Accounts::vault_' is locked while 'lock_order_cycle::Accounts::book_' is held, and another function does it the other way round [tenter-lock-order-cycle]}}
    sum_ += amount;
  }
  int wrong_audit() {
    const std::lock_guard vault(vault_);
    const std::lock_guard book(book_);
    return sum_;
  }

 private:
  std::mutex book_, vault_;
  int sum_ = 0;
};
class Ledger {
 public:
  void right_deposit(int amount) {
    const std::lock_guard book(book_);
    const std::lock_guard vault(vault_);
    sum_ += amount;
  }
  int right_audit() {
    const std::lock_guard book(book_);
    const std::lock_guard vault(vault_);
    return sum_;
  }

 private:
  std::mutex book_, vault_;
  int sum_ = 0;
};

Mutex queue_mutex, index_mutex;
std::vector<int> waiting;
std::map<int, int> places;
void wrong_push(int value) {
  queue_mutex.lock();
  index_mutex.lock();  // expected-warning {{the other way round}}
  places[value] = static_cast<int>(waiting.size());
  waiting.push_back(value);
  index_mutex.unlock();
  queue_mutex.unlock();
}
void wrong_forget(int value) {
  index_mutex.lock();
  queue_mutex.lock();
  if (places.erase(value) != 0) waiting.clear();
  queue_mutex.unlock();
  index_mutex.unlock();
}

Mutex inbox_mutex, outbox_mutex;
void right_push(int value) {
  inbox_mutex.lock();
  outbox_mutex.lock();
  waiting.push_back(value);
  outbox_mutex.unlock();
  inbox_mutex.unlock();
}
void right_move(int value) {
  inbox_mutex.lock();
  outbox_mutex.lock();
  places.erase(value);
  outbox_mutex.unlock();
  inbox_mutex.unlock();
}

// Through a function that is called.
std::mutex log_mutex, state_mutex;
void append(const std::string& text) {
  const std::lock_guard guard(log_mutex);
  log(text);
}
void wrong_change(const std::string& text) {
  const std::lock_guard guard(state_mutex);
  append(text);
}
void wrong_rotate() {
  const std::lock_guard guard(log_mutex);
  const std::lock_guard state(state_mutex);  // expected-warning {{'lock_order_cycle::state_mutex' is locked while 'lock_order_cycle::log_mutex' is held}}
  log("rotated");
}
std::mutex trace_mutex, status_mutex;
void right_rotate() {
  const std::lock_guard state(status_mutex);
  const std::lock_guard guard(trace_mutex);
  log("rotated");
}
void right_change(const std::string& text) {
  {
    const std::lock_guard guard(status_mutex);
    places.clear();
  }
  const std::lock_guard guard(trace_mutex);
  log(text);
}

// Readers keep writers out.
RWMutex map_lock, list_lock;
int wrong_look_up(int key) {
  map_lock.lock_shared();
  list_lock.lock();  // expected-warning {{the other way round}}
  const int place = places[key];
  list_lock.unlock();
  map_lock.unlock_shared();
  return place;
}
void wrong_fill(int key) {
  const std::scoped_lock list(list_lock);
  const std::scoped_lock map(map_lock);
  places[key] = 1;
}
std::shared_mutex pages, titles;
int right_read_one_way() {
  const std::shared_lock one(pages);
  const std::shared_lock two(titles);
  return places[0];
}
int right_read_the_other_way() {
  const std::shared_lock two(titles);
  const std::shared_lock one(pages);
  return places[1];
}

// Three that go round.
std::mutex north, east, south;
void wrong_turn_east() {
  const std::lock_guard first(north);
  const std::lock_guard second(east);  // expected-warning {{and other functions go on from there to}}
  compute();
}
void wrong_turn_south() {
  const std::lock_guard first(east);
  const std::lock_guard second(south);
  compute();
}
void wrong_turn_north() {
  const std::lock_guard first(south);
  const std::lock_guard second(north);
  compute();
}
std::mutex one, two, three;
void right_one_two() {
  const std::lock_guard first(one);
  const std::lock_guard second(two);
  compute();
}
void right_two_three() {
  const std::lock_guard first(two);
  const std::lock_guard second(three);
  compute();
}
void right_one_three() {
  const std::lock_guard first(one);
  const std::lock_guard second(three);
  compute();
}

// Another lock lets only one of them go on at a time.
std::mutex gate, left_hand, right_hand;
void right_left_first() {
  const std::lock_guard only(gate);
  const std::lock_guard left(left_hand);
  const std::lock_guard right(right_hand);
  compute();
}
void right_right_first() {
  const std::lock_guard only(gate);
  const std::lock_guard right(right_hand);
  const std::lock_guard left(left_hand);
  compute();
}
// Both at once, in whatever order std::lock finds.
std::mutex from_mutex, to_mutex;
void right_both_at_once() {
  const std::scoped_lock both(from_mutex, to_mutex);
  compute();
}
void right_both_again() {
  const std::scoped_lock both(to_mutex, from_mutex);
  compute();
}
}  // namespace lock_order_cycle
