// Order that atomic operations make between two threads.
// pairs: release_acquire fences waited_for waited_for_in_eight_bytes flag spin_lock compare_exchange counter pointer
//   stop stop_called_back
#include <atomic>
#include <stop_token>

#include "hidden.h"

// A flag.
namespace release_acquire {
std::atomic<int> done{0};
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.store(1, std::memory_order_release); }
void hear() {
  while (done.load(std::memory_order_acquire) == 0) std::this_thread::yield();
}
}  // namespace release_acquire

// A flag between fences.
namespace fences {
std::atomic<int> done{0};
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  std::atomic_thread_fence(std::memory_order_release);
  done.store(1, std::memory_order_relaxed);
}
void hear() {
  while (done.load(std::memory_order_relaxed) == 0) std::this_thread::yield();
  std::atomic_thread_fence(std::memory_order_acquire);
}
}  // namespace fences

// A flag that is waited for.
namespace waited_for {
std::atomic<int> done{0};
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  done.store(1, std::memory_order_release);
  done.notify_one();
}
void hear() { done.wait(0, std::memory_order_acquire); }
}  // namespace waited_for

// The same of eight bytes, for which libstdc++ has a word of its own.
namespace waited_for_in_eight_bytes {
std::atomic<long> done{0};
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  done = 1;
  done.notify_all();
}
void hear() { done.wait(0); }
}  // namespace waited_for_in_eight_bytes

// An atomic_flag.
namespace flag {
std::atomic_flag done;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  done.test_and_set();
  done.notify_one();
}
void hear() { done.wait(false); }
}  // namespace flag

// An atomic_flag that guards a variable.
namespace spin_lock {
std::atomic_flag taken;
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  while (taken.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  ready = true;
  taken.clear(std::memory_order_release);
}
void hear() {
  for (bool seen = false; !seen;) {
    while (taken.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    seen = ready;
    taken.clear(std::memory_order_release);
  }
}
}  // namespace spin_lock

// An exchange that fails until the other was there.
namespace compare_exchange {
std::atomic<int> done{0};
int total;
// expect: data-race certainty=predicted object=total
void tell() { done = 1; }
void hear() {
  for (int expected = 1; !done.compare_exchange_weak(expected, 2); expected = 1) std::this_thread::yield();
}
}  // namespace compare_exchange

// A counter.
namespace counter {
std::atomic<int> done{0};
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.fetch_add(1, std::memory_order_release); }
void hear() {
  while (done.fetch_add(0, std::memory_order_acq_rel) == 0) std::this_thread::yield();
}
}  // namespace counter

// A pointer to something new.
namespace pointer {
std::atomic<int*> made{nullptr};
int total;
// expect: data-race certainty=predicted object=total
void tell() { made.store(new int(1), std::memory_order_release); }
void hear() {
  int* got;
  while ((got = made.load(std::memory_order_acquire)) == nullptr) std::this_thread::yield();
  delete got;
}
}  // namespace pointer

// A request to stop.
namespace stop {
std::stop_source source;
int total;
// expect: data-race certainty=predicted object=total
void tell() { source.request_stop(); }
void hear() {
  while (!source.stop_requested()) std::this_thread::yield();
}
}  // namespace stop

// A request to stop that calls back.
namespace stop_called_back {
std::stop_source source;
std::atomic<bool> called{false};
int total;
// expect: data-race certainty=predicted object=total
void tell() { source.request_stop(); }
void hear() {
  const std::stop_callback callback(source.get_token(), [] { called = true; });
  while (!called) std::this_thread::yield();
}
}  // namespace stop_called_back

int main(int count, char** words) {
  return run_pair(count, words,
                  {SIGNAL(release_acquire), SIGNAL(fences), SIGNAL(waited_for), SIGNAL(waited_for_in_eight_bytes),
                   SIGNAL(flag), SIGNAL(spin_lock), SIGNAL(compare_exchange), SIGNAL(counter), SIGNAL(pointer),
                   SIGNAL(stop), SIGNAL(stop_called_back)});
}
