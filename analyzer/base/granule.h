// A granule is 8 bytes of the program's memory at an address that 8 divides.
#pragma once
#include <cstdint>

namespace tenter::analysis {

// The bits of the granule at `base` that lie in [begin, end).
constexpr std::uint8_t granule_mask(std::uint64_t base, std::uint64_t begin, std::uint64_t end) {
  if (begin <= base && base + 8 <= end) return 0xff;  // most are whole
  unsigned mask = 0xff;
  if (begin > base) mask &= 0xffu << (begin - base);
  if (end < base + 8) mask &= 0xffu >> (base + 8 - end);
  return static_cast<std::uint8_t>(mask);
}

// Are there such bytes, and do they all lie in one granule?
constexpr bool lies_in_one_granule(std::uint64_t begin, std::uint64_t size) { return size - 1 < 8 - (begin & 7); }
// Then these are their bits.
constexpr std::uint8_t mask_in_granule(std::uint64_t begin, std::uint64_t size) {
  return static_cast<std::uint8_t>(((1u << size) - 1) << (begin & 7));
}

}  // namespace tenter::analysis
