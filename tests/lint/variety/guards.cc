// checks: -*,guard-inconsistent
// Members that are used with a lock nearly always, and members that need none.
#include "common.h"

// ---- guard-inconsistent -------------------------------------------------------------------------------

namespace guard_inconsistent {
class Account {
 public:
  explicit Account(int start) : balance_(start) { balance_ += 1; }
  ~Account() { use(balance_); }
  void right_deposit(int amount) {
    const std::lock_guard guard(mutex_);
    balance_ += amount;
  }
  void right_withdraw(int amount) {
    const std::lock_guard guard(mutex_);
    balance_ -= amount;
  }
  void right_set(int amount) {
    mutex_.lock();
    balance_ = amount;
    mutex_.unlock();
  }
  int right_balance() {
    const std::unique_lock lock(mutex_);
    return balance_;
  }
  void wrong_print() {
    use(balance_);  // expected-warning {{'balance_' is used without 'mutex_', which is held at 4 of its 5 uses [tenter-guard-inconsistent]}}
  }

 private:
  Mutex mutex_;
  int balance_ = 0;
};

template <class Lock>
class Numbers {
 public:
  void right_add(int value) {
    const std::lock_guard guard(mutex_);
    sum_ += value;
    ++count_;
  }
  void right_take(int value) {
    const std::lock_guard guard(mutex_);
    sum_ -= value;
    --count_;
  }
  void right_clear() {
    const std::lock_guard guard(mutex_);
    sum_ = 0;
    count_ = 0;
  }
  void right_fill() {
    const std::lock_guard guard(mutex_);
    sum_ = 100;
    count_ = 10;
  }
  void wrong_reset() {
    sum_ = 0;  // expected-warning {{'sum_' is used without 'mutex_'}}
  }
  void wrong_show() {
    use(count_);  // expected-warning {{'count_' is used without 'mutex_'}}
  }

 private:
  Lock mutex_;
  int sum_ = 0, count_ = 0;
};
void with_numbers() {
  Numbers<std::mutex> numbers;
  numbers.right_add(1);
  numbers.right_take(1);
  numbers.right_clear();
  numbers.right_fill();
  numbers.wrong_reset();
  numbers.wrong_show();
}

struct Names {
  void right_add(const std::string& name) {
    const std::lock_guard guard(mutex_);
    names_.push_back(name);
  }
  void right_drop() {
    const std::lock_guard guard(mutex_);
    names_.pop_back();
  }
  void right_clear() {
    const std::lock_guard guard(mutex_);
    names_.clear();
  }
  bool right_empty() {
    const std::lock_guard guard(mutex_);
    return names_.empty();
  }
  void wrong_size() {
    use(static_cast<int>(names_.size()));  // expected-warning {{'names_' is used without 'mutex_'}}
  }
  std::mutex mutex_;
  std::vector<std::string> names_;
};

struct Shared {
  void right_write(int value) {
    const std::lock_guard guard(mutex_);
    value_ = value;
  }
  void right_read() {
    const std::shared_lock lock(mutex_);
    use(value_);
  }
  void right_read_twice() {
    const std::shared_lock lock(mutex_);
    use(value_);
    use(value_ + 1);
  }
  void wrong_read() {
    use(value_);  // expected-warning {{'value_' is used without 'mutex_'}}
  }
  std::shared_mutex mutex_;
  int value_ = 0;
};

struct Early {
  void right_one() {
    const std::lock_guard guard(mutex_);
    ++n_;
  }
  void right_two() {
    const std::lock_guard guard(mutex_);
    n_ += 2;
  }
  void right_three() {
    const std::lock_guard guard(mutex_);
    n_ += 3;
  }
  void right_four() {
    const std::lock_guard guard(mutex_);
    n_ += 4;
  }
  void wrong_before_the_lock() {
    ++n_;  // expected-warning {{'n_' is used without 'mutex_'}}
    const std::lock_guard guard(mutex_);
    log("counted");
  }
  Mutex mutex_;
  int n_ = 0;
};

struct Late {
  void right_one() {
    const std::lock_guard guard(mutex_);
    ++n_;
  }
  void right_two() {
    const std::lock_guard guard(mutex_);
    n_ += 2;
  }
  void right_three() {
    const std::lock_guard guard(mutex_);
    n_ += 3;
  }
  void right_four() {
    const std::lock_guard guard(mutex_);
    n_ += 4;
  }
  void wrong_after_the_lock() {
    {
      const std::lock_guard guard(mutex_);
      log("counted");
    }
    ++n_;  // expected-warning {{'n_' is used without 'mutex_'}}
  }
  Mutex mutex_;
  int n_ = 0;
};

struct TwoLocks {
  void right_one() {
    const std::lock_guard guard(mine_);
    ++n_;
  }
  void right_two() {
    const std::lock_guard guard(mine_);
    n_ += 2;
  }
  void right_three() {
    const std::lock_guard guard(mine_);
    n_ += 3;
  }
  void right_four() {
    const std::lock_guard guard(mine_);
    n_ += 4;
  }
  void wrong_lock() {
    const std::lock_guard guard(other_);
    ++n_;  // expected-warning {{'n_' is used without 'mine_'}}
  }
  Mutex mine_, other_;
  int n_ = 0;
};

struct OnAPath {
  void right_one() {
    const std::lock_guard guard(mutex_);
    ++n_;
  }
  void right_two() {
    const std::lock_guard guard(mutex_);
    n_ += 2;
  }
  void right_three() {
    const std::lock_guard guard(mutex_);
    n_ += 3;
  }
  void right_four() {
    const std::lock_guard guard(mutex_);
    n_ += 4;
  }
  void wrong_fast_path() {
    if (n_ > 0) return;  // expected-warning {{'n_' is used without 'mutex_'}}
    const std::lock_guard guard(mutex_);
    log("none");
  }
  Mutex mutex_;
  int n_ = 0;
};

struct Unlocked {
  void right_one() {
    const std::lock_guard guard(mutex_);
    ++n_;
  }
  void right_two() {
    const std::lock_guard guard(mutex_);
    n_ += 2;
  }
  void right_three() {
    const std::lock_guard guard(mutex_);
    n_ += 3;
  }
  void right_four() {
    const std::lock_guard guard(mutex_);
    n_ += 4;
  }
  void wrong_lets_go_first() {
    std::unique_lock lock(mutex_);
    log("counting");
    lock.unlock();
    ++n_;  // expected-warning {{'n_' is used without 'mutex_'}}
  }
  Mutex mutex_;
  int n_ = 0;
};

// As often without as with: who knows.
struct Mixed {
  void right_with() {
    const std::lock_guard guard(mutex_);
    ++n_;
  }
  void right_without() { ++n_; }
  Mutex mutex_;
  int n_ = 0;
};
// Never changed after its construction.
struct Constant {
  void right_one() {
    const std::lock_guard guard(mutex_);
    use(size_);
    use(size_);
  }
  void right_two() {
    const std::lock_guard guard(mutex_);
    use(size_);
    use(size_);
  }
  void right_without() { use(size_); }
  Mutex mutex_;
  int size_ = 5;
};
// A part of others' work, which have the lock.
class Parts {
 public:
  void right_one() {
    const std::lock_guard guard(mutex_);
    ++n_;
    grow();
  }
  void right_two() {
    const std::lock_guard guard(mutex_);
    n_ += 2;
    n_ += 3;
    n_ += 4;
    grow();
  }

 private:
  void grow() { ++n_; }
  Mutex mutex_;
  int n_ = 0;
};
struct NoLock {
  void right_one() { ++n_; }
  void right_two() { n_ += 2; }
  int n_ = 0;
};
}  // namespace guard_inconsistent
