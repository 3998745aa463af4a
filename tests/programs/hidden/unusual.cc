// Order that programs make in ways of their own, of locks and atomics that are put to unusual use.
// pairs: hand_over_hand ticket_lock peterson queue_of_one_sender stack_of_nodes last_owner upgraded_lock
//   handed_to_and_fro pool_of_workers
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <type_traits>

#include "hidden.h"

// The lock of a node is given back when the next one's is held; wrong, somebody changes one without a lock.
namespace hand_over_hand {
struct Node {
  std::mutex guard;
  int value = 0;
};
Node nodes[4];
void walk() {
  nodes[0].guard.lock();
  for (int i = 1; i < 4; ++i) {
    nodes[i].guard.lock();
    ++nodes[i].value;
    nodes[i - 1].guard.unlock();
  }
  nodes[3].guard.unlock();
}
template <bool is_wrong>
void both() {
  beside(
      [] {
        walk();
        drawn.open();
      },
      [] {
        if (is_wrong) ++nodes[1].value;
        pass(drawn);
        walk();
      });
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace hand_over_hand

// Each takes a number and waits until it is called; wrong, the call is relaxed.
namespace ticket_lock {
std::atomic<int> next{0}, called{0};
int total;
template <bool is_wrong>
void take_turns() {
  for (int i = 0; i < 10; ++i) {
    const int mine = next.fetch_add(1, std::memory_order_relaxed);
    while (called.load(std::memory_order_acquire) != mine) std::this_thread::yield();
    ++total;
    called.store(mine + 1, is_wrong ? std::memory_order_relaxed : std::memory_order_release);
  }
}
template <bool is_wrong>
void both() {
  beside(take_turns<is_wrong>, take_turns<is_wrong>);
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace ticket_lock

// Two flags and a turn; wrong, relaxed.
namespace peterson {
std::atomic<bool> wants[2];
std::atomic<int> turn{0};
int total;
template <bool is_wrong>
void take_turns(int me) {
  constexpr auto order = is_wrong ? std::memory_order_relaxed : std::memory_order_seq_cst;
  for (int i = 0; i < 10; ++i) {
    wants[me].store(true, order);
    turn.store(1 - me, order);
    while (wants[1 - me].load(order) && turn.load(order) == 1 - me) std::this_thread::yield();
    ++total;
    wants[me].store(false, order);
  }
}
template <bool is_wrong>
void both() {
  beside([] { take_turns<is_wrong>(0); }, [] { take_turns<is_wrong>(1); });
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace peterson

// A ring between one sender and one receiver; wrong, the sender does not acquire the room.
namespace queue_of_one_sender {
int ring[4];
std::atomic<unsigned> sent{0}, received{0};
std::atomic<int> sum{0};
template <bool is_wrong>
void both() {
  beside(
      [] {
        for (unsigned i = 0; i < 40; ++i) {
          while (i - received.load(is_wrong ? std::memory_order_relaxed : std::memory_order_acquire) == 4)
            std::this_thread::yield();
          ring[i % 4] = 1;
          sent.store(i + 1, std::memory_order_release);
        }
      },
      [] {
        for (unsigned i = 0; i < 40; ++i) {
          while (sent.load(std::memory_order_acquire) == i) std::this_thread::yield();
          sum += ring[i % 4];
          received.store(i + 1, std::memory_order_release);
        }
      });
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace queue_of_one_sender

// Nodes that are pushed by an exchange; wrong, changed afterwards.
namespace stack_of_nodes {
struct Node {
  int value;
  Node* next;
};
std::atomic<Node*> top{nullptr};
std::atomic<int> sum{0};
template <bool is_wrong>
void both() {
  beside(
      [] {
        Node* const node = new Node{1, top.load(std::memory_order_relaxed)};
        if (!is_wrong) ++node->value;
        while (!top.compare_exchange_weak(node->next, node, std::memory_order_release, std::memory_order_relaxed)) {}
        if (is_wrong) ++node->value;
        hide();
      },
      [] {
        Node* node;
        while ((node = top.exchange(nullptr, std::memory_order_acquire)) == nullptr) std::this_thread::yield();
        hidden();
        sum += node->value;
        if (!is_wrong) delete node;
      });
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace stack_of_nodes

// Whoever counts down to none frees; wrong, relaxed.
namespace last_owner {
struct Shared {
  std::atomic<int> owners{2};
  int value = 0;
};
template <bool is_wrong>
void let_go(Shared* shared, int* sum) {
  *sum = shared->value;
  if (shared->owners.fetch_sub(1, is_wrong ? std::memory_order_relaxed : std::memory_order_acq_rel) == 1) delete shared;
}
template <bool is_wrong>
void both() {
  auto* const shared = new Shared;
  int sums[2];
  beside([&] { let_go<is_wrong>(shared, &sums[0]); }, [&] { let_go<is_wrong>(shared, &sums[1]); });
}
// expect: use-after-free-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace last_owner

// Read under the shared side, written under the other; wrong, written under the shared one, too.
namespace upgraded_lock {
std::shared_mutex guard;
int value;
bool made;
template <bool is_wrong>
int get() {
  {
    const std::shared_lock lock(guard);
    if (made && !is_wrong) return value;
  }
  std::conditional_t<is_wrong, std::shared_lock<std::shared_mutex>, std::unique_lock<std::shared_mutex>> lock(guard);
  if (!made || is_wrong) {
    value = 7;
    made = true;
  }
  return value;
}
template <bool is_wrong>
void both() {
  beside(get<is_wrong>, get<is_wrong>);
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace upgraded_lock

// Who is in turn stands under a lock, and what they share beside it; wrong, used after it was handed over.
namespace handed_to_and_fro {
std::mutex guard;
std::condition_variable changed;
int turn, total;
template <bool is_wrong>
void take_turns(int me) {
  for (int i = 0; i < 5; ++i) {
    {
      std::unique_lock lock(guard);
      changed.wait(lock, [me] { return turn == me; });
    }
    ++total;
    {
      const std::lock_guard lock(guard);
      turn = 1 - me;
    }
    changed.notify_all();
    if (is_wrong) ++total;
  }
}
template <bool is_wrong>
void both() {
  beside([] { take_turns<is_wrong>(0); }, [] { take_turns<is_wrong>(1); });
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace handed_to_and_fro

// Work is given to a thread that waits for it, and its result comes by a future; wrong, read before.
namespace pool_of_workers {
std::mutex guard;
std::condition_variable changed;
std::deque<std::packaged_task<void()>> queue;
int result;
template <bool is_wrong>
void both() {
  std::packaged_task<void()> task([] { result = 1; });
  std::future<void> over = task.get_future();
  beside(
      [&] {
        {
          const std::lock_guard lock(guard);
          queue.push_back(std::move(task));
        }
        changed.notify_one();
        if (!is_wrong) over.get();
        ++result;
      },
      [] {
        std::packaged_task<void()> mine;
        {
          std::unique_lock lock(guard);
          changed.wait(lock, [] { return !queue.empty(); });
          mine = std::move(queue.front());
          queue.pop_front();
        }
        mine();
      });
}
// expect: data-race
void wrong() { both<true>(); }
void mended() { both<false>(); }
}  // namespace pool_of_workers

int main(int count, char** words) {
  return run_pair(
      count, words,
      {PAIR(hand_over_hand), PAIR(ticket_lock), PAIR(peterson), PAIR(queue_of_one_sender), PAIR(stack_of_nodes),
       PAIR(last_owner), PAIR(upgraded_lock), PAIR(handed_to_and_fro), PAIR(pool_of_workers)});
}
