// The allocator behind our hooks of malloc and operator new.
#pragma once
#include "hooks/interpose.h"

namespace tenter::hooks {

// Is it another one than libc's, such as tcmalloc and jemalloc? Asked often: one load once it is known.
bool allocator_is_foreign();
// Does it also bring operator new of its own, instead of the one that calls malloc?
bool allocator_has_operators();

// What an allocator locks is its own affair: it would order threads by chance and so hide their races. Of libc's own we see
// nothing anyway.
class InsideAllocator {
 public:
  InsideAllocator() : foreign_(allocator_is_foreign()) {
    if (foreign_) [[unlikely]] { record::quiet_begin(); }
  }
  ~InsideAllocator() {
    if (foreign_) [[unlikely]] { record::quiet_end(); }
  }
  InsideAllocator(const InsideAllocator&) = delete;
  InsideAllocator& operator=(const InsideAllocator&) = delete;

 private:
  bool foreign_;
};

}  // namespace tenter::hooks
