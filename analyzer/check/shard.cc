#include "check/shard.h"

namespace tenter::analysis {
namespace {

bool is_access(const Event& event) {
  return event.op == trace::Op::access_range || event.op == trace::Op::atomic_load ||
         event.op == trace::Op::atomic_store || event.op == trace::Op::atomic_rmw;
}

}  // namespace

bool Shard::covers(std::uint64_t address, std::uint64_t size) const {
  if (of <= 1) return true;
  constexpr unsigned page_bits = 12;
  const std::uint64_t first = address >> page_bits, last = (address + (size != 0 ? size - 1 : 0)) >> page_bits;
  // Neighbouring pages go to different shards, so a range of `of` pages touches them all.
  if (last - first >= of) return true;
  for (std::uint64_t page = first; page <= last; ++page)
    if (page % of == number - 1) return true;
  return false;
}

bool Shard::watches(const Event& event) const {
  return of <= 1 || !is_access(event) || covers(event.object, event.value);
}

}  // namespace tenter::analysis
