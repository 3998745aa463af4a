// A granule is 8 bytes of the program's memory at an address that 8 divides.
#pragma once
#include <cstdint>

namespace tenter::analysis {

// The bits of the granule at `base` that lie in [begin, end).
constexpr std::uint8_t granule_mask(std::uint64_t base, std::uint64_t begin, std::uint64_t end) {
  unsigned mask = 0xff;
  if (begin > base) mask &= 0xffu << (begin - base);
  if (end < base + 8) mask &= 0xffu >> (base + 8 - end);
  return static_cast<std::uint8_t>(mask);
}

}  // namespace tenter::analysis
