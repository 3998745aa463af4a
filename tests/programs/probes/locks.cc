// What go-deadlock reports and should not, does not report and should, and gets right.
#include <atomic>
#include <initializer_list>

#include "probe.h"

template <class First, class Second>
void take(First& first, Second& second) {
  const std::lock_guard outer(first);
  const std::lock_guard inner(second);  // <- here
}

// Two orders, never at the same time.
// expect: lock-order-inversion certainty=predicted
template <class Kit>
void two_orders() {
  typename Kit::Mutex left, right;
  Gate done;
  Kit::beside(
      [&] {
        take(left, right);
        done.open();
      },
      [&] {
        Kit::pass(done);
        take(right, left);
      });
}

// A ring of three, of which no two contradict each other.
// expect: lock-order-inversion certainty=predicted
template <class Kit>
void ring_of_three() {
  typename Kit::Mutex a, b, c;
  Gate first_done, second_done;
  Kit::beside(
      [&] {
        take(a, b);
        first_done.open();
        Kit::pass(second_done);
      },
      [&] {
        Kit::pass(first_done);
        Kit::beside(
            [&] {
              take(b, c);
              second_done.open();
            },
            [&] {
              Kit::pass(second_done);
              take(c, a);
            });
      });
}

// Two orders, both under a third lock.
// expect: nothing
template <class Kit>
void two_orders_under_a_gate() {
  typename Kit::Mutex gate, left, right;
  Gate done;
  Kit::beside(
      [&] {
        const std::lock_guard outer(gate);
        take(left, right);
        done.open();
      },
      [&] {
        Kit::pass(done);
        const std::lock_guard outer(gate);
        take(right, left);
      });
}

// Two orders by one task.
// expect: nothing
template <class Kit>
void two_orders_of_one_task() {
  typename Kit::Mutex left, right;
  Kit::alone([&] {
    take(left, right);
    take(right, left);
  });
}

// Two orders by two tasks, of which the second starts when the first has ended.
// expect: nothing
template <class Kit>
void two_orders_one_after_the_other() {
  typename Kit::Mutex left, right;
  Kit::alone([&] { take(left, right); });
  Kit::alone([&] { take(right, left); });
}

// A reader reads again, through another name of the lock. A writer that comes between the two waits for the first, and the
// second behind the writer. The lock of glibc that is behind std::shared_mutex lets readers pass.
// expect: double-lock certainty=predicted
// expect on std: nothing
template <class Kit>
void read_twice() {
  typename Kit::RWMutex table;
  auto&& reading = Kit::read_side(table);
  Gate has_read;
  Kit::beside(
      [&] {
        reading.lock();
        table.lock_shared();  // <- here
        table.unlock_shared();
        reading.unlock();
        has_read.open();
      },
      [&] {
        Kit::pass(has_read);
        const std::lock_guard writing(table);
      });
}

// Two orders of readers, and nobody who writes.
// expect: nothing
template <class Kit>
void readers_in_two_orders() {
  typename Kit::RWMutex left, right;
  auto &&reading_left = Kit::read_side(left), &&reading_right = Kit::read_side(right);
  Gate done;
  Kit::beside(
      [&] {
        take(reading_left, reading_right);
        done.open();
      },
      [&] {
        Kit::pass(done);
        take(reading_right, reading_left);
      });
}

// Whoever has it tells another, who gives it back and says so. The one who had it takes it again.
// expect: nothing
// expect on tasks: unlock-by-other-task severity=note
template <class Kit>
void hand_over() {
  typename Kit::HandOver turn;
  std::atomic<bool> taken{false}, given_back{false};
  Kit::beside(
      [&] {
        turn.lock();
        taken = true;
        while (!given_back) Kit::yield();
        turn.lock();
        turn.unlock();
      },
      [&] {
        while (!taken) Kit::yield();
        turn.unlock();  // <- here
        given_back = true;
      });
}

// The holder lets go, but later than somebody has patience (hang_timeout=1 in the test).
// expect: nothing
template <class Kit>
void slow_holder() {
  typename Kit::Mutex lock;
  Gate held;
  Kit::beside(
      [&] {
        const std::lock_guard slow(lock);
        held.open();
        Kit::sleep(std::chrono::milliseconds(1600));
      },
      [&] {
        Kit::pass(held);
        const std::lock_guard patient(lock);
      });
}

struct Probe {
  const char* name;
  void (*on_tasks)();
  void (*on_std)();
  void (*on_posix)();
};
#define PROBE(name) \
  Probe { #name, name<OnTasks>, name<OnStd>, name<OnPosix> }

// PROBE tasks|std|posix
int main(int count, char** words) {
  const std::initializer_list<Probe> probes = {PROBE(two_orders),
                                               PROBE(ring_of_three),
                                               PROBE(two_orders_under_a_gate),
                                               PROBE(two_orders_of_one_task),
                                               PROBE(two_orders_one_after_the_other),
                                               PROBE(read_twice),
                                               PROBE(readers_in_two_orders),
                                               PROBE(hand_over),
                                               PROBE(slow_holder)};
  for (const Probe& probe : probes) {
    if (count != 3 || std::strcmp(words[1], probe.name) != 0) continue;
    if (std::strcmp(words[2], "tasks") == 0) return OnTasks::run(probe.on_tasks);
    if (std::strcmp(words[2], "std") == 0) return OnStd::run(probe.on_std);
    if (std::strcmp(words[2], "posix") == 0) return OnPosix::run(probe.on_posix);
  }
  return 64;
}
