// Order that std:: makes between two threads.
// pairs: condition shared_condition condition_with_time_limit semaphore semaphore_tried count_down latch_of_two phase
//   second_phase left_the_phase promise promise_polled shared_future broken_promise packaged_task
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>

#include "hidden.h"

// A condition, and the variable that it is about.
namespace condition {
std::mutex guard;
std::condition_variable changed;
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  {
    const std::lock_guard lock(guard);
    ready = true;
  }
  changed.notify_one();
}
void hear() {
  std::unique_lock lock(guard);
  changed.wait(lock, [] { return ready; });
}
}  // namespace condition

// The same under a lock that the waiter shares.
namespace shared_condition {
std::shared_mutex guard;
std::condition_variable_any changed;
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  {
    const std::lock_guard lock(guard);
    ready = true;
  }
  changed.notify_all();
}
void hear() {
  std::shared_lock lock(guard);
  changed.wait(lock, [] { return ready; });
}
}  // namespace shared_condition

// The same, asked again after a while.
namespace condition_with_time_limit {
std::mutex guard;
std::condition_variable changed;
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  const std::lock_guard lock(guard);
  ready = true;
}
void hear() {
  std::unique_lock lock(guard);
  while (!ready) changed.wait_for(lock, std::chrono::milliseconds(1));
}
}  // namespace condition_with_time_limit

// A post that a wait consumes.
namespace semaphore {
std::counting_semaphore<4> done(0);
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.release(); }
void hear() { done.acquire(); }
}  // namespace semaphore

// The same without waiting in the semaphore.
namespace semaphore_tried {
std::binary_semaphore done(0);
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.release(); }
void hear() {
  while (!done.try_acquire()) std::this_thread::yield();
}
}  // namespace semaphore_tried

// A latch.
namespace count_down {
std::latch done(1);
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.count_down(); }
void hear() { done.wait(); }
}  // namespace count_down

// A latch that both count down.
namespace latch_of_two {
std::latch done(2);
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.arrive_and_wait(); }
void hear() { done.arrive_and_wait(); }
}  // namespace latch_of_two

// A barrier.
namespace phase {
std::barrier phase(2);
int total;
// expect: data-race certainty=predicted object=total
void tell() { phase.arrive_and_wait(); }
void hear() { phase.arrive_and_wait(); }
}  // namespace phase

// A barrier that both came to before.
namespace second_phase {
std::barrier phase(2);
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  phase.arrive_and_wait();
  phase.arrive_and_wait();
}
void hear() {
  phase.arrive_and_wait();
  phase.arrive_and_wait();
}
}  // namespace second_phase

// Somebody arrives and does not wait.
namespace left_the_phase {
std::barrier phase(2);
int total;
// expect: data-race certainty=predicted object=total
void tell() { phase.arrive_and_drop(); }
void hear() { phase.arrive_and_wait(); }
}  // namespace left_the_phase

// A promise.
namespace promise {
std::promise<void> done;
std::future<void> answer = done.get_future();
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.set_value(); }
void hear() { answer.wait(); }
}  // namespace promise

// A promise that is asked for again and again.
namespace promise_polled {
std::promise<int> done;
std::future<int> answer = done.get_future();
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.set_value(1); }
void hear() {
  while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) std::this_thread::yield();
}
}  // namespace promise_polled

// A future that several may have.
namespace shared_future {
std::promise<int> done;
std::shared_future<int> answer = done.get_future();
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.set_value(1); }
void hear() { (void)answer.get(); }
}  // namespace shared_future

// A promise that is given up.
namespace broken_promise {
std::unique_ptr<std::promise<void>> done = std::make_unique<std::promise<void>>();
std::future<void> answer = done->get_future();
int total;
// expect: data-race certainty=predicted object=total
void tell() { done.reset(); }
void hear() { answer.wait(); }
}  // namespace broken_promise

// A packaged task.
namespace packaged_task {
std::packaged_task<void()> done([] {});
std::future<void> answer = done.get_future();
int total;
// expect: data-race certainty=predicted object=total
void tell() { done(); }
void hear() { answer.get(); }
}  // namespace packaged_task

int main(int count, char** words) {
  return run_pair(count, words,
                  {SIGNAL(condition), SIGNAL(shared_condition), SIGNAL(condition_with_time_limit), SIGNAL(semaphore),
                   SIGNAL(semaphore_tried), SIGNAL(count_down), SIGNAL(latch_of_two), SIGNAL(phase),
                   SIGNAL(second_phase), SIGNAL(left_the_phase), SIGNAL(promise), SIGNAL(promise_polled),
                   SIGNAL(shared_future), SIGNAL(broken_promise), SIGNAL(packaged_task)});
}
