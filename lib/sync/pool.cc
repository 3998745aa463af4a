// The caches behind Pool: a few stacks, each with a lock. A thread keeps to its own stack while that has what it needs, and
// what was put last is still in its processor's cache.
//
// To a recorder a put releases the object's node and a get acquires it; a node is new for each put, so that nobody comes
// after those who put something else.
#include <tenter/pool.h>

#include <algorithm>
#include <array>

#include "task/agent.h"
#include "task/call.h"
#include "task/futex.h"

namespace tenter::detail {
namespace {

constexpr std::size_t most_caches = 8;

struct alignas(64) Cache {
  FutexLock lock;
  std::atomic<std::size_t> size{0};  // changed under the lock; others look at it to pass by an empty one
  std::size_t limit = 0;
  PoolNode* first = nullptr;
};

// Threads are numbered as they come, and so spread over the caches evenly.
constinit std::atomic<std::size_t> threads{0};
constinit thread_local std::size_t thread_number __attribute__((tls_model("initial-exec"))) = 0;

std::size_t this_thread() {
  if (thread_number == 0) { thread_number = threads.fetch_add(1, std::memory_order_relaxed) + 1; }
  return thread_number;
}

}  // namespace

class PoolCore {
 public:
  explicit PoolCore(std::size_t most_idle) : count_(std::clamp<std::size_t>(most_idle, 1, most_caches)) {
    for (std::size_t i = 0; i < count_; ++i) {
      caches_[i].limit = most_idle / count_ + (i < most_idle % count_ ? 1 : 0);
    }
  }
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;
  ~PoolCore() = default;

  bool put(PoolNode* node) {
    TENTER_ANNOTATE(tenter_release(node));
    const std::size_t start = this_thread();
    for (std::size_t i = 0; i < count_; ++i) {
      Cache& cache = caches_[(start + i) % count_];
      if (cache.size.load(std::memory_order_relaxed) >= cache.limit) { continue; }
      const FutexGuard guard(cache.lock);
      const std::size_t size = cache.size.load(std::memory_order_relaxed);
      if (size >= cache.limit) { continue; }
      node->next = cache.first;
      cache.first = node;
      cache.size.store(size + 1, std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  PoolNode* get() {
    const std::size_t start = this_thread();
    for (std::size_t i = 0; i < count_; ++i) {
      Cache& cache = caches_[(start + i) % count_];
      if (cache.size.load(std::memory_order_relaxed) == 0) { continue; }
      const FutexGuard guard(cache.lock);
      PoolNode* const node = cache.first;
      if (node == nullptr) { continue; }
      cache.first = node->next;
      cache.size.store(cache.size.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
      TENTER_ANNOTATE(tenter_acquire(node));
      return node;
    }
    return nullptr;
  }

 private:
  std::size_t count_;
  std::array<Cache, most_caches> caches_;
};

PoolCore* pool_make(std::size_t most_idle) { return new PoolCore(most_idle); }

PoolNode* pool_destroy(PoolCore* pool) noexcept {
  const Call call(__builtin_return_address(0));
  PoolNode* chain = nullptr;
  while (PoolNode* const node = pool->get()) {
    node->next = chain;
    chain = node;
  }
  delete pool;
  return chain;
}

bool pool_put(PoolCore* pool, PoolNode* node) {
  const Call call(__builtin_return_address(0));
  charge();
  return pool->put(node);
}

PoolNode* pool_get(PoolCore* pool) {
  const Call call(__builtin_return_address(0));
  charge();
  return pool->get();
}

}  // namespace tenter::detail
