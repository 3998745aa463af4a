// What did not happen: deadlocks over a lock and something else, where the one who needed the lock had it first; and a signal
// that came after the wait had begun.
// pairs: send_under_the_lock room_for_one_of_two wait_under_the_lock join_under_the_lock signal_before_the_wait signalled_until_heard
#include <thread>

#include "../gate.h"
#include "pair.h"

using tenter::Cond;
using tenter::Mutex;
using tenter::WaitGroup;

// A result is handed over under the lock that its receiver takes before he listens.
namespace send_under_the_lock {
Mutex state;
// expect: deadlock certainty=predicted
void wrong() {
  auto results = tenter::make_chan<int>();
  WaitGroup over;
  over.go([results] {
    { const std::lock_guard lock(state); }  // <- here
    (void)results.recv();
  });
  let_others_run();
  over.go([results] {
    const std::lock_guard lock(state);
    results.send(1);  // <- here
  });
  over.wait();
}
void mended() {
  auto results = tenter::make_chan<int>();
  WaitGroup over;
  over.go([results] {
    { const std::lock_guard lock(state); }
    (void)results.recv();
  });
  over.go([results] {
    { const std::lock_guard lock(state); }
    results.send(1);
  });
  over.wait();
}
}  // namespace send_under_the_lock

// The buffer has room for one, and two are sent under the lock.
namespace room_for_one_of_two {
Mutex state;
// expect: deadlock certainty=predicted
void wrong() {
  auto results = tenter::make_chan<int>(1);
  WaitGroup over;
  over.go([results] {
    let_others_run();
    const std::lock_guard lock(state);
    results.send(1);
    let_others_run();
    results.send(2);  // <- here
  });
  over.go([results] {
    { const std::lock_guard lock(state); }  // <- here
    let_others_run();
    let_others_run();
    for (int i = 0; i < 2; ++i) (void)results.recv();
  });
  over.wait();
}
void mended() {
  auto results = tenter::make_chan<int>(2);
  WaitGroup over;
  over.go([results] {
    const std::lock_guard lock(state);
    for (int i = 0; i < 2; ++i) results.send(i);
  });
  over.go([results] {
    { const std::lock_guard lock(state); }
    for (int i = 0; i < 2; ++i) (void)results.recv();
  });
  over.wait();
}
}  // namespace room_for_one_of_two

// The workers are waited for under the lock that they need.
namespace wait_under_the_lock {
Mutex state;
// expect: deadlock certainty=predicted
void wrong() {
  WaitGroup workers;
  workers.go([] { const std::lock_guard lock(state); });  // <- here
  let_others_run();
  const std::lock_guard lock(state);
  workers.wait();  // <- here
}
void mended() {
  WaitGroup workers;
  workers.go([] { const std::lock_guard lock(state); });
  workers.wait();
  const std::lock_guard lock(state);
}
}  // namespace wait_under_the_lock

// The same with a thread.
namespace join_under_the_lock {
std::mutex state;
// expect: deadlock certainty=predicted
void wrong() {
  Gate passed;
  std::thread worker([&] {
    { const std::lock_guard lock(state); }  // <- here
    passed.open();
  });
  while (!passed.is_open()) tenter::yield();
  const std::lock_guard lock(state);
  worker.join();  // <- here
}
void mended() {
  std::thread worker([] { const std::lock_guard lock(state); });
  worker.join();
  const std::lock_guard lock(state);
}
}  // namespace join_under_the_lock

// The wait begins whatever was signalled before.
namespace signal_before_the_wait {
Mutex state;
Cond ready(state);
bool is_ready = false;
// expect: task-leak certainty=predicted reason=condition-never-signalled
void wrong() {
  tenter::go([] {
    const std::lock_guard lock(state);
    ready.wait();  // <- here
  });
  let_others_run();
  tenter::go([] {
    const std::lock_guard lock(state);
    ready.signal();
  });
  let_others_run();
}
void mended() {
  tenter::go([] {
    const std::lock_guard lock(state);
    while (!is_ready) ready.wait();
  });
  tenter::go([] {
    const std::lock_guard lock(state);
    is_ready = true;
    ready.signal();
  });
  wait_for_all();
}
}  // namespace signal_before_the_wait

// Who signals again and again stops when it was heard, which the recorder need not see.
namespace signalled_until_heard {
Mutex state;
Cond ready(state);
// expect: task-leak certainty=predicted reason=condition-never-signalled
void wrong() {
  tenter::go([] {
    const std::lock_guard lock(state);
    ready.wait();  // <- here
  });
  let_others_run();
  tenter::go([] { ready.signal(); });
  let_others_run();
}
void mended() {
  Gate begun;
  Gate waits;
  tenter::go([&] {
    while (!begun.is_open()) tenter::yield();
    const std::lock_guard lock(state);
    waits.open();
    ready.wait();
  });
  tenter::go([&] {
    for (int turn = 0; turn < 2; ++turn) {
      if (turn == 1) {
        begun.open();
        while (!waits.is_open()) tenter::yield();
      }
      const std::lock_guard lock(state);
      ready.signal();
    }
  });
  wait_for_all();
}
}  // namespace signalled_until_heard

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(send_under_the_lock), PAIR(room_for_one_of_two), PAIR(wait_under_the_lock),
                   PAIR(join_under_the_lock), PAIR(signal_before_the_wait), PAIR(signalled_until_heard)});
}
