#include "record/arena.h"

#include <bit>

#include "record/budget.h"

namespace tenter::record {
namespace {
constinit Arena the_arena;
constexpr unsigned address_space_log2 = 47;
}  // namespace

Arena& arena() { return the_arena; }

unsigned Arena::class_of(std::size_t size) {
  return size <= (std::size_t{1} << smallest_log2) ? smallest_log2 : static_cast<unsigned>(std::bit_width(size - 1));
}

void* Arena::allocate(std::size_t size) {
  const unsigned log2 = class_of(size);
  if (log2 > address_space_log2) { return nullptr; }
  const std::size_t bytes = std::size_t{1} << log2;
  if (log2 > largest_log2) { return obtain_memory(bytes); }
  const SpinGuard guard(lock_);
  if (FreePiece* piece = free_[log2]; piece != nullptr) {
    free_[log2] = piece->next;
    return piece;
  }
  if (static_cast<std::size_t>(slab_end_ - slab_) < bytes) {
    // What is left of the old slab is at most one piece of the largest class in 16: not worth keeping.
    char* fresh = nullptr;
    std::size_t slab = slab_bytes;
    // Of little memory that may be had, little is taken.
    while ((fresh = static_cast<char*>(obtain_memory(slab))) == nullptr && slab / 2 >= bytes) { slab /= 2; }
    if (fresh == nullptr) { return nullptr; }
    slab_ = fresh;
    slab_end_ = fresh + slab;
  }
  char* piece = slab_;
  slab_ += bytes;
  return piece;
}

void Arena::free(void* piece, std::size_t size) {
  const unsigned log2 = class_of(size);
  if (log2 > address_space_log2) { return; }  // nothing that was ever allocated
  if (log2 > largest_log2) {
    give_back_memory(piece, std::size_t{1} << log2);
    return;
  }
  const SpinGuard guard(lock_);
  auto* freed = static_cast<FreePiece*>(piece);
  freed->next = free_[log2];
  free_[log2] = freed;
}

}  // namespace tenter::record
