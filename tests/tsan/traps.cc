// Exceptions through tasks that are switched all the time, and through the library's own frames: the stacks that ThreadSanitizer
// keeps of the tasks must be whole afterwards, which the stack of the race at the end tells. Then the scheduler once more,
// whose main task ends while others wait.
#include <stdexcept>

#include <tenter/tenter.h>

#include "gate.h"

int total = 0;

[[gnu::noinline]] void fall(int depth) {
  tenter::yield();
  if (depth == 0) { throw std::runtime_error("down"); }
  fall(depth - 1);
  asm volatile("");
}

[[gnu::noinline]] void fall_through_library() {
  tenter::Once once;
  once.call([] { fall(3); });
}

[[gnu::noinline]] void fall_in_select() {
  auto ready = tenter::make_chan<int>(1);
  ready.send(1);
  tenter::select(tenter::on_recv(ready, [](int depth) { fall(depth); }));
}

[[gnu::noinline]] void fall_in_group() {
  tenter::TaskGroup group;
  group.go([] { fall(2); });
  group.wait();
}

template <class F>
void catch_it(F f) {
  try {
    f();
  } catch (const std::exception&) {
  }
}

[[gnu::noinline]] void touch() { total = 1; }

[[gnu::noinline]] void suffer() {
  for (int turn = 0; turn < 300; ++turn) {
    catch_it([] { fall(5); });
    catch_it(fall_through_library);
    catch_it(fall_in_select);
    catch_it(fall_in_group);
  }
  touch();
}

int main() {
  Gate done;
  tenter::run([&] {
    tenter::go([&] {
      suffer();
      done.open();
    });
    auto never = tenter::make_chan<int>();
    for (int i = 0; i < 4; ++i) {
      tenter::go([&, never] {
        catch_it([] { fall(20); });
        while (!done.is_open()) { catch_it([] { fall(2); }); }
        never.recv();
      });
    }
    while (!done.is_open()) { catch_it([] { fall(1); }); }
    touch();
  });
  return tenter::run([] {
    auto never = tenter::make_chan<int>();
    tenter::go([=] { never.recv(); });
    tenter::yield();
    return 0;
  });
}
