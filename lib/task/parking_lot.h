// Queues of waiting agents, by the address of what they wait for, kept outside of it. A lock is then one word, and,
// more important, whoever gives it up need not touch it again to wake the next one: by then it may be destroyed.
// (The idea is WebKit's WTF::ParkingLot.)
//
//   ParkingLot::Bucket& bucket = ParkingLot::bucket_of(this);
//   bucket.lock.lock();               // now read and change the word: nobody joins or leaves the queue meanwhile
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "task/agent.h"
#include "task/futex.h"

namespace tenter::detail {

// One wait; lives on the stack of whoever waits.
struct LotWaiter {
  LotWaiter* next = nullptr;
  const void* key = nullptr;
  Agent* agent = nullptr;
  std::int64_t since_ns = 0;  // of a mutex: when it began to wait
  std::int64_t wants = 0;     // of a semaphore: how many; of a read-write lock: 1 to read
  bool granted = false;       // it was given what it waits for, and need not try again
  bool queued = false;
};

class ParkingLot {
 public:
  struct alignas(64) Bucket {
    FutexLock lock;
    LotWaiter* first = nullptr;  // of all keys that share the bucket, oldest first
    LotWaiter* last = nullptr;

    void push_back(LotWaiter& waiter) {
      waiter.next = nullptr;
      (last != nullptr ? last->next : first) = &waiter;
      last = &waiter;
      waiter.queued = true;
    }
    void push_front(LotWaiter& waiter) {
      waiter.next = first;
      first = &waiter;
      if (last == nullptr) { last = &waiter; }
      waiter.queued = true;
    }
    // The caller queues behind all others and waits until it was taken out and woken. The lock is held before and not
    // after. Inlined, so that the frame below the program's is the public function's.
    [[gnu::always_inline]] void wait(Agent& self, WaitKind kind, const void* key, std::int64_t wants = 0) {
      LotWaiter waiter;
      waiter.key = key;
      waiter.agent = &self;
      waiter.wants = wants;
      self.prepare();
      push_back(waiter);
      lock.unlock();
      const WaitScope waiting(self, kind, key);
      self.park();
    }
    // The oldest waiter with the key; abandoned ones are dropped on the way. Null: none.
    LotWaiter* front(const void* key);
    LotWaiter* pop(const void* key);
    bool remove(LotWaiter& waiter);  // false: somebody took it out already
    // Takes out every waiter with the key that `wanted` accepts, as a chain by `next`.
    template <class Predicate>
    LotWaiter* take(const void* key, Predicate wanted) {
      LotWaiter* chain = nullptr;
      LotWaiter** chain_end = &chain;
      LotWaiter* before = nullptr;
      for (LotWaiter* waiter = first; waiter != nullptr;) {
        LotWaiter* const next = waiter->next;
        if (waiter->key == key && (waiter->agent->abandoned() || wanted(*waiter))) {
          unlink(before, waiter);
          if (!waiter->agent->abandoned()) {
            *chain_end = waiter;
            chain_end = &waiter->next;
            waiter->next = nullptr;
          }
        } else {
          before = waiter;
        }
        waiter = next;
      }
      return chain;
    }

   private:
    void unlink(LotWaiter* before, LotWaiter* waiter) {
      (before != nullptr ? before->next : first) = waiter->next;
      if (last == waiter) { last = before; }
      waiter->queued = false;
    }
  };

  static Bucket& bucket_of(const void* key) {
    const auto address = reinterpret_cast<std::uintptr_t>(key);
    return buckets_[(address * 0x9e3779b97f4a7c15u) >> (64 - bits_)];
  }

  // The key goes, and with it whatever could wake those who wait for it: they wait for ever. Whoever takes its place in
  // memory does not inherit them.
  static void forget(const void* key);

  // A queue of which nobody is left, because their run has ended, holds nobody up. True: that was the case, and the word
  // no longer says that somebody waits.
  template <class Word>
  static bool drop_abandoned(const void* key, std::atomic<Word>& word, Word queued) {
    Bucket& bucket = bucket_of(key);
    FutexGuard guard(bucket.lock);
    if (bucket.front(key) != nullptr) { return false; }
    return (word.fetch_and(~queued, std::memory_order_relaxed) & queued) != 0;
  }

  // Wakes a chain that take() returned. A waiter is gone as soon as it was woken.
  static void unpark_all(LotWaiter* chain) {
    while (chain != nullptr) {
      LotWaiter* const next = chain->next;
      unpark(*chain->agent);
      chain = next;
    }
  }

 private:
  static constexpr unsigned bits_ = 10;
  static Bucket buckets_[std::size_t{1} << bits_];
};

}  // namespace tenter::detail
