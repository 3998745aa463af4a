// Locks that are taken twice or kept, in the shapes that programs have.
#include "common.h"

#include <functional>

// ---- lock-double --------------------------------------------------------------------------------------

namespace lock_double {
void run_somewhere(const std::function<void()>& what);
void right_task_lets_go() {
  Mutex done;
  done.lock();
  go([&] { done.unlock(); });
  done.lock();
  done.unlock();
}
void right_somebody_lets_go() {
  Mutex done;
  done.lock();
  run_somewhere([&m = done] { m.unlock(); });
  done.lock();
  done.unlock();
}
void wrong_ends_held() {
  Mutex done;
  done.lock();
  go([&] { done.unlock(); });
  done.lock();  // expected-warning {{'done' is still held when it ends}}
}
void wrong_somebody_does_not() {
  Mutex done;
  done.lock();
  run_somewhere([&] { done.try_lock(); });
  done.lock();  // expected-warning {{'done' is locked twice}}
  done.unlock();
}
class Cache {
 public:
  std::string wrong_get(const std::string& key) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) return found->second;
    return load(key);  // expected-warning {{'mutex_' is locked twice [tenter-lock-double]}}
  }
  std::string right_get(const std::string& key) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (const auto found = entries_.find(key); found != entries_.end()) return found->second;
    }
    return load(key);
  }
  void wrong_clear_all() {
    mutex_.lock();
    for (auto& entry : entries_) log(entry.second);
    clear();  // expected-warning {{[tenter-lock-double]}}
    mutex_.unlock();
  }
  void right_clear_all() {
    mutex_.lock();
    for (auto& entry : entries_) log(entry.second);
    mutex_.unlock();
    clear();
  }
  void wrong_under_unique_lock() {
    std::unique_lock lock(mutex_);
    entries_.clear();
    mutex_.lock();  // expected-warning {{[tenter-lock-double]}}
  }
  void right_unlocked_early() {
    std::unique_lock lock(mutex_);
    entries_.clear();
    lock.unlock();
    clear();
  }
  void wrong_in_a_lambda() {
    const std::lock_guard guard(mutex_);
    const auto forget = [this](const std::string& key) {
      const std::lock_guard inner(mutex_);
      entries_.erase(key);
    };
    forget("a");  // expected-warning {{[tenter-lock-double]}}
  }
  void right_in_a_lambda_later() {
    const auto forget = [this](const std::string& key) {
      const std::lock_guard inner(mutex_);
      entries_.erase(key);
    };
    forget("a");
    forget("b");
  }
  void wrong_two_calls_away() {
    const std::scoped_lock guard(mutex_);
    refresh("a");  // expected-warning {{[tenter-lock-double]}}
  }
  // Another object's lock is another lock.
  void right_merge(Cache& other) {
    const std::lock_guard guard(mutex_);
    other.clear();
  }
  void right_in_a_task() {
    const std::lock_guard guard(mutex_);
    go([this] { clear(); });
  }

 private:
  std::string load(const std::string& key) {
    std::string value = "v" + key;
    const std::lock_guard<std::mutex> guard(mutex_);
    return entries_[key] = value;
  }
  void clear() {
    const std::lock_guard<std::mutex> guard(mutex_);
    entries_.clear();
  }
  void refresh(const std::string& key) {
    clear();
    load(key);
  }
  std::mutex mutex_;
  std::map<std::string, std::string> entries_;
};

Mutex registry_mutex;
std::vector<int> registry;

void enrol(int value) {
  registry_mutex.lock();
  registry.push_back(value);
  registry_mutex.unlock();
}
void wrong_global(int value) {
  std::lock_guard guard(registry_mutex);
  if (registry.empty()) enrol(value);  // expected-warning {{'registry_mutex' is locked twice [tenter-lock-double]}}
}
void wrong_in_the_next_turn(const std::vector<int>& values) {
  for (int value : values) {
    registry_mutex.lock();  // expected-warning {{'registry_mutex' is locked again in the next turn of the loop}}
    registry.push_back(value);
  }
  registry_mutex.unlock();
}
void wrong_local_lambda_twice() {
  Mutex mutex;
  int sum = 0;
  const auto add = [&](int n) {
    const std::lock_guard guard(mutex);
    sum += n;
  };
  mutex.lock();
  add(1);  // expected-warning {{'mutex' is locked twice}}
  mutex.unlock();
}
void wrong_writer_while_reading(RWMutex& mutex) {
  mutex.lock_shared();
  use(compute());
  mutex.lock();  // expected-warning {{'mutex' is locked twice}}
  mutex.unlock();
  mutex.unlock_shared();
}
void wrong_std_shared(std::shared_mutex& mutex) {
  std::shared_lock reading(mutex);
  std::unique_lock writing(mutex);  // expected-warning {{'mutex' is locked twice}}
}
template <class Value>
class Slot {
 public:
  void set(Value value) {
    const std::lock_guard guard(mutex_);
    value_ = std::move(value);
  }
  void wrong_swap(Value value) {
    const std::lock_guard guard(mutex_);
    if (value != value_) set(value);  // expected-warning {{'mutex_' is locked twice}}
  }
  void right_swap(Value value) {
    bool other = false;
    {
      const std::lock_guard guard(mutex_);
      other = value != value_;
    }
    if (other) set(value);
  }

 private:
  Mutex mutex_;
  Value value_{};
};
void with_slots() {
  Slot<int> number;
  number.wrong_swap(1);
  number.right_swap(1);
  Slot<std::string> text;
  text.wrong_swap("a");
  text.right_swap("a");
}
void right_by_turns(int n) {
  while (n-- > 0) {
    registry_mutex.lock();
    const bool full = registry.size() > 100;
    registry_mutex.unlock();
    if (full) break;
    enrol(n);
  }
}
void right_either(bool locked) {
  if (!locked) registry_mutex.lock();
  registry.push_back(0);
  if (!locked) registry_mutex.unlock();
}
void right_tried() {
  const std::lock_guard guard(registry_mutex);
  if (registry_mutex.try_lock()) registry_mutex.unlock();
}
void right_readers_of_two(RWMutex& a, RWMutex& b) {
  a.lock_shared();
  b.lock_shared();
  b.unlock_shared();
  a.unlock_shared();
}
void right_elements(std::vector<std::unique_ptr<std::mutex>>& all) {
  for (auto& each : all) each->lock();
  for (auto& each : all) each->unlock();
}
struct Node {
  std::mutex mutex;
  Node* next = nullptr;
};
void right_hand_over_hand(Node* node) {
  node->mutex.lock();
  while (node->next != nullptr) {
    Node* next = node->next;
    next->mutex.lock();
    node->mutex.unlock();
    node = next;
  }
  node->mutex.unlock();
}
}  // namespace lock_double

// ---- lock-leaked --------------------------------------------------------------------------------------

namespace lock_leaked {
struct Table {
  Mutex mutex;
  RWMutex shared;
  std::map<std::string, int> rows;

  int wrong_find(const std::string& key) {
    mutex.lock();  // expected-warning {{'mutex' is still held on a path out of the function [tenter-lock-leaked]}}
    const auto found = rows.find(key);
    if (found == rows.end()) return -1;
    const int value = found->second;
    mutex.unlock();
    return value;
  }
  int right_find(const std::string& key) {
    mutex.lock();
    const auto found = rows.find(key);
    const int value = found == rows.end() ? -1 : found->second;
    mutex.unlock();
    return value;
  }
  bool wrong_reader(const std::string& key) {
    shared.lock_shared();  // expected-warning {{'shared' is still held on a path}}
    if (rows.empty()) return false;
    const bool found = rows.contains(key);
    shared.unlock_shared();
    return found;
  }
  bool right_reader(const std::string& key) {
    shared.lock_shared();
    if (rows.empty()) {
      shared.unlock_shared();
      return false;
    }
    const bool found = rows.contains(key);
    shared.unlock_shared();
    return found;
  }
  void wrong_continue(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      mutex.lock();  // expected-warning {{[tenter-lock-leaked]}} expected-warning {{again in the next turn}}
      if (key.empty()) continue;
      rows[key] = 1;
      mutex.unlock();
    }
  }
  void right_continue(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      if (key.empty()) continue;
      mutex.lock();
      rows[key] = 1;
      mutex.unlock();
    }
  }
  void wrong_break(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      mutex.lock();  // expected-warning {{[tenter-lock-leaked]}}
      if (rows.contains(key)) break;
      mutex.unlock();
    }
  }
  void right_break(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      mutex.lock();
      const bool known = rows.contains(key);
      mutex.unlock();
      if (known) break;
    }
  }
  int wrong_switch(int what) {
    mutex.lock();  // expected-warning {{[tenter-lock-leaked]}}
    switch (what) {
      case 0: mutex.unlock(); return 0;
      case 1: rows.clear(); break;
      default: return -1;
    }
    mutex.unlock();
    return 1;
  }
  int right_switch(int what) {
    mutex.lock();
    switch (what) {
      case 0: mutex.unlock(); return 0;
      case 1: rows.clear(); break;
      default: rows["default"] = what; break;
    }
    mutex.unlock();
    return 1;
  }
  bool wrong_and(const std::string& key) {
    mutex.lock();  // expected-warning {{[tenter-lock-leaked]}}
    if (!key.empty() && rows.contains(key)) return true;
    mutex.unlock();
    return false;
  }
  bool right_and(const std::string& key) {
    mutex.lock();
    const bool found = !key.empty() && rows.contains(key);
    mutex.unlock();
    return found;
  }
};
std::mutex file_mutex;
bool open_file(const std::string& name);
bool wrong_std(const std::string& name) {
  file_mutex.lock();  // expected-warning {{'file_mutex' is still held on a path out of the function}}
  if (!open_file(name)) return false;
  file_mutex.unlock();
  return true;
}
int wrong_three_ways(int n) {
  file_mutex.lock();  // expected-warning {{[tenter-lock-leaked]}}
  if (n > 10) {
    file_mutex.unlock();
    return 10;
  }
  if (n < 0) return 0;
  file_mutex.unlock();
  return n;
}
void wrong_in_a_task(std::shared_ptr<Table> table) {
  go([table] {
    table->mutex.lock();  // expected-warning {{[tenter-lock-leaked]}}
    if (table->rows.empty()) return;
    table->rows.erase("a");
    table->mutex.unlock();
  });
}
void wrong_reader_of_two(std::shared_mutex& a, bool late) {
  a.lock_shared();  // expected-warning {{'a' is still held on a path}}
  if (late) return;
  use(compute());
  a.unlock_shared();
}
bool right_same_flag(bool locking) {
  if (locking) file_mutex.lock();
  const bool done = failed();
  if (locking) file_mutex.unlock();
  return done;
}
// Two functions share the work; whoever calls one calls the other.
void right_begin() { file_mutex.lock(); }
void right_end() { file_mutex.unlock(); }
void right_throws(const std::string& name) {
  const std::lock_guard guard(file_mutex);
  if (!open_file(name)) throw std::runtime_error(name);
}
std::unique_lock<std::mutex> right_handed_on() {
  std::unique_lock<std::mutex> lock(file_mutex);
  if (failed()) lock.unlock();
  return lock;
}
bool right_adopted() {
  file_mutex.lock();
  const std::lock_guard guard(file_mutex, std::adopt_lock);
  return !failed();
}
bool right_tried_lock() {
  if (!file_mutex.try_lock()) return false;
  use(1);
  file_mutex.unlock();
  return true;
}
void right_guarded_by_defer(Table& table) {
  table.mutex.lock();
  Defer unlocking([&] { table.mutex.unlock(); });
  if (failed()) return;
  table.rows.clear();
}
}  // namespace lock_leaked
