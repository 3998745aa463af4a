// The table behind SyncMap, for keys and values that it does not know.
//
// While a shard is locked its buckets hold exactly the nodes of its keys, and each node one cell. A key's node stays until
// it is erased, also while its value is replaced. Whoever is to look at a node or a cell after the unlock retains it.
//
// To a recorder, none of this is visible but for what the program may rely on: a cell is released when it is stored and
// acquired when it is found; what says that a key is missing are a few places in each shard, chosen by the key's hash.
// Cells are new for each store, so that nobody comes after the store of a value that was replaced long ago. The one
// exception are destructors: who destroys a value comes after who stored it, for its destructor may look at it.
#include <tenter/sync_map.h>

#include <array>
#include <vector>

#include "task/agent.h"
#include "task/call.h"
#include "task/futex.h"
#include "task/random.h"

namespace tenter::detail {
namespace {

constexpr unsigned shard_bits = 5;
constexpr std::size_t first_buckets = 8;

struct alignas(64) Shard {
  FutexLock lock;
  std::size_t size = 0;
  std::vector<MapNode*> buckets;  // a power of two of them, or none yet
  std::array<char, 32>
      missing{};  // what an erasure releases, and who finds nothing acquires; only their addresses count
};

template <class Object>
void retain(Object& object) {
  object.references.fetch_add(1, std::memory_order_relaxed);
}

// True: it was the last, and the caller destroys the object.
template <class Object>
bool drop(Object& object, bool has_destructor) {
  // The program may have looked at it until now. Whoever destroys it comes after that.
  if (object.shown) { TENTER_ANNOTATE(tenter_release(&object)); }
  if (object.references.fetch_sub(1, std::memory_order_acq_rel) != 1) { return false; }
  if (object.shown || has_destructor) {
    TENTER_ANNOTATE(tenter_acquire(&object));
  } else {
    // Nobody comes after this. But the count is not recorded, and so that the end of the memory is not told before others' last
    // looks at the object, the object itself is told of once more.
    TENTER_ANNOTATE(tenter_release(&object));
  }
  return true;
}

}  // namespace

class MapCore {
 public:
  MapCore(const MapOps& ops, void* equality) : ops_(ops), equality_(equality) {}
  MapCore(const MapCore&) = delete;
  MapCore& operator=(const MapCore&) = delete;
  ~MapCore() = default;

  Shard& shard_of(std::size_t hash) { return shards_[hash >> (64 - shard_bits)]; }
  static const char* missing(Shard& shard, std::size_t hash) {
    return &shard.missing[(hash >> 32) % shard.missing.size()];
  }

  // The place in its chain where the key's node is, or null would be.
  MapNode** find_locked(Shard& shard, std::size_t hash, const void* key) const {
    if (shard.buckets.empty()) { return nullptr; }
    const Unseen unseen;
    MapNode** place = &shard.buckets[hash & (shard.buckets.size() - 1)];
    while (*place != nullptr && ((*place)->hash != hash || !ops_.equal(equality_, **place, key))) {
      place = &(*place)->next;
    }
    return place;
  }

  static void grow_locked(Shard& shard) {
    std::vector<MapNode*> buckets(shard.buckets.empty() ? first_buckets : shard.buckets.size() * 2);
    for (MapNode* node : shard.buckets) {
      while (node != nullptr) {
        MapNode* const next = node->next;
        MapNode*& bucket = buckets[node->hash & (buckets.size() - 1)];
        node->next = bucket;
        bucket = node;
        node = next;
      }
    }
    shard.buckets.swap(buckets);
  }

  void drop_cell(MapCell* cell) {
    if (!drop(*cell, ops_.cell_has_destructor)) { return; }
    const Unseen unseen;
    ops_.destroy_cell(cell);
  }
  void drop_node(MapNode* node) {
    if (!drop(*node, ops_.node_has_destructor)) { return; }
    const Unseen unseen;
    ops_.destroy_node(node);
  }

  // Takes out all nodes of a shard.
  static std::vector<MapNode*> empty(Shard& shard) {
    std::vector<MapNode*> buckets;
    const FutexGuard guard(shard.lock);
    buckets.swap(shard.buckets);
    shard.size = 0;
    for (MapNode* node : buckets) {
      for (; node != nullptr; node = node->next) { node->erased = true; }
    }
    for (const char& place : shard.missing) { TENTER_ANNOTATE(tenter_release(&place)); }
    return buckets;
  }
  void drop_all(const std::vector<MapNode*>& buckets) {
    for (MapNode* node : buckets) {
      while (node != nullptr) {
        MapNode* const next = node->next;
        drop_cell(node->cell);
        drop_node(node);
        node = next;
      }
    }
  }

  std::array<Shard, std::size_t{1} << shard_bits>& shards() { return shards_; }

 private:
  const MapOps& ops_;
  void* const equality_;
  std::array<Shard, std::size_t{1} << shard_bits> shards_;
};

MapCore* map_make(const MapOps* ops, void* equality) { return new MapCore(*ops, equality); }

void map_clear(MapCore* map) {
  const Call call(__builtin_return_address(0));
  charge();
  for (Shard& shard : map->shards()) { map->drop_all(MapCore::empty(shard)); }
}

void map_destroy(MapCore* map) noexcept {
  const Call call(__builtin_return_address(0));
  for (Shard& shard : map->shards()) { map->drop_all(shard.buckets); }
  delete map;
}

void map_drop(MapCore* map, MapCell* cell) noexcept {
  const Call call(__builtin_return_address(0));
  map->drop_cell(cell);
}

MapCell* map_load(MapCore* map, std::size_t hash, const void* key) {
  const Call call(__builtin_return_address(0));
  charge();
  hash = mix(hash);
  Shard& shard = map->shard_of(hash);
  MapCell* cell = nullptr;
  {
    const FutexGuard guard(shard.lock);
    if (MapNode** const place = map->find_locked(shard, hash, key); place != nullptr && *place != nullptr) {
      cell = (*place)->cell;
      retain(*cell);
    }
  }
  TENTER_ANNOTATE(tenter_acquire(cell != nullptr ? static_cast<const void*>(cell) : MapCore::missing(shard, hash)));
  return cell;
}

MapCell* map_replace(MapCore* map, std::size_t hash, const void* key, const MapCell* expected, MapCell* cell,
                     bool observes) {
  const Call call(__builtin_return_address(0));
  charge();
  hash = mix(hash);
  Shard& shard = map->shard_of(hash);
  MapCell* before = nullptr;
  {
    const FutexGuard guard(shard.lock);
    MapNode** const place = map->find_locked(shard, hash, key);
    if (place == nullptr || *place == nullptr) { return nullptr; }
    before = (*place)->cell;
    if (expected != nullptr && before != expected) { return nullptr; }
    TENTER_ANNOTATE(tenter_release(cell));
    (*place)->cell = cell;
  }
  if (observes) { TENTER_ANNOTATE(tenter_acquire(before)); }
  return before;
}

MapCell* map_insert(MapCore* map, std::size_t hash, const void* key, MapNode* node, MapCell* cell, bool observes) {
  const Call call(__builtin_return_address(0));
  charge();
  hash = mix(hash);
  Shard& shard = map->shard_of(hash);
  MapCell* present = nullptr;
  {
    const FutexGuard guard(shard.lock);
    MapNode** place = map->find_locked(shard, hash, key);
    if (place != nullptr && *place != nullptr) {
      present = (*place)->cell;
      retain(*present);
    } else {
      if (shard.size >= shard.buckets.size()) { MapCore::grow_locked(shard); }
      if (observes) { TENTER_ANNOTATE(tenter_acquire(MapCore::missing(shard, hash))); }
      TENTER_ANNOTATE(tenter_release(cell));
      TENTER_ANNOTATE(tenter_release(node));
      node->hash = hash;
      node->cell = cell;
      MapNode*& bucket = shard.buckets[hash & (shard.buckets.size() - 1)];
      node->next = bucket;
      bucket = node;
      ++shard.size;
    }
  }
  if (present != nullptr && observes) { TENTER_ANNOTATE(tenter_acquire(present)); }
  return present;
}

MapCell* map_erase(MapCore* map, std::size_t hash, const void* key, const MapCell* expected) {
  const Call call(__builtin_return_address(0));
  charge();
  hash = mix(hash);
  Shard& shard = map->shard_of(hash);
  MapNode* node = nullptr;
  {
    const FutexGuard guard(shard.lock);
    MapNode** const place = map->find_locked(shard, hash, key);
    if (place != nullptr && *place != nullptr && (expected == nullptr || (*place)->cell == expected)) {
      node = *place;
      *place = node->next;
      node->erased = true;
      --shard.size;
      TENTER_ANNOTATE(tenter_release(MapCore::missing(shard, hash)));
    }
  }
  if (node == nullptr) {
    TENTER_ANNOTATE(tenter_acquire(MapCore::missing(shard, hash)));
    return nullptr;
  }
  MapCell* const cell = node->cell;
  TENTER_ANNOTATE(tenter_acquire(cell));
  map->drop_node(node);
  return cell;
}

void map_range(MapCore* map, bool (*show)(void*, const MapNode&, const MapCell&), void* visitor) {
  const Call call(__builtin_return_address(0));
  charge();
  struct Nodes {  // of a shard, retained
    explicit Nodes(MapCore& of) : map(of) {}
    ~Nodes() {
      for (MapNode* node : all) { map.drop_node(node); }
    }
    Nodes(const Nodes&) = delete;
    Nodes& operator=(const Nodes&) = delete;
    MapCore& map;
    std::vector<MapNode*> all;
  };
  struct Shown {
    Shown(MapCore& of, MapCell* which) : map(of), cell(which) {}
    ~Shown() { map.drop_cell(cell); }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;
    MapCore& map;
    MapCell* cell;
  };
  for (Shard& shard : map->shards()) {
    Nodes nodes(*map);
    {
      const FutexGuard guard(shard.lock);
      nodes.all.reserve(shard.size);
      for (MapNode* node : shard.buckets) {
        for (; node != nullptr; node = node->next) {
          retain(*node);
          node->shown = true;
          nodes.all.push_back(node);
        }
      }
    }
    for (MapNode* const node : nodes.all) {
      MapCell* cell = nullptr;
      {
        const FutexGuard guard(shard.lock);
        if (!node->erased) {
          cell = node->cell;
          retain(*cell);
          cell->shown = true;
        }
      }
      if (cell == nullptr) { continue; }
      const Shown shown(*map, cell);
      TENTER_ANNOTATE(tenter_acquire(node));
      TENTER_ANNOTATE(tenter_acquire(cell));
      if (!show(visitor, *node, *cell)) { return; }
    }
  }
}

}  // namespace tenter::detail
