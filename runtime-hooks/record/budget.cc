#include "record/budget.h"

#include <atomic>

#include "record/sys.h"

namespace tenter::record {
namespace {

constinit std::atomic<std::uint64_t> left{no_limit};  // relaxed: a number, behind which nothing is published

}  // namespace

void limit_memory(std::uint64_t bytes) { left.store(bytes, std::memory_order_relaxed); }
std::uint64_t memory_left() { return left.load(std::memory_order_relaxed); }

bool take_of_budget(std::size_t bytes) {
  std::uint64_t now = memory_left();
  do {
    if (now == no_limit) { return true; }
    if (now < bytes) { return false; }
  } while (!left.compare_exchange_weak(now, now - bytes, std::memory_order_relaxed));
  return true;
}

void return_to_budget(std::size_t bytes) {
  if (memory_left() != no_limit) { left.fetch_add(bytes, std::memory_order_relaxed); }
}

void* obtain_memory(std::size_t bytes) {
  if (!take_of_budget(bytes)) { return nullptr; }
  void* memory = sys::map_memory(bytes);
  if (memory == nullptr) { return_to_budget(bytes); }
  return memory;
}

void give_back_memory(void* memory, std::size_t bytes) {
  sys::unmap(memory, bytes);
  return_to_budget(bytes);
}

}  // namespace tenter::record
