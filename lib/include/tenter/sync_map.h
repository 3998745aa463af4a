// A map that any number of tasks and threads may use at the same time. As Go's sync.Map (https://pkg.go.dev/sync#Map).
//
//   SyncMap<std::string, Session> sessions;
//   sessions.store("anna", Session(1));
//   if (std::optional<Session> session = sessions.load("anna")) { ... }
//   sessions.range([](const std::string& user, const Session& session) { ... });
//
// Order: what stored a value happens before what loads it, per key: using the map for one key says nothing about what was
// done with another. What erased a key happens before what finds it missing.
//
// Values are copied out, so V must be copyable: keep a std::shared_ptr to what is not, or is large. V's copy and destructor
// run outside of all locks and may use the map. K's equality runs under a lock: it must not wait, and must not use the map.
// Every operation either happens or throws and changes nothing.
//
// Keys are spread over shards of a hash table, each with a lock of its own.
#pragma once
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tenter/unseen.h>

namespace tenter {
namespace detail {

class MapCore;  // lib/sync/sync_map.cc

// A value. Replaced as a whole; whoever copies it meanwhile keeps it alive.
struct MapCell {
  explicit MapCell(std::uint32_t owners) : references(owners) {}
  std::atomic<std::uint32_t> references;
  std::atomic<bool> shown{false};  // the program was given a reference to what is in it
};
// A key, with the cell of its value.
struct MapNode {
  std::atomic<std::uint32_t> references{1};
  std::atomic<bool> shown{false};
  bool erased = false;
  std::size_t hash = 0;
  MapNode* next = nullptr;  // in its bucket
  MapCell* cell = nullptr;
};

// How the library, which knows neither K nor V, compares and destroys them.
struct MapOps {
  bool (*equal)(void* equality, const MapNode& node, const void* key);
  void (*destroy_node)(MapNode* node) noexcept;
  void (*destroy_cell)(MapCell* cell) noexcept;
  bool node_has_destructor;
  bool cell_has_destructor;
};

MapCore* map_make(const MapOps* ops, void* equality);
void map_destroy(MapCore* map) noexcept;
void map_clear(MapCore* map);
void map_drop(MapCore* map, MapCell* cell) noexcept;

// Cells that are returned are retained for the caller; those that are taken in are the map's from then on. Who observes
// comes after whoever stored the cell that is returned, or erased the key that is missing.
MapCell* map_load(MapCore* map, std::size_t hash, const void* key);
// Puts `cell` in the place of the key's cell, which is returned. Null: there is none, or it is not `expected` (null: any).
MapCell* map_replace(MapCore* map, std::size_t hash, const void* key, const MapCell* expected, MapCell* cell,
                     bool observes);
// Adds the node with the cell, and returns null; if the key is there already, returns its cell and takes nothing in.
MapCell* map_insert(MapCore* map, std::size_t hash, const void* key, MapNode* node, MapCell* cell, bool observes);
// Erases the key. Null: it is not there, or its cell is not `expected` (null: any).
MapCell* map_erase(MapCore* map, std::size_t hash, const void* key, const MapCell* expected);

// Calls show() for what is in the map, until it returns false.
void map_range(MapCore* map, bool (*show)(void* visitor, const MapNode& node, const MapCell& cell), void* visitor);

}  // namespace detail

template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
class SyncMap {
  static_assert(std::is_copy_constructible_v<V>,
                "values are copied out: keep a std::shared_ptr to what cannot be copied");

 public:
  explicit SyncMap(Hash hash = Hash(), Equal equal = Equal())
      : hash_(std::move(hash)), equal_(std::move(equal)), core_(detail::map_make(&ops_, &equal_)) {}
  // Nobody may use the map any more.
  ~SyncMap() { detail::map_destroy(core_); }
  SyncMap(const SyncMap&) = delete;
  SyncMap& operator=(const SyncMap&) = delete;

  // The value of the key.
  std::optional<V> load(const K& key) const { return copy_of(load_cell(hash_(key), key)); }

  // Sets the value of the key.
  void store(K key, V value) { (void)exchange(std::move(key), std::move(value), false); }

  // Sets the value of the key and returns the one before.
  std::optional<V> swap(K key, V value) { return copy_of(exchange(std::move(key), std::move(value), true)); }

  // The value of the key, and true; if there was none, sets it, and returns the new one and false.
  std::pair<V, bool> load_or_store(K key, V value) {
    const std::size_t hash = hash_(key);
    Cell present = load_cell(hash, key);
    if (!present) {
      Cell fresh = make_cell(std::move(value), 2);
      const Cell kept(core_, fresh.get());  // while it is copied
      Node node = make_node(std::move(key));
      present = Cell(core_, detail::map_insert(core_, hash, key_of(*node), node.get(), fresh.get(), true));
      if (!present) {
        node.release();
        fresh.release();
        const detail::Unseen unseen;
        return std::pair<V, bool>(value_of(*kept.get()), false);
      }
    }
    const detail::Unseen unseen;
    return std::pair<V, bool>(value_of(*present.get()), true);
  }

  // Erases the key. Returns its value.
  std::optional<V> load_and_delete(const K& key) { return copy_of(erase_cell(key)); }

  // Erases the key. False: there was none.
  bool erase(const K& key) { return static_cast<bool>(erase_cell(key)); }

  // Sets the value of the key to `value` if it is now equal to `expected`. False: it is not, or the key is missing.
  bool compare_and_swap(const K& key, const V& expected, V value)
    requires std::equality_comparable<V>
  {
    const std::size_t hash = hash_(key);
    Cell fresh = make_cell(std::move(value));
    for (;;) {
      const Cell now = load_cell(hash, key);
      if (!now || !is_equal(*now.get(), expected)) { return false; }
      const Cell before(core_, detail::map_replace(core_, hash, std::addressof(key), now.get(), fresh.get(), false));
      if (before) {
        fresh.release();
        return true;
      }
    }
  }
  // Erases the key if its value is equal to `expected`. False: it is not, or the key is missing.
  bool compare_and_delete(const K& key, const V& expected)
    requires std::equality_comparable<V>
  {
    const std::size_t hash = hash_(key);
    for (;;) {
      const Cell now = load_cell(hash, key);
      if (!now || !is_equal(*now.get(), expected)) { return false; }
      if (Cell(core_, detail::map_erase(core_, hash, std::addressof(key), now.get()))) { return true; }
    }
  }

  // Erases all keys.
  void clear() { detail::map_clear(core_); }

  // Calls f(key, value) for every key, each at most once, in no order. Stops when f returns false; it need not return
  // anything. f runs outside of all locks and may use the map: a key that is stored meanwhile may be seen or not. The
  // references hold during the call.
  template <class F>
    requires std::invocable<F&, const K&, const V&>
  void range(F f) const {
    const auto show = [](void* visitor, const detail::MapNode& node, const detail::MapCell& cell) {
      F& each = *static_cast<F*>(visitor);
      if constexpr (std::is_void_v<std::invoke_result_t<F&, const K&, const V&>>) {
        std::invoke(each, *key_of(node), value_of(cell));
        return true;
      } else {
        return static_cast<bool>(std::invoke(each, *key_of(node), value_of(cell)));
      }
    };
    detail::map_range(core_, show, std::addressof(f));
  }

 private:
  struct TypedCell : detail::MapCell {
    TypedCell(V of, std::uint32_t owners) : detail::MapCell(owners), value(std::move(of)) {}
    const V value;
  };
  struct TypedNode : detail::MapNode {
    explicit TypedNode(K of) : key(std::move(of)) {}
    const K key;
  };
  static const V& value_of(const detail::MapCell& cell) { return static_cast<const TypedCell&>(cell).value; }
  static const K* key_of(const detail::MapNode& node) {
    return std::addressof(static_cast<const TypedNode&>(node).key);
  }

  // A reference to a cell, or none.
  class Cell {
   public:
    Cell(detail::MapCore* map, detail::MapCell* adopted) noexcept : map_(map), cell_(adopted) {}
    Cell(Cell&& other) noexcept : map_(other.map_), cell_(std::exchange(other.cell_, nullptr)) {}
    Cell& operator=(Cell&& other) noexcept {
      std::swap(cell_, other.cell_);
      return *this;
    }
    ~Cell() {
      if (cell_ != nullptr) { detail::map_drop(map_, cell_); }
    }
    explicit operator bool() const noexcept { return cell_ != nullptr; }
    detail::MapCell* get() const noexcept { return cell_; }
    detail::MapCell* release() noexcept { return std::exchange(cell_, nullptr); }

   private:
    detail::MapCore* map_;
    detail::MapCell* cell_;
  };
  using Node = std::unique_ptr<TypedNode>;

  Cell make_cell(V value, std::uint32_t owners = 1) const {
    const detail::Unseen unseen;
    return Cell(core_, new TypedCell(std::move(value), owners));
  }
  static Node make_node(K key) {
    const detail::Unseen unseen;
    return std::make_unique<TypedNode>(std::move(key));
  }
  static bool is_equal(const detail::MapCell& cell, const V& expected) {
    const detail::Unseen unseen;
    return value_of(cell) == expected;
  }
  static std::optional<V> copy_of(const Cell& cell) {
    if (!cell) { return std::nullopt; }
    const detail::Unseen unseen;
    return std::optional<V>(value_of(*cell.get()));
  }
  Cell load_cell(std::size_t hash, const K& key) const {
    return Cell(core_, detail::map_load(core_, hash, std::addressof(key)));
  }
  Cell erase_cell(const K& key) {
    return Cell(core_, detail::map_erase(core_, hash_(key), std::addressof(key), nullptr));
  }
  Cell exchange(K key, V value, bool observes) {
    const std::size_t hash = hash_(key);
    Cell fresh = make_cell(std::move(value));
    Cell before(core_, detail::map_replace(core_, hash, std::addressof(key), nullptr, fresh.get(), observes));
    if (!before) {
      Node node = make_node(std::move(key));
      for (;;) {
        if (!Cell(core_, detail::map_insert(core_, hash, key_of(*node), node.get(), fresh.get(), observes))) {
          node.release();
          break;
        }
        // Somebody else has just stored one.
        before = Cell(core_, detail::map_replace(core_, hash, key_of(*node), nullptr, fresh.get(), observes));
        if (before) { break; }
      }
    }
    fresh.release();
    return before;
  }

  static constexpr detail::MapOps ops_{
      [](void* equality, const detail::MapNode& node, const void* key) {
        return static_cast<bool>((*static_cast<Equal*>(equality))(*key_of(node), *static_cast<const K*>(key)));
      },
      [](detail::MapNode* node) noexcept { delete static_cast<TypedNode*>(node); },
      [](detail::MapCell* cell) noexcept { delete static_cast<TypedCell*>(cell); },
      !std::is_trivially_destructible_v<K>, !std::is_trivially_destructible_v<V>};

  Hash hash_;
  Equal equal_;
  detail::MapCore* const core_;
};

}  // namespace tenter
