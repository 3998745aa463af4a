// Waits for a futex in the way that its argument names; hang_test.py runs it.
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <map>
#include <string>
#include <thread>

// A lock of its own make (Drepper, Futexes Are Tricky, 2011).
class OwnMutex {
 public:
  void lock() {
    int value = free_;
    if (word_.compare_exchange_strong(value, held_)) return;
    while (word_.exchange(contended_) != free_) syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, contended_, nullptr);
  }
  void unlock() {
    if (word_.exchange(free_) == contended_) syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1);
  }

 private:
  static constexpr int free_ = 0, held_ = 1, contended_ = 2;
  std::atomic<int> word_{free_};
};

OwnMutex left_lock, right_lock;
std::atomic<int> holding{0}, ping{0}, pong{0};

static int both_orders() {
  const auto take = [](OwnMutex& first, OwnMutex& second) {
    first.lock();
    ++holding;
    while (holding < 2) std::this_thread::yield();
    second.lock();
  };
  std::thread one([&] { take(left_lock, right_lock); }), two([&] { take(right_lock, left_lock); });
  one.join();
  two.join();
  return 0;
}

static int one_order() {
  const auto take = [] {
    for (int i = 0; i < 1000; ++i) {
      left_lock.lock();
      right_lock.lock();
      right_lock.unlock();
      left_lock.unlock();
    }
  };
  std::thread one(take), two(take);
  one.join();
  two.join();
  return 0;
}

static int each_waits_for_the_other() {
  std::thread one([] {
    ping.wait(0);
    pong = 1;
    pong.notify_one();
  });
  std::thread two([] {
    pong.wait(0);
    ping = 1;
    ping.notify_one();
  });
  one.join();
  two.join();
  return 0;
}

static int each_notifies_the_other() {
  std::thread one([] {
    ping.wait(0);
    pong = 1;
    pong.notify_one();
  });
  std::thread two([] {
    ping = 1;
    ping.notify_one();
    pong.wait(0);
  });
  one.join();
  two.join();
  return 0;
}

static int never_set() {
  std::promise<int> answer;
  return answer.get_future().get();
}

static int handler_notifies() {
  signal(SIGUSR1, [](int) {
    ping = 1;
    ping.notify_one();
  });
  ping.wait(0);
  return 0;
}

// Another process has the word, too, and wakes who waits after a byte came.
static int other_process_wakes() {
  auto* const word = static_cast<std::atomic<int>*>(
      mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (word == MAP_FAILED) return 11;
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    const bool told = read(0, &byte, 1) == 1;
    *word = 1;
    syscall(SYS_futex, word, FUTEX_WAKE, 1);
    _exit(told ? 0 : 12);
  }
  while (*word == 0) syscall(SYS_futex, word, FUTEX_WAIT, 0, nullptr);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int main(int argc, char** argv) {
  const std::map<std::string, int (*)()> ways = {
      {"both-orders", both_orders},
      {"one-order", one_order},
      {"each-waits", each_waits_for_the_other},
      {"each-notifies", each_notifies_the_other},
      {"never-set", never_set},
      {"handler-notifies", handler_notifies},
      {"other-process-wakes", other_process_wakes},
  };
  const auto way = ways.find(argc > 1 ? argv[1] : "");
  return way == ways.end() ? 64 : way->second();
}
