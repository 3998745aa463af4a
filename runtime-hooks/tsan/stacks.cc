#include "tsan/stacks.h"

#include "record/spin_lock.h"
#include "tsan/detector.h"
#include "tsan/pool.h"

namespace tenter::detector {
namespace {

struct Stack {
  std::uintptr_t begin = 0;
  std::uint32_t owner = 0;  // the recorder's number of the last task that had it
  Stack* next = nullptr;    // in its bucket
};

constinit Pool<Stack> pool;

// Stacks are reused and hardly ever given back, so there are as many as there were tasks at a time.
constexpr std::size_t bucket_count_log2 = 12;
constinit record::SpinLock lock;
constinit Stack* buckets[std::size_t{1} << bucket_count_log2] = {};  // guarded by lock

// With the lock held.
Stack*& bucket_of(std::uintptr_t begin) {
  constexpr std::uint64_t golden = 0x9e37'79b9'7f4a'7c15;
  return buckets[begin * golden >> (64 - bucket_count_log2)];
}
Stack* find(std::uintptr_t begin) {
  Stack* stack = bucket_of(begin);
  while (stack != nullptr && stack->begin != begin) { stack = stack->next; }
  return stack;
}

}  // namespace

void stack_renewed(const void* memory, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  // What memory of a runtime of its own is to ThreadSanitizer: no accesses before, no locks, no atomics.
  __tsan_java_free(begin, size);
  __tsan_java_alloc(begin, size);
}

void stack_given_to(const void* memory, std::uint32_t task) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const record::SpinGuard guard(lock);
  Stack* stack = find(begin);
  if (stack == nullptr) {
    stack = pool.make();
    if (stack == nullptr) { return; }
    stack->begin = begin;
    Stack*& first = bucket_of(begin);
    stack->next = first;
    first = stack;
  }
  stack->owner = task;
}

std::uint32_t owner_of_stack(std::uintptr_t begin) {
  const record::SpinGuard guard(lock);
  const Stack* const stack = find(begin);
  return stack == nullptr ? 0 : stack->owner;
}

void reset_locks_of_stacks() {
  lock.reset();
  pool.reset_lock();
}

}  // namespace tenter::detector
