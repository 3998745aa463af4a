// SyncObjects keeps what has been released on every synchronization object, by kind and address, and forgets the
// objects in a range of memory when the range is freed or used anew.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/flat_map.h"
#include "clock/vector_clock.h"

namespace tenter::analysis {

enum class SyncKind : std::uint8_t {
  atomic1,
  atomic2,
  atomic4,
  atomic8,  // by size in bytes; a 16-byte atomic is two of 8
  lock,
  condition,
  once,
  barrier,
  semaphore,
  annotation,
  wait_group,
  channel
};
constexpr bool is_atomic(SyncKind kind) { return kind <= SyncKind::atomic8; }

struct Channel {
  bool made = false;  // chan_make was seen, so the capacity is known
  std::uint64_t capacity = 0;
  std::uint64_t sends = 0, receives = 0;
  std::vector<VectorClock> slots;  // grows up to the capacity
  VectorClock close;
};

struct Barrier {
  struct Generation {
    std::uint64_t number;
    std::uint64_t still_inside;
    VectorClock arrivals;
  };
  std::uint64_t width = 0;  // 0: barrier_create was not seen
  std::uint64_t number = 0, arrived = 0;
  VectorClock arrivals;                                  // of the generation that is filling
  std::deque<Generation> complete;                       // those that somebody has yet to leave
  std::vector<std::pair<TaskId, std::uint64_t>> inside;  // who arrived in which generation
};

struct SyncObject {
  std::uint64_t key = 0;
  std::uint32_t next_in_page = 0;
  bool mixed = false;       // an atomic that overlaps atomics of other sizes
  TaskId holder = no_task;  // of a lock: who took it last, exclusively
  VectorClock released;
  VectorClock readers_released;  // of a lock: since the last writer
  std::unique_ptr<Channel> channel;
  std::unique_ptr<Barrier> barrier;
};

class SyncObjects {
 public:
  SyncObjects() { recent_.fill(&objects_.emplace_back()); }

  // Null where nothing was ever kept. Pointers and references are valid until the object is erased.
  SyncObject* find(SyncKind kind, std::uint64_t address);
  SyncObject& get(SyncKind kind, std::uint64_t address) {
    const std::uint64_t key = key_of(kind, address);
    SyncObject*& recent = recent_[key * 0x9e3779b97f4a7c15ull >> (64 - recent_bits)];
    if (recent->key != key) [[unlikely]] { recent = &get_by_key(key); }
    return *recent;
  }
  void erase(SyncKind kind, std::uint64_t address);
  void erase_range(std::uint64_t begin, std::uint64_t size);
  std::size_t size() const { return places_.size(); }

  // Calls f for every other atomic that shares a byte with this one.
  template <class F>
  void for_each_overlapping_atomic(const SyncObject& atomic, F f) {
    const std::uint64_t begin = address_of(atomic);
    const std::uint64_t end = begin + size_of(atomic);
    for (std::uint32_t i = first_in_page(begin); i != 0; i = objects_[i].next_in_page) {
      SyncObject& other = objects_[i];
      if (&other == &atomic || !is_atomic(kind_of(other))) continue;
      if (address_of(other) < end && begin < address_of(other) + size_of(other)) f(other);
    }
  }

 private:
  static constexpr unsigned page_bits = 9;
  static constexpr unsigned address_bits = 48;
  static std::uint64_t key_of(SyncKind kind, std::uint64_t address) {
    return (std::uint64_t{static_cast<std::uint8_t>(kind)} + 1) << address_bits |
           (address & ((std::uint64_t{1} << address_bits) - 1));
  }
  static std::uint64_t address_of(const SyncObject& object) {
    return object.key & ((std::uint64_t{1} << address_bits) - 1);
  }
  static SyncKind kind_of(const SyncObject& object) { return static_cast<SyncKind>((object.key >> address_bits) - 1); }
  static std::uint64_t size_of(const SyncObject& atomic) {
    return std::uint64_t{1} << static_cast<std::uint8_t>(kind_of(atomic));
  }
  static std::uint64_t page_of(std::uint64_t address) { return (address >> page_bits) + 1; }
  std::uint32_t first_in_page(std::uint64_t address) const {
    const std::uint32_t* first = pages_.find(page_of(address));
    return first != nullptr ? *first : 0;
  }
  void erase_in_page(std::uint64_t page, std::uint64_t begin, std::uint64_t end);
  void forget(std::uint32_t place);
  SyncObject& get_by_key(std::uint64_t key);

  static constexpr unsigned recent_bits = 7;
  std::deque<SyncObject> objects_;  // [0] is nobody
  // Programs use few of them at a time. An object that is forgotten has another key.
  std::array<SyncObject*, 1u << recent_bits> recent_;
  std::vector<std::uint32_t> unused_;
  FlatMap places_;  // key -> index in objects_
  FlatMap pages_;   // page -> the first object in it
};

}  // namespace tenter::analysis
