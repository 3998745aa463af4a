// Tasks that wait for each other, on each of what they can wait for, while main goes on.
// pairs: reader_and_writer reads_twice_behind_a_writer reader_behind_a_writer full_buffers selects wait_groups conditions once_bodies semaphores once_and_lock
#include "../gate.h"
#include "pair.h"

using tenter::Chan;
using tenter::Cond;
using tenter::Mutex;
using tenter::on_recv;
using tenter::on_send;
using tenter::Once;
using tenter::RWMutex;
using tenter::select;
using tenter::Semaphore;
using tenter::Unit;
using tenter::WaitGroup;

namespace {
Gate others_wait;
// For the one that has something already and shall take the rest when the other waits.
void let_others_get_stuck() {
  while (!others_wait.is_open()) tenter::yield();
}
void all_get_stuck() {
  let_others_run();
  others_wait.open();
  let_others_run();
}
}  // namespace

namespace reader_and_writer {
Mutex orders;
RWMutex prices;
// expect: deadlock certainty=observed
void wrong() {
  tenter::go([] {
    const std::shared_lock reading(prices);
    let_others_get_stuck();
    const std::lock_guard lock(orders);  // <- here
  });
  let_others_run();
  tenter::go([] {
    const std::lock_guard lock(orders);
    const std::lock_guard writing(prices);  // <- here
  });
  all_get_stuck();
}
void mended() {
  for (int i = 0; i < 2; ++i) {
    tenter::go([] {
      const std::lock_guard lock(orders);
      const std::shared_lock reading(prices);
    });
    tenter::go([] {
      const std::lock_guard lock(orders);
      const std::lock_guard writing(prices);
    });
  }
  wait_for_all();
}
}  // namespace reader_and_writer

// The writer waits for the reader, and keeps out the same reader's second lock.
namespace reads_twice_behind_a_writer {
RWMutex prices;
// expect: deadlock certainty=observed
void wrong() {
  tenter::go([] {
    const std::shared_lock reading(prices);
    let_others_get_stuck();
    const std::shared_lock again(prices);  // <- here
  });
  let_others_run();
  tenter::go([] { const std::lock_guard writing(prices); });  // <- here
  all_get_stuck();
}
void mended() {
  tenter::go([] { const std::shared_lock reading(prices); });
  tenter::go([] { const std::lock_guard writing(prices); });
  wait_for_all();
}
}  // namespace reads_twice_behind_a_writer

// A reader waits for an answer of another reader, whom a writer keeps out who waits for the former.
namespace reader_behind_a_writer {
RWMutex prices;
// expect: deadlock certainty=observed
void wrong() {
  auto answers = tenter::make_chan<int>();
  tenter::go([answers = tenter::RecvChan<int>(answers)] {
    const std::shared_lock reading(prices);
    (void)answers.recv();  // <- here
  });
  let_others_run();
  tenter::go([] { const std::lock_guard writing(prices); });  // <- here
  let_others_run();
  tenter::go([answers = tenter::SendChan<int>(answers)] {
    const std::shared_lock reading(prices);  // <- here
    answers.send(1);
  });
  let_others_run();
}
void mended() {
  auto answers = tenter::make_chan<int>();
  tenter::go([answers = tenter::RecvChan<int>(answers)] {
    (void)answers.recv();
    const std::shared_lock reading(prices);
  });
  tenter::go([] { const std::lock_guard writing(prices); });
  tenter::go([answers = tenter::SendChan<int>(answers)] {
    const std::shared_lock reading(prices);
    answers.send(1);
  });
  wait_for_all();
}
}  // namespace reader_behind_a_writer

// Each sends into a full buffer that the other one empties.
namespace full_buffers {
void talk(const tenter::SendChan<int>& to, const tenter::RecvChan<int>& from, int ahead) {
  to.send(0);
  from.recv();
  for (int i = 0; i < ahead; ++i) to.send(i);  // <- here
  for (int i = 0; i < ahead; ++i) from.recv();
}
void start(int ahead) {
  auto there = tenter::make_chan<int>(1), back = tenter::make_chan<int>(1);
  tenter::go([there, back, ahead] { talk(there, back, ahead); });
  tenter::go([there, back, ahead] { talk(back, there, ahead); });
}
// expect: deadlock certainty=observed
void wrong() {
  start(2);
  let_others_run();
}
void mended() {
  start(1);
  wait_for_all();
}
}  // namespace full_buffers

// Both offer in a select what only the other would take, and neither takes.
namespace selects {
void offer(const Chan<int>& to, const Chan<int>& from, bool takes, bool asks) {
  if (asks) from.recv();
  else to.send(0);
  if (asks) to.send(0);
  else from.recv();
  select(on_send(to, 1), on_recv(takes ? from : Chan<int>()));  // <- here
}
void start(bool takes) {
  auto there = tenter::make_chan<int>(), back = tenter::make_chan<int>();
  tenter::go([there, back, takes] { offer(there, back, takes, false); });
  tenter::go([there, back, takes] { offer(back, there, takes, true); });
}
// expect: deadlock certainty=observed
void wrong() {
  start(false);
  let_others_run();
}
void mended() {
  start(true);
  wait_for_all();
}
}  // namespace selects

// Each waits for the other to be done before it is.
namespace wait_groups {
void work(WaitGroup& mine, WaitGroup& theirs, bool first_says) {
  mine.done();
  if (first_says) mine.done();
  theirs.wait();  // <- here
  if (!first_says) mine.done();
}
// expect: deadlock certainty=observed
void wrong() {
  static WaitGroup left, right;
  left.add(2);
  right.add(2);
  tenter::go([] { work(left, right, false); });
  tenter::go([] { work(right, left, false); });
  let_others_run();
}
void mended() {
  static WaitGroup left, right;
  left.add(2);
  right.add(2);
  tenter::go([] { work(left, right, false); });
  tenter::go([] { work(right, left, true); });
  wait_for_all();
}
}  // namespace wait_groups

// Each waits for a signal that the other gives only after its own.
namespace conditions {
struct Turn {
  Mutex guard;
  Cond changed{guard};
  int value = 0;
  void await(int wanted) {
    const std::lock_guard lock(guard);
    changed.wait([&] { return value >= wanted; });  // <- here
  }
  void tell(int said) {
    const std::lock_guard lock(guard);
    value = said;
    changed.signal();
  }
};
void work(Turn& mine, Turn& theirs, bool tells_first) {
  mine.tell(1);
  theirs.await(1);
  if (tells_first) mine.tell(2);
  theirs.await(2);
  if (!tells_first) mine.tell(2);
}
// expect: deadlock certainty=observed
void wrong() {
  static Turn left, right;
  tenter::go([] { work(left, right, false); });
  tenter::go([] { work(right, left, false); });
  let_others_run();
}
void mended() {
  static Turn left, right;
  tenter::go([] { work(left, right, false); });
  tenter::go([] { work(right, left, true); });
  wait_for_all();
}
}  // namespace conditions

// Each is initialized with the other.
namespace once_bodies {
struct Tables {
  Once names, sizes;
  void make_names(bool needs_sizes) {
    names.call([&] {
      if (!needs_sizes) return;
      let_others_get_stuck();
      sizes.call([] {});  // <- here
    });
  }
  void make_sizes() {
    sizes.call([&] { names.call([] {}); });  // <- here
  }
};
// expect: deadlock certainty=observed
void wrong() {
  static Tables tables;
  tenter::go([] { tables.make_names(true); });
  let_others_run();
  tenter::go([] { tables.make_sizes(); });
  all_get_stuck();
}
void mended() {
  static Tables tables;
  tenter::go([] { tables.make_names(false); });
  tenter::go([] { tables.make_sizes(); });
  wait_for_all();
}
}  // namespace once_bodies

// Two resources of one piece each, taken in different orders.
namespace semaphores {
void work(Semaphore& first, Semaphore& second, bool waits) {
  first.acquire();
  if (waits) let_others_get_stuck();
  second.acquire();  // <- here
  second.release();
  first.release();
}
// expect: deadlock certainty=observed
void wrong() {
  static Semaphore readers(1), writers(1);
  tenter::go([] { work(readers, writers, true); });
  let_others_run();
  tenter::go([] { work(writers, readers, false); });
  all_get_stuck();
}
void mended() {
  static Semaphore readers(1), writers(1);
  tenter::go([] { work(readers, writers, false); });
  tenter::go([] { work(readers, writers, false); });
  wait_for_all();
}
}  // namespace semaphores

// An initialization wants a lock, and who has the lock wants what is initialized.
namespace once_and_lock {
Mutex guard;
// expect: deadlock certainty=observed
void wrong() {
  static Once table;
  tenter::go([] {
    table.call([] {
      let_others_get_stuck();
      const std::lock_guard lock(guard);  // <- here
    });
  });
  let_others_run();
  tenter::go([] {
    const std::lock_guard lock(guard);
    table.call([] {});  // <- here
  });
  all_get_stuck();
}
void mended() {
  static Once table;
  tenter::go([] { table.call([] { const std::lock_guard lock(guard); }); });
  tenter::go([] {
    table.call([] {});
    const std::lock_guard lock(guard);
  });
  wait_for_all();
}
}  // namespace once_and_lock

int main(int count, char** words) {
  return run_pair(
      count, words,
      {PAIR(reader_and_writer), PAIR(reads_twice_behind_a_writer), PAIR(reader_behind_a_writer), PAIR(full_buffers),
       PAIR(selects), PAIR(wait_groups), PAIR(conditions), PAIR(once_bodies), PAIR(semaphores), PAIR(once_and_lock)});
}
