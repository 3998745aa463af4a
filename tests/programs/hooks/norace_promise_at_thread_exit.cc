// A result that becomes ready when its thread ends: everything that the thread did comes before whoever gets it, also
// what its thread_local objects do in their destructors, and whoever is last to let go of the result destroys it.
// expect: nothing
// levels: all
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "gate.h"

static std::string farewell;

struct Leaving {
  bool used = false;
  ~Leaving() { farewell = "written when the thread was over, and too long for the string's own memory"; }
};
static thread_local Leaving leaving;

static int got_while_the_thread_runs() {
  int before = 0;
  Gate set, got;
  std::promise<std::string> promise;
  std::future<std::string> future = promise.get_future();
  std::thread worker([&] {
    leaving.used = true;
    before = 1;
    promise.set_value_at_thread_exit("a result that is too long for the string's own memory");
    before = 2;
    set.open();
  });
  set.wait();
  const std::string result = future.get();
  const int sum = before + static_cast<int>(farewell.size() != 0) + static_cast<int>(result[0] == 'a');
  worker.join();
  return sum == 4 ? 0 : 1;
}

// The future is gone before the thread ends, or after it has got the result of a thread that nobody joins.
template <bool wait>
static int nobody_joins() {
  static Gate given_up;  // which the thread may still look at when this function has returned
  std::promise<std::string> promise;
  std::future<std::string> future = promise.get_future();
  int number = 0;
  std::thread([&number, promise = std::move(promise)]() mutable {
    if (wait) number = 7;
    promise.set_value_at_thread_exit(std::string(100, 'x'));
    if (!wait) given_up.wait();
  }).detach();
  if (wait) return future.get().size() == 100 && number == 7 ? 0 : 1;
  future = {};
  given_up.open();
  return 0;
}

static int an_exception() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread worker([&] { promise.set_exception_at_thread_exit(std::make_exception_ptr(std::string("failed"))); });
  int length = 0;
  try {
    future.get();
  } catch (const std::string& text) { length = static_cast<int>(text.size()); }
  worker.join();
  return length == 6 ? 0 : 1;
}

static int a_packaged_task() {
  int before = 0;
  std::packaged_task<int(int)> task([&before](int n) { return before = n; });
  std::future<int> future = task.get_future();
  std::thread worker([&task] { task.make_ready_at_thread_exit(5); });
  const int wrong = future.get() == 5 && before == 5 ? 0 : 1;
  worker.join();
  return wrong;
}

int main() {
  return got_while_the_thread_runs() + nobody_joins<true>() + nobody_joins<false>() + an_exception() +
         a_packaged_task();
}
