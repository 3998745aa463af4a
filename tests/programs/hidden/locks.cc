// Locks whose critical sections came in one order, which hid a race; and what is read under them and makes it a must.
// pairs: mutex written_by_both recursive_mutex tried_lock timed_lock two_locks reader_after_writer tried_reader
//   writer_after_reader once once_that_failed static_local block_freed inside_the_section joined
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

#include "hidden.h"

// A mutex.
namespace mutex {
std::mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return ready == 1;
}
}  // namespace mutex

// Both write, and neither looks; mended, the second looks first.
namespace written_by_both {
std::mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() {
  const std::lock_guard lock(guard);
  ready = 2;
}
bool seen() {
  const std::lock_guard lock(guard);
  const bool found = ready == 1;
  ready = 2;
  return found;
}
}  // namespace written_by_both

// A mutex that its holder may take again.
namespace recursive_mutex {
std::recursive_mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  const std::lock_guard again(guard);
  ready = 1;
}
void blind() {
  const std::lock_guard lock(guard);
  const std::lock_guard again(guard);
}
bool seen() {
  const std::lock_guard lock(guard);
  const std::lock_guard again(guard);
  return ready == 1;
}
}  // namespace recursive_mutex

// A lock that is only tried.
namespace tried_lock {
std::mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::unique_lock lock(guard, std::try_to_lock); }
bool seen() {
  const std::unique_lock lock(guard, std::try_to_lock);
  return lock.owns_lock() && ready == 1;
}
}  // namespace tried_lock

// A lock that is tried for some time.
namespace timed_lock {
std::timed_mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::unique_lock lock(guard, std::chrono::seconds(10)); }
bool seen() {
  const std::unique_lock lock(guard, std::chrono::seconds(10));
  return lock.owns_lock() && ready == 1;
}
}  // namespace timed_lock

// Two locks taken at once.
namespace two_locks {
std::mutex guard, other;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::scoped_lock lock(guard, other);
  ready = 1;
}
void blind() { const std::scoped_lock lock(other, guard); }
bool seen() {
  const std::scoped_lock lock(other, guard);
  return ready == 1;
}
}  // namespace two_locks

// A reader after the writer.
namespace reader_after_writer {
std::shared_mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::shared_lock lock(guard); }
bool seen() {
  const std::shared_lock lock(guard);
  return ready == 1;
}
}  // namespace reader_after_writer

// A reader that only tries.
namespace tried_reader {
std::shared_timed_mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::lock_guard lock(guard);
  ready = 1;
}
void blind() { const std::shared_lock lock(guard, std::try_to_lock); }
bool seen() {
  const std::shared_lock lock(guard, std::try_to_lock);
  return lock.owns_lock() && ready == 1;
}
}  // namespace tried_reader

// A writer after the reader, who tells of itself by an atomic.
namespace writer_after_reader {
std::shared_mutex guard;
std::atomic<int> ready{0};
int total;
// expect: data-race certainty=predicted object=total
void first() {
  const std::shared_lock lock(guard);
  ready.store(1, std::memory_order_relaxed);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return ready.load(std::memory_order_relaxed) == 1;
}
}  // namespace writer_after_reader

// An initialization that one of them makes: the other follows it only if it looks at what that was.
namespace once {
std::once_flag made;
std::mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  std::call_once(made, [] { ready = 1; });
  const std::lock_guard lock(guard);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  std::call_once(made, [] { ready = 2; });
  const std::lock_guard lock(guard);
  return ready == 1;
}
}  // namespace once

// The same, which failed the first time.
namespace once_that_failed {
std::once_flag made;
std::mutex guard;
int ready;
int total;
// expect: data-race certainty=predicted object=total
void first() {
  try {
    std::call_once(made, [] { throw std::runtime_error("not yet"); });
  } catch (const std::runtime_error&) { ready = 1; }
  std::call_once(made, [] {});
  const std::lock_guard lock(guard);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  std::call_once(made, [] { ready = 2; });
  const std::lock_guard lock(guard);
  return ready == 1;
}
}  // namespace once_that_failed

// A static local variable.
namespace static_local {
std::mutex guard;
int make() { return 1; }
int& made() {
  static int one = make();
  return one;
}
int total;
// expect: data-race certainty=predicted object=total
void first() {
  made();
  const std::lock_guard lock(guard);
}
void blind() { const std::lock_guard lock(guard); }
bool seen() {
  const std::lock_guard lock(guard);
  return made() == 1;
}
}  // namespace static_local

// What was read before the lock is freed after it.
namespace block_freed {
std::mutex guard;
int* block = new int(1);
bool unused = false;
// expect: use-after-free-race certainty=predicted
void wrong() {
  beside(
      [] {
        const int read = *block;  // <- here
        const std::lock_guard lock(guard);
        unused = read == 1;
        drawn.open();
      },
      [] {
        drawn.wait();
        { const std::lock_guard lock(guard); }
        delete block;  // <- here
      });
}
void mended() {
  beside(
      [] {
        const int read = *block;
        const std::lock_guard lock(guard);
        unused = read == 1;
        drawn.open();
      },
      [] {
        drawn.wait();
        bool seen;
        {
          const std::lock_guard lock(guard);
          seen = unused;
        }
        if (seen) delete block;
      });
}
}  // namespace block_freed

// The write is under the lock, and beside the other's only where that one's critical section comes first: osr alone.
namespace inside_the_section {
std::mutex guard;
int total, ready;
// check: --deep
// expect: data-race certainty=predicted object=total
void wrong() {
  beside(
      [] {
        const std::lock_guard lock(guard);
        ready = 1;
        total = 1;  // <- here
        drawn.open();
      },
      [] {
        pass(drawn);
        { const std::lock_guard lock(guard); }
        total = 2;  // <- here
      });
}
void mended() {
  beside(
      [] {
        const std::lock_guard lock(guard);
        ready = 1;
        total = 1;
        drawn.open();
      },
      [] {
        pass(drawn);
        bool seen;
        {
          const std::lock_guard lock(guard);
          seen = ready == 1;
        }
        if (seen) total = 2;
      });
}
}  // namespace inside_the_section

// Who joins one of them comes after that one alone.
namespace joined {
int total;
// expect: data-race certainty=predicted object=total
void after(bool the_writer) {
  std::thread writer([] {
    total = 1;  // <- here
    hide();
  });
  std::thread other([] {});
  beside([] {},
         [&] {
           (the_writer ? writer : other).join();
           hidden();
           total = 2;  // <- here
         });
  (the_writer ? other : writer).join();
}
void wrong() { after(false); }
void mended() { after(true); }
}  // namespace joined

int main(int count, char** words) {
  return run_pair(
      count, words,
      {LOCK(mutex), LOCK(written_by_both), LOCK(recursive_mutex), LOCK(tried_lock), LOCK(timed_lock), LOCK(two_locks),
       LOCK(reader_after_writer), LOCK(tried_reader), LOCK(writer_after_reader), LOCK(once), LOCK(once_that_failed),
       LOCK(static_local), PAIR(block_freed), PAIR(inside_the_section), PAIR(joined)});
}
