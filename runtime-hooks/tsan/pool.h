// Objects of one type in memory of their own: ThreadSanitizer's allocator would take them for the program's.
//
// Thread-safe. Memory is kept for reuse and never given back; a failure is a null pointer.
#pragma once
#include <cstddef>
#include <new>

#include "record/spin_lock.h"
#include "record/sys.h"

namespace tenter::detector {

template <class T>
class Pool {
 public:
  T* make() {
    const record::SpinGuard guard(lock_);
    if (free_ == nullptr && !add_slab()) { return nullptr; }
    Piece* const piece = free_;
    free_ = piece->next;
    return new (piece->bytes) T();
  }
  void drop(T* object) {
    object->~T();
    auto* const piece = reinterpret_cast<Piece*>(object);
    const record::SpinGuard guard(lock_);
    piece->next = free_;
    free_ = piece;
  }
  void reset_lock() { lock_.reset(); }  // in a forked child

 private:
  static constexpr std::size_t pieces_in_slab = 1024;
  union Piece {
    Piece* next;
    alignas(T) std::byte bytes[sizeof(T)];
  };

  bool add_slab() {
    auto* const slab = static_cast<Piece*>(record::sys::map_memory(pieces_in_slab * sizeof(Piece)));
    if (slab == nullptr) { return false; }
    for (std::size_t i = 0; i < pieces_in_slab; ++i) {
      slab[i].next = free_;
      free_ = &slab[i];
    }
    return true;
  }

  record::SpinLock lock_;
  Piece* free_ = nullptr;  // guarded by lock_
};

}  // namespace tenter::detector
