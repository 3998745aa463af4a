// What runs once: who runs it, who only passes, and what a failed run leaves behind.
#include <pthread.h>
#include <threads.h>

#include <mutex>
#include <stdexcept>
#include <thread>

#include "event_log.h"

using namespace tenter::test;

// The functions that compilers call around the initialization of a function-local static.
extern "C" int __cxa_guard_acquire(std::uint64_t*);
extern "C" void __cxa_guard_release(std::uint64_t*);
extern "C" void __cxa_guard_abort(std::uint64_t*);

namespace {

void wait_until_told(const void* object, const char* word) {
  while (log_of(object).find(word) == std::string::npos) { std::this_thread::yield(); }
}

pthread_once_t control = PTHREAD_ONCE_INIT;

void the_first_runs_and_the_rest_pass() {
  log_clear();
  pthread_once(&control, [] {});
  pthread_once(&control, [] {});
  EXPECT_EVENTS(&control, "wait(once) end-wait order-in begin end pass");
}

pthread_once_t slow = PTHREAD_ONCE_INIT;

void others_wait_for_the_first() {
  log_clear();
  std::thread other;
  pthread_once(&slow, [] {
    static std::thread second([] { pthread_once(&slow, [] {}); });
    while (log_of(&slow).find("wait(once)", 12) == std::string::npos) { std::this_thread::yield(); }
    second.detach();
  });
  wait_until_told(&slow, "pass");
  EXPECT_EVENTS(&slow, "wait(once) end-wait order-in begin wait(once) end end-wait pass");
}

void a_run_that_throws_is_released_to_the_next() {
  std::once_flag flag;
  log_clear();
  try {
    std::call_once(flag, [] { throw std::runtime_error("not yet"); });
    EXPECT(false);
  } catch (const std::runtime_error&) {}
  bool ran = false;
  std::call_once(flag, [&] { ran = true; });
  EXPECT(ran);
  EXPECT_EVENTS(&flag, "wait(once) end-wait order-in begin order-out wait(once) end-wait order-in begin end");
}

once_flag c11_flag = ONCE_FLAG_INIT;

void c11_call_once() {
  log_clear();
  call_once(&c11_flag, [] {});
  call_once(&c11_flag, [] {});
  EXPECT_EVENTS(&c11_flag, "wait(once) end-wait order-in begin end pass");
}

void guards() {
  alignas(8) std::uint64_t guard = 0;
  log_clear();
  EXPECT(__cxa_guard_acquire(&guard) == 1);
  __cxa_guard_abort(&guard);
  EXPECT(__cxa_guard_acquire(&guard) == 1);
  std::thread other([&] { EXPECT(__cxa_guard_acquire(&guard) == 0); });
  wait_until_told(&guard, "wait(once)");
  __cxa_guard_release(&guard);
  other.join();
  EXPECT((guard & 0xff) == 1);  // what the compiler's inline test looks at
  EXPECT(__cxa_guard_acquire(&guard) == 0);
  EXPECT_EVENTS(&guard, "order-in begin order-out order-in begin wait(once) end store end-wait pass pass");
}

struct Slow {
  Slow() {
    std::this_thread::yield();
    ++count;
  }
  static inline std::atomic<int> count{0};
};
const Slow& instance() {
  static Slow slow_object;
  return slow_object;
}

void a_static_is_made_once() {
  std::thread threads[8];
  for (std::thread& thread : threads) {
    thread = std::thread([] { instance(); });
  }
  for (std::thread& thread : threads) { thread.join(); }
  EXPECT(Slow::count == 1);
}

}  // namespace

int main() {
  the_first_runs_and_the_rest_pass();
  others_wait_for_the_first();
  a_run_that_throws_is_released_to_the_next();
  c11_call_once();
  guards();
  a_static_is_made_once();
  return 0;
}
