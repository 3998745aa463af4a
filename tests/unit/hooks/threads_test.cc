// Threads: created before they start, ended after everything else they do, and known by the right number although
// pthread_t is used again.
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "event_log.h"

using namespace tenter::test;

namespace {

const void* task_object(std::uint32_t task) { return reinterpret_cast<const void*>(std::uintptr_t{task}); }

void wait_until_told(const void* object, const char* word) {
  while (log_of(object).find(word) == std::string::npos) { std::this_thread::yield(); }
}

void a_thread_and_its_join() {
  std::uint32_t task = 0;
  log_clear();
  std::thread thread([&] { task = own_task(); });
  thread.join();
  const std::string events = log_of(task_object(task));
  EXPECT(events == "create start wait(join) end end-wait join" ||
         events == "create wait(join) start end end-wait join" ||
         events == "create start end wait(join) end-wait join");
}

std::atomic<bool> key_destroyed{false};
int local_destroyed_at = 0;
std::atomic<int> step{0};

struct Local {
  int used = 0;
  ~Local() { local_destroyed_at = ++step; }
};
thread_local Local local;

void the_end_comes_after_destructors() {
  pthread_key_t key;
  // A destructor that sets its key again is called again: three of four rounds.
  pthread_key_create(&key, [](void* value) {
    EXPECT(log_of(task_object(own_task())).find(" end") == std::string::npos);
    key_destroyed = true;
    ++step;
    (void)value;
  });
  std::uint32_t task = 0;
  log_clear();
  std::thread thread([&] {
    task = own_task();
    local.used = 1;
    pthread_setspecific(key, &key);
  });
  thread.join();
  EXPECT(key_destroyed);
  EXPECT(local_destroyed_at == 1);
  EXPECT(log_of(task_object(task)).find(" end") != std::string::npos);
  pthread_key_delete(key);
}

void pthread_exit_and_cancel_end_a_thread() {
  std::uint32_t task = 0;
  log_clear();
  std::thread exits([&] {
    task = own_task();
    pthread_exit(nullptr);
  });
  exits.join();
  EXPECT(log_of(task_object(task)).ends_with("join"));
  EXPECT(log_of(task_object(task)).find(" end") != std::string::npos);

  std::atomic<std::uint32_t> cancelled_task{0};
  std::thread cancelled([&] {
    cancelled_task = own_task();
    for (;;) { pause(); }
  });
  while (cancelled_task == 0) { std::this_thread::yield(); }
  pthread_cancel(cancelled.native_handle());
  cancelled.join();
  EXPECT(log_of(task_object(cancelled_task)).find(" end") != std::string::npos);
}

void a_cancelled_join_ends_its_wait() {
  std::atomic<bool> go_on{false};
  std::atomic<std::uint32_t> target_task{0};
  std::thread target([&] {
    target_task = own_task();
    while (!go_on) { std::this_thread::yield(); }
  });
  while (target_task == 0) { std::this_thread::yield(); }
  pthread_t handle = target.native_handle();
  log_clear();
  std::thread joiner([&] { pthread_join(handle, nullptr); });
  wait_until_told(task_object(target_task), "wait(join)");
  pthread_cancel(joiner.native_handle());
  joiner.join();
  EXPECT_EVENTS(task_object(target_task), "wait(join) end-wait");
  go_on = true;
  target.join();
  EXPECT(log_of(task_object(target_task)).ends_with("join"));
}

void detached_threads() {
  log_clear();
  std::atomic<std::uint32_t> task{0};
  std::thread([&] { task = own_task(); }).detach();
  while (task == 0) { std::this_thread::yield(); }
  wait_until_told(task_object(task), "detach");

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  static std::atomic<std::uint32_t> second{0};
  pthread_t handle;
  EXPECT(pthread_create(
             &handle, &attributes,
             [](void* p) -> void* {
               second = own_task();
               return p;
             },
             nullptr) == 0);
  while (second == 0) { std::this_thread::yield(); }
  EXPECT(log_of(task_object(second)).find("detach") != std::string::npos);
  wait_until_told(task_object(second), " end");
}

std::atomic<bool> may_end{false};
std::atomic<std::uint32_t> waiting_task{0};

void joins_that_do_not_wait_for_ever() {
  pthread_t handle;
  EXPECT(pthread_create(
             &handle, nullptr,
             [](void* p) {
               waiting_task = own_task();
               while (!may_end) { std::this_thread::yield(); }
               return p;
             },
             nullptr) == 0);
  while (waiting_task == 0) { std::this_thread::yield(); }
  log_clear();
  const timespec past{1, 0};
  EXPECT(pthread_tryjoin_np(handle, nullptr) == EBUSY);
  EXPECT(pthread_timedjoin_np(handle, nullptr, &past) == ETIMEDOUT);
  EXPECT(pthread_clockjoin_np(handle, nullptr, CLOCK_MONOTONIC, &past) == ETIMEDOUT);
  EXPECT_EVENTS(task_object(waiting_task), "wait(timed) end-wait wait(timed) end-wait");
  may_end = true;
  while (pthread_tryjoin_np(handle, nullptr) != 0) { std::this_thread::yield(); }
  EXPECT(log_of(task_object(waiting_task)).ends_with("end join"));
}

void handles_are_used_again() {
  for (int i = 0; i < 2000; ++i) {
    log_clear();
    std::uint32_t task = 0;
    std::thread thread([&] { task = own_task(); });
    thread.join();
    EXPECT(log_of(task_object(task)).ends_with(" join"));
  }
}

void many_at_once() {
  log_clear();
  std::vector<std::thread> threads;
  std::vector<std::uint32_t> tasks(1000);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    threads.emplace_back([&tasks, i] { tasks[i] = own_task(); });
  }
  for (std::thread& thread : threads) { thread.join(); }
  EXPECT(log_of(task_object(tasks[777])).ends_with("join"));
}

void a_thread_that_cannot_be_made() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{1} << 46);
  pthread_t handle;
  log_clear();
  EXPECT(pthread_create(&handle, &attributes, [](void* p) { return p; }, nullptr) != 0);
  EXPECT_EVENTS(nullptr, "create join");
}

void c11_threads() {
  log_clear();
  static std::uint32_t task = 0;
  thrd_t thread;
  EXPECT(thrd_create(
             &thread,
             [](void* p) {
               task = own_task();
               return *static_cast<int*>(p);
             },
             new int(-5)) == thrd_success);
  int result = 0;
  EXPECT(thrd_join(thread, &result) == thrd_success);
  EXPECT(result == -5);
  EXPECT(log_of(task_object(task)).ends_with("join"));

  EXPECT(thrd_create(&thread, [](void*) -> int { thrd_exit(7); }, nullptr) == thrd_success);
  EXPECT(thrd_join(thread, &result) == thrd_success && result == 7);
}

void names() {
  log_clear();
  pthread_setname_np(pthread_self(), "first");
  EXPECT_EVENTS(task_object(own_task()), "name(5)");
}

}  // namespace

int main() {
  a_thread_and_its_join();
  the_end_comes_after_destructors();
  pthread_exit_and_cancel_end_a_thread();
  a_cancelled_join_ends_its_wait();
  detached_threads();
  joins_that_do_not_wait_for_ever();
  handles_are_used_again();
  many_at_once();
  a_thread_that_cannot_be_made();
  c11_threads();
  names();
  return 0;
}
