// Block is memory that the program was given: from an allocator, by the kernel, or as a thread's stack.
#pragma once
#include <cstdint>

#include "order/site.h"

namespace tenter::analysis {

struct Block {
  std::uint64_t address = 0, size = 0;  // in bytes
  trace::MemoryKind kind{};
  TaskId allocated_by = no_task;  // a stack's task, as far as it is known
  Site allocated_at;
  // The first address behind it; memory does not go on after the last address.
  std::uint64_t end() const { return size < ~address ? address + size : ~std::uint64_t{0}; }
};

}  // namespace tenter::analysis
