// Locks that a function holds when it returns: for somebody who lets them go, and for nobody.
#include <condition_variable>

#include "common.h"

std::mutex& shared_with_others();

// ---- lock-leaked --------------------------------------------------------------------------------------

namespace kept_locks {
// Nothing but this file can name the members of its classes.
class Counters {
 public:
  void wrong_count(const std::string& name) {
    mutex_.lock();  // expected-warning {{'mutex_' is still held when the function returns, and nobody lets go of it [tenter-lock-leaked]}}
    ++counts_[name];
  }
  int right_total() {
    const std::lock_guard guard(mutex_);
    int sum = 0;
    for (const auto& [name, count] : counts_) sum += count;
    return sum;
  }

 private:
  Mutex mutex_;
  std::map<std::string, int> counts_;
};
class Words {
 public:
  void right_count(const std::string& name) {
    mutex_.lock();
    ++counts_[name];
    mutex_.unlock();
  }
  void right_forget(const std::string& name) {
    mutex_.lock();
    if (counts_.erase(name) != 0) log(name);
    mutex_.unlock();
  }
  int right_most() {
    mutex_.lock();
    int most = 0;
    for (const auto& [name, count] : counts_) most = std::max(most, count);
    mutex_.unlock();
    return most;
  }

 private:
  Mutex mutex_;
  std::map<std::string, int> counts_;
};
// One function locks for the other.
class Transaction {
 public:
  void right_begin() { mutex_.lock(); }
  void right_add(int value) { values_.push_back(value); }
  void right_commit() {
    values_.clear();
    mutex_.unlock();
  }

 private:
  Mutex mutex_;
  std::vector<int> values_;
};
std::mutex wrong_table_mutex;
std::vector<int> table;
void wrong_one_way(int value) {
  if (value == 0) return;
  wrong_table_mutex.lock();  // expected-warning {{'wrong_table_mutex' is still held when the function returns}}
  table.push_back(value);
}
int wrong_reader_beside() {
  const std::lock_guard guard(wrong_table_mutex);
  return static_cast<int>(table.size());
}
namespace {
std::shared_mutex wrong_names_mutex, names_mutex;
std::vector<std::string> names;
}  // namespace
bool wrong_reading(const std::string& name) {
  wrong_names_mutex.lock_shared();  // expected-warning {{'wrong_names_mutex' is still held when the function returns}}
  for (const std::string& each : names)
    if (each == name) return true;
  return false;
}
bool right_reading(const std::string& name) {
  names_mutex.lock_shared();
  bool found = false;
  for (const std::string& each : names) found |= each == name;
  names_mutex.unlock_shared();
  return found;
}
void right_writing(const std::string& name) {
  names_mutex.lock();
  names.push_back(name);
  names_mutex.unlock();
}
// The caller lets go of what a function that it calls has locked.
std::mutex list_mutex;
std::vector<int>& right_locked_list() {
  list_mutex.lock();
  return table;
}
void right_caller(int value) {
  right_locked_list().push_back(value);
  list_mutex.unlock();
}
// A task does.
std::mutex started_mutex;
void right_until_a_task_is_done() {
  started_mutex.lock();
  go([] {
    compute();
    started_mutex.unlock();
  });
}
// A guard in another function does.
std::mutex adopted_mutex;
void right_for_a_guard() { adopted_mutex.lock(); }
void right_guard_takes_over() {
  const std::lock_guard guard(adopted_mutex, std::adopt_lock);
  compute();
}
// A guard that is told in a lambda, in the function itself, is none.
std::mutex left_mutex, cleaned_mutex;
void wrong_beside_a_guard(bool early) {
  left_mutex.lock();  // expected-warning {{'left_mutex' is still held when the function returns}}
  Defer telling([early] { log(early ? "early" : "late"); });
  use(early ? 1 : 2);
}
void right_cleaned(bool early) {
  cleaned_mutex.lock();
  Defer unlocking([] { cleaned_mutex.unlock(); });
  if (early) return;
  compute();
}
void right_cleaned_too() {
  cleaned_mutex.lock();
  compute();
  cleaned_mutex.unlock();
}
// What is known elsewhere may be let go elsewhere.
void right_known_elsewhere() { shared_with_others().lock(); }
void right_parameter(std::mutex& mutex) { mutex.lock(); }
std::mutex given_away;
void give(std::mutex& mutex);
void right_given_away() {
  give(given_away);
  given_away.lock();
}
std::mutex waited_with;
std::condition_variable changed;
void right_waiting() {
  std::unique_lock lock(waited_with);
  changed.wait(lock);
}
// As many turns as there are, each locks what none has let go.
std::mutex wrong_turns_mutex, turns_mutex;
void wrong_turns(const std::vector<int>& values) {
  for (const int value : values) {
    if (value == 0) continue;
    wrong_turns_mutex.lock();  // expected-warning {{'wrong_turns_mutex' is still held when the function returns}}
    table.push_back(value);
  }
}
void right_turns(const std::vector<int>& values) {
  for (const int value : values) {
    if (value == 0) continue;
    turns_mutex.lock();
    table.push_back(value);
    turns_mutex.unlock();
  }
}
// Whoever tries and succeeds has it, and may tell his caller so.
std::mutex wrong_tried_mutex, half_tried_mutex, tried_mutex, told_mutex, begun_mutex;
void wrong_tried(int value) {
  if (!wrong_tried_mutex.try_lock()) wrong_tried_mutex.lock();  // expected-warning {{'wrong_tried_mutex' is still held when the function returns}}
  table.push_back(value);
}
bool wrong_tried_and_kept(int value) {
  if (!half_tried_mutex.try_lock()) return false;  // expected-warning {{'half_tried_mutex' is still held when the function returns}}
  table.push_back(value);
  return true;
}
void right_beside_it() {
  half_tried_mutex.lock();
  table.clear();
  half_tried_mutex.unlock();
}
void right_only_once() {
  if (!begun_mutex.try_lock()) return;
  log("begun");
}
bool right_told(int value) {
  if (!told_mutex.try_lock()) return false;
  if (value == 0) {
    told_mutex.unlock();
    return false;
  }
  return true;
}
bool right_tried(int value) {
  if (!tried_mutex.try_lock()) return false;
  if (value != 0) table.push_back(value);
  tried_mutex.unlock();
  return true;
}
void right_tried_until_it_works(int value) {
  while (!tried_mutex.try_lock()) yield();
  table.push_back(value);
  tried_mutex.unlock();
}
bool right_tried_and_more(int value) {
  if (value != 0 && tried_mutex.try_lock()) {
    table.push_back(value);
    tried_mutex.unlock();
    return true;
  }
  return false;
}
}  // namespace kept_locks
