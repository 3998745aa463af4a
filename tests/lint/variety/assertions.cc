// What a failed assertion of GoogleTest leaves behind is looked at as little as what an exception does: the test is lost.
#include "common.h"

#include <gtest/gtest.h>

// ---- failed assertions ----------------------------------------------------------------------------------

namespace assertions {
void watch(const Context& context);

void right_cancels_unless_it_fails(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);
  go([context = context] { watch(context); });
  ASSERT_TRUE(context.done());
  ASSERT_EQ(compute(), 1) << "of " << (failed() ? "many" : "one");
  cancel();
}
void wrong_returns_early(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);  // expected-warning {{'cancel' is not called on a path out of the function}}
  go([context = context] { watch(context); });
  ASSERT_TRUE(context.done());
  if (failed()) return;
  cancel();
}
void wrong_goes_on(const Context& parent) {
  auto [context, cancel] = with_cancel(parent);  // expected-warning {{'cancel' is not called on a path out of the function}}
  EXPECT_TRUE(context.done());
  if (failed()) return;
  cancel();
}
void right_joins_unless_it_fails() {
  std::thread thread([] { compute(); });
  ASSERT_FALSE(failed());
  thread.join();
}
void wrong_does_not_join() {
  std::thread thread([] { compute(); });  // expected-warning {{the thread 'thread' is neither joined nor detached on a path}}
  ASSERT_FALSE(failed());
  if (compute() == 1) return;
  thread.join();
}
void right_lets_go_unless_it_fails(Mutex& mutex) {
  mutex.lock();
  ASSERT_EQ(compute(), 1);
  mutex.unlock();
}
void wrong_keeps_it(Mutex& mutex) {
  mutex.lock();  // expected-warning {{'mutex' is still held on a path}}
  ASSERT_EQ(compute(), 1);
  if (failed()) return;
  mutex.unlock();
}
void right_closes_unless_it_fails() {
  auto out = make_chan<int>();
  go([=] {
    for (const int each : out) use(each);
  });
  ASSERT_EQ(compute(), 1);
  out.close();
}
void right_waits_unless_it_fails() {
  int answer = 0;
  WaitGroup tasks;
  tasks.go([&] { answer = compute(); });
  ASSERT_FALSE(failed());
  tasks.wait();
  use(answer);
}
void wrong_closes_twice() {
  auto out = make_chan<int>();
  out.close();
  ASSERT_FALSE(failed());
  out.close();  // expected-warning {{'out' is closed twice}}
}
}  // namespace assertions
