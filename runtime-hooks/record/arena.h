// Memory for tasks and their call stacks, straight from the kernel: the program's allocator may be anybody's, and may
// be what is being recorded. Pieces are powers of two of at least 64 bytes; small ones are cut from slabs and
// kept for reuse, large ones (128 kB and more) go back to the kernel.
//
// Thread-safe. Callers have State::inside set (see spin_lock.h). A failure is a null pointer.
#pragma once
#include <cstddef>

#include "record/spin_lock.h"

namespace tenter::record {

class Arena {
 public:
  void* allocate(std::size_t size);          // zeroed only if it never was in use
  void free(void* piece, std::size_t size);  // the size as asked for
  // In a forked child. The lists are sound at every instruction: a piece enters or leaves by one store.
  void reset_lock() { lock_.reset(); }

 private:
  static constexpr unsigned smallest_log2 = 6;
  static constexpr unsigned largest_log2 = 16;  // larger pieces are mappings of their own
  static constexpr std::size_t slab_bytes = std::size_t{1} << 20;

  struct FreePiece {
    FreePiece* next;
  };

  static unsigned class_of(std::size_t size);

  SpinLock lock_;
  FreePiece* free_[largest_log2 + 1] = {};  // guarded by lock_
  char* slab_ = nullptr;                    // guarded by lock_
  char* slab_end_ = nullptr;                // guarded by lock_
};

Arena& arena();

}  // namespace tenter::record
