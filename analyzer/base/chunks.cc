#include "base/chunks.h"

#include <sys/mman.h>

#include <new>

namespace tenter::analysis {

void* take_chunk(bool huge) {
  void* const chunk = std::aligned_alloc(chunk_size_bytes, chunk_size_bytes);
  if (chunk == nullptr) throw std::bad_alloc();
  if (huge) ::madvise(chunk, chunk_size_bytes, MADV_HUGEPAGE);  // no more than advice: that it fails is all the same
  return chunk;
}

}  // namespace tenter::analysis
