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

// The same of bytes that all lie in one granule.
constexpr std::uint8_t mask_in_granule(std::uint64_t begin, unsigned size) {
  return static_cast<std::uint8_t>(((1u << size) - 1) << (begin & 7));
}

}  // namespace tenter::analysis
