// Layout of one stack, from low to high: guard zone | stack, growing down | closure | Task | colour gap.
//
// The colour gap differs from stack to stack. Without it, the tops of all stacks would fall into the same few cache sets,
// as their distance is a power of two, and switching among many tasks would cost about twice as much.
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include <tenter/error.h>

#include "task/environment.h"
#include "task/futex.h"
#include "task/task.h"

extern "C" {
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
__attribute__((weak)) void __lsan_register_root_region(const void* begin, std::size_t size);
__attribute__((weak)) void __lsan_unregister_root_region(const void* begin, std::size_t size);
}

namespace tenter::detail {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t stacks_per_mapping = 64;
constexpr std::size_t smallest_stack = 16 * 1024;
constexpr std::size_t largest_stack = std::size_t{1} << 32;
constexpr std::size_t canary_bytes = 64;
static_assert(guard_zone % page == 0 && canary_bytes <= guard_zone);
// A process has 65,530 map entries (vm.max_map_count), and a protected zone takes two.
constexpr std::size_t guards_by_protection_limit = 12'000;
constexpr int advise_guard_install = 102;  // MADV_GUARD_INSTALL, Linux 6.13: guard pages without a map entry
constexpr int own_process = -10000;        // PIDFD_SELF_THREAD
constexpr std::size_t colours = 8;
constexpr std::size_t colour_step = 128;

constexpr std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

constexpr std::size_t usual_stack = 256 * 1024;

std::size_t sane(std::size_t size) {
  if (size < smallest_stack) { size = smallest_stack; }
  if (size > largest_stack) { size = largest_stack; }
  return round_up(size, page);
}

}  // namespace

__attribute__((noinline)) StackPool& StackPool::make() {
  static StackPool* const pool = new StackPool;  // never destroyed: tasks may outlive main()
  instance_.store(pool, std::memory_order_release);
  return *pool;
}

StackPool::StackPool() {
  const std::uint64_t asked = size_from_environment("TENTER_STACK_SIZE").value_or(0);
  size_of_process_ = sane(asked == 0 ? usual_stack : asked);
  guards_allowed_ = size_from_environment("TENTER_STACK_GUARDS").value_or(std::numeric_limits<std::uint64_t>::max());
  set_usual_size(0);
}

// There are as many as a program has sizes for its runs, which are few.
StackSize* StackPool::size_locked(std::size_t bytes) {
  for (const auto& size : sizes_) {
    if (size->bytes == bytes) { return size.get(); }
  }
  return sizes_.emplace_back(std::make_unique<StackSize>(StackSize{bytes})).get();
}

void StackPool::set_usual_size(std::size_t stack_size) {
  FutexGuard guard(lock_);
  StackSize* const size = size_locked(stack_size == 0 ? size_of_process_ : sane(stack_size));
  usual_.store(size, std::memory_order_release);  // pairs with the acquire in acquire(Cache&)
}

Task* StackPool::task_at(const Mapping& mapping, std::size_t index) {
  char* const top = mapping.base + (index + 1) * mapping.stride;
  const std::size_t gap = mapping.count == 1 ? 0 : index % colours * colour_step;
  const std::size_t size = round_up(sizeof(Task), 64);
  return std::launder(reinterpret_cast<Task*>(top - gap - size));
}

void StackPool::out_of_memory() { throw std::bad_alloc(); }

StackPool::Mapping StackPool::map(std::size_t stack_size, std::size_t count) {
  const std::size_t stride = stack_size + guard_zone;
  void* const base = mmap(nullptr, stride * count, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (base == MAP_FAILED) { out_of_memory(); }
  madvise(base, stride * count, MADV_NOHUGEPAGE);  // a huge page would commit 2 MiB for the first byte of a stack
  Mapping mapping{static_cast<char*>(base), stride, count, 0, false};
  mapping.is_guarded = count > 1 && install_guards(mapping);
  return mapping;
}

// All guards by one system call, which needs Linux 6.15. Half of what they cost one by one.
bool StackPool::install_guards(const Mapping& mapping) {
  if (!guards_in_batches_ || guards_allowed_ - guards_ < mapping.count) { return false; }
  std::array<iovec, stacks_per_mapping> zones{};
  for (std::size_t i = 0; i < mapping.count; ++i) { zones[i] = {mapping.base + i * mapping.stride, guard_zone}; }
  guards_in_batches_ = syscall(SYS_process_madvise, own_process, zones.data(), mapping.count, advise_guard_install,
                               0) == static_cast<long>(mapping.count * guard_zone);
  if (guards_in_batches_) { guards_ += mapping.count; }
  return guards_in_batches_;
}

bool StackPool::install_guard(char* guard) {
  if (guards_ >= guards_allowed_) { return false; }
  ++guards_;
  if (guard_install_works_) {
    if (madvise(guard, guard_zone, advise_guard_install) == 0) { return true; }
    guard_install_works_ = false;
  }
  if (guards_by_protection_ >= guards_by_protection_limit) { return false; }
  if (mprotect(guard, guard_zone, PROT_NONE) != 0) { return false; }
  ++guards_by_protection_;
  return true;
}

Task* StackPool::carve(Mapping& mapping, StackSize* of_size) {
  const std::size_t index = mapping.used;
  char* const guard = mapping.base + index * mapping.stride;
  const bool guarded = mapping.is_guarded || install_guard(guard);
  Task* const place = task_at(mapping, index);
  char* const begin = guard + guard_zone;
  // What only a parked task refers to is not lost. The guard zone is left out: LeakSanitizer asks the kernel which memory can
  // be read, and is not told of guards that have no map entry.
  if (__lsan_register_root_region != nullptr) { __lsan_register_root_region(begin, mapping.stride - guard_zone); }
  Task* const task =
      new (place) Task(begin, static_cast<std::size_t>(reinterpret_cast<char*>(place) - begin), !guarded, of_size);
  mapping.used = index + 1;
  return task;
}

Task* StackPool::acquire(std::size_t stack_size) {
  FutexGuard guard(lock_);
  StackSize& usual = *usual_.load(std::memory_order_relaxed);
  if (stack_size != 0 && sane(stack_size) != usual.bytes) {
    Mapping mapping = map(sane(stack_size), 1);
    Task* const task = carve(mapping, nullptr);
    mappings_.push_back(mapping);
    return task;
  }
  if (!usual.free.empty()) {
    Task* const task = usual.free.back();
    usual.free.pop_back();
    return task;
  }
  if (usual.open_mapping >= mappings_.size() ||
      mappings_[usual.open_mapping].used == mappings_[usual.open_mapping].count) {
    mappings_.push_back(map(usual.bytes, stacks_per_mapping));
    usual.open_mapping = mappings_.size() - 1;
  }
  return carve(mappings_[usual.open_mapping], &usual);
}

bool Task::canary_lives() const {
  return std::all_of(stack_begin_ - canary_bytes, stack_begin_, [](char byte) { return byte == 0; });
}

void StackPool::prepare_for_next(const Task& task) {
  // An overrun may have left the upper end alone, so at the end of a task all of the zone is looked at.
  const char* const begin = task.stack_begin_;
  if (task.has_canary_ && std::any_of(begin - guard_zone, begin, [](char byte) { return byte != 0; })) {
    die_of_overrun(task);
  }
  // Frames of ours that never returned left their marks in AddressSanitizer's shadow.
  if (__asan_unpoison_memory_region != nullptr) { __asan_unpoison_memory_region(begin, task.stack_size_); }
  // Nothing else tells a recorder that all of this comes before the next task here, which another thread may launch.
  if (tenter_fresh_memory != nullptr) { tenter_fresh_memory(begin, task.stack_size_); }
}

void StackPool::release(Task* task) {
  prepare_for_next(*task);
  FutexGuard guard(lock_);
  if (task->of_size_ != nullptr) {
    task->of_size_->free.push_back(task);
    return;
  }
  for (std::size_t i = 0; i < mappings_.size(); ++i) {
    const Mapping mapping = mappings_[i];
    if (mapping.count == 1 && task_at(mapping, 0) == task) {
      task->~Task();
      if (__lsan_unregister_root_region != nullptr) {
        __lsan_unregister_root_region(mapping.base + guard_zone, mapping.stride - guard_zone);
      }
      munmap(mapping.base, mapping.stride);
      for (const auto& size : sizes_) {
        if (size->open_mapping == mappings_.size() - 1) { size->open_mapping = i; }
      }
      mappings_[i] = mappings_.back();
      mappings_.pop_back();
      return;
    }
  }
}

// Several at once: see RunQueue::look_ahead().
void StackPool::Cache::prefetch(std::size_t begin, std::size_t end) const {
  for (std::size_t i = begin; i < end; ++i) { Task::prefetch_to_start(tasks_[i]); }
}

Task* StackPool::Cache::take() {
  if (size_ == 0) { return nullptr; }
  Task* const task = tasks_[--size_];
  // Where many have just ended, the pages of the next ones are in no cache.
  if (size_ % burst == 0 && size_ >= 2 * burst) { prefetch(size_ - 2 * burst, size_ - burst); }
  return task;
}

bool StackPool::Cache::put(Task* task) {
  if (size_ == limit) { return false; }
  tasks_[size_++] = task;
  return true;
}

void StackPool::Cache::spill(StackPool& pool) {
  const auto oldest = tasks_.begin();
  const auto newest = oldest + static_cast<std::ptrdiff_t>(size_ - size_ / 2);
  FutexGuard guard(pool.lock_);
  of_size_->free.insert(of_size_->free.end(), oldest, newest);
  std::copy(newest, oldest + static_cast<std::ptrdiff_t>(size_), oldest);
  size_ /= 2;
}

bool StackPool::Cache::refill(StackPool& pool) {
  FutexGuard guard(pool.lock_);
  std::vector<Task*>& free = of_size_->free;
  const std::size_t count = std::min(free.size(), limit / 2);
  const auto newest = free.end() - static_cast<std::ptrdiff_t>(count);
  std::copy(newest, free.end(), tasks_.begin());
  free.erase(newest, free.end());
  size_ = count;
  prefetch(count - std::min(count, 2 * burst), count);
  return count > 0;
}

__attribute__((noinline)) void StackPool::Cache::change_to(StackPool& pool, StackSize* size) {
  while (size_ > 0) { spill(pool); }
  of_size_ = size;
}

// A worker that takes a stack from its own stock only looks at a flag. So that the flag need not be written and read in
// one order with everything else, whoever sets it makes all other processors pass a fence: a worker that has not seen
// the flag took its stack before, and that stack belongs to no live task until it is launched.
StackPool::Looking::Looking(std::atomic<int>& count) : count_(count) {
  static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  count_.fetch_add(1, std::memory_order_seq_cst);
  if (!registered || syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) {
    count_.fetch_sub(1, std::memory_order_seq_cst);
    throw Error("looking for leaks needs the system call membarrier (Linux 4.14 or later)");
  }
}

__attribute__((noinline)) void StackPool::wait_for_lookers() {
  while (looking_.load(std::memory_order_acquire) != 0) {
    FutexGuard guard(lock_);  // they hold it while they look
  }
}

Task* StackPool::acquire(Cache& cache) {
  if (looking_.load(std::memory_order_acquire) != 0) [[unlikely]] { wait_for_lookers(); }
  StackSize* const usual = usual_.load(std::memory_order_acquire);
  if (cache.of_size_ != usual) [[unlikely]] { cache.change_to(*this, usual); }
  Task* task = cache.take();
  if (task == nullptr && cache.refill(*this)) { task = cache.take(); }
  return task != nullptr ? task : acquire(0);
}

void StackPool::release(Cache& cache, Task* task) {
  if (task->of_size_ == nullptr || task->of_size_ != cache.of_size_) {
    release(task);
    return;
  }
  prepare_for_next(*task);
  if (!cache.put(task)) {
    cache.spill(*this);
    cache.put(task);
  }
}

}  // namespace tenter::detail
