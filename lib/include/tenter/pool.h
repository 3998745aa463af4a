// Objects that are used again instead of made anew. As Go's sync.Pool (https://pkg.go.dev/sync#Pool), but bounded by number.
//
//   Pool<std::vector<char>> buffers([] { return std::vector<char>(65536); });
//   std::vector<char> buffer = buffers.get();       // one that was put back, or a new one
//   ...
//   buffers.put(std::move(buffer));
//
// Any task or thread may call get() and put(). Order: put(x) happens before the get() that returns x, and nothing else of
// the pool's orders anything. Objects come back in any order and as they were put; the pool may drop any of them.
//
// Each thread has a cache of its own, and takes from the others' when that is empty.
#pragma once
#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <tenter/unseen.h>

namespace tenter {
namespace detail {

class PoolCore;  // lib/sync/pool.cc

struct PoolNode {
  PoolNode* next = nullptr;
};

PoolCore* pool_make(std::size_t most_idle);
PoolNode* pool_destroy(PoolCore* pool) noexcept;  // all that are left, as a chain
bool pool_put(PoolCore* pool, PoolNode* node);    // false: there is no room for it
PoolNode* pool_get(PoolCore* pool);               // null: there is none

}  // namespace detail

template <class T>
class Pool {
  static_assert(std::is_move_constructible_v<T>, "a pool moves its objects in and out");

 public:
  // `factory` makes an object when none is idle; several tasks may call it at the same time. At most `most_idle` objects
  // are kept, which are destroyed with the pool.
  template <class Factory>
    requires std::is_invocable_r_v<T, Factory&>
  explicit Pool(Factory factory, std::size_t most_idle = 256)
      : factory_(std::make_unique<FactoryOf<Factory>>(std::move(factory))), core_(detail::pool_make(most_idle)) {}
  // Nobody may use the pool any more.
  ~Pool() {
    detail::PoolNode* node = detail::pool_destroy(core_);
    const detail::Unseen unseen;
    while (node != nullptr) { delete static_cast<Node*>(std::exchange(node, node->next)); }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // An idle object, or what the factory returns; throws what the factory throws. If T's move throws, the object stays.
  T get() {
    Idle idle(*this);
    if (idle.node == nullptr) { return factory_->make(); }
    const detail::Unseen unseen;
    T object(std::move(idle.node->object));
    delete std::exchange(idle.node, nullptr);
    return object;
  }

  // Gives an object to whoever needs one next. If the pool has as many as it may keep, the object is destroyed.
  void put(T object) {
    std::unique_ptr<Node> node;
    {
      const detail::Unseen unseen;
      node = std::make_unique<Node>(std::move(object));
    }
    if (detail::pool_put(core_, node.get())) { node.release(); }
  }

 private:
  struct Node : detail::PoolNode {
    explicit Node(T of) : object(std::move(of)) {}
    T object;
  };
  struct AnyFactory {
    AnyFactory() = default;
    virtual ~AnyFactory() = default;
    AnyFactory(const AnyFactory&) = delete;
    AnyFactory& operator=(const AnyFactory&) = delete;
    virtual T make() = 0;
  };
  template <class Factory>
  struct FactoryOf final : AnyFactory {
    explicit FactoryOf(Factory of) : factory(std::move(of)) {}
    T make() override { return std::invoke(factory); }
    Factory factory;
  };
  // Taken out; goes back if it still has its node in the end.
  struct Idle {
    explicit Idle(Pool& of) : pool(of), node(static_cast<Node*>(detail::pool_get(of.core_))) {}
    ~Idle() {
      if (node != nullptr && !detail::pool_put(pool.core_, node)) { delete node; }
    }
    Idle(const Idle&) = delete;
    Idle& operator=(const Idle&) = delete;
    Pool& pool;
    Node* node;
  };

  const std::unique_ptr<AnyFactory> factory_;
  detail::PoolCore* const core_;
};
template <class Factory>
Pool(Factory) -> Pool<std::invoke_result_t<Factory&>>;
template <class Factory>
Pool(Factory, std::size_t) -> Pool<std::invoke_result_t<Factory&>>;

}  // namespace tenter
