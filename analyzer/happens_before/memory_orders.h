// What the memory order of an atomic operation or fence does (C++20 [atomics.order], [atomics.fences]).
#pragma once
#include "read/event.h"

namespace tenter::analysis {

inline trace::MemoryOrder order_of(const Event& event) { return static_cast<trace::MemoryOrder>(event.flags); }

constexpr bool acquires(trace::MemoryOrder order) {  // consume counts as acquire, as every compiler has it
  using trace::MemoryOrder;
  return order == MemoryOrder::acquire || order == MemoryOrder::consume || order == MemoryOrder::acq_rel ||
         order == MemoryOrder::seq_cst;
}
constexpr bool releases(trace::MemoryOrder order) {
  using trace::MemoryOrder;
  return order == MemoryOrder::release || order == MemoryOrder::acq_rel || order == MemoryOrder::seq_cst;
}

}  // namespace tenter::analysis
