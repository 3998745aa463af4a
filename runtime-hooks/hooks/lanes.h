// Accesses of vectors with a mask, of which only the lanes that it selects touch memory. The plug-in for clang makes these calls
// (pass/masked_vectors.h); their definitions here stand for whoever records: the program's own part, the library, ThreadSanitizer.
//
//   tenter_write_bytes(row, 0x0ff0);             // the second and the third int of four
//   tenter_read_gathered(addresses, 0b1001, 8);  // doubles at the first and at the fourth address
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tenter::hooks {

// Recorder has `plain<size_log2, write>(address, pc)`, `range<write>(address, bytes, pc)` for any size, and `is_known<write>(address,
// bytes)`: would telling of the bytes from `address` on whose bits are set change nothing?
template <class Recorder, bool write>
inline void tell(std::uintptr_t address, std::size_t bytes, std::uintptr_t pc) {
  switch (bytes) {
    case 1: return Recorder::template plain<0, write>(address, pc);
    case 2: return Recorder::template plain<1, write>(address, pc);
    case 4: return Recorder::template plain<2, write>(address, pc);
    case 8: return Recorder::template plain<3, write>(address, pc);
    case 16: return Recorder::template plain<4, write>(address, pc);
    default: return Recorder::template range<write>(address, bytes, pc);
  }
}

// Of 64 bytes those whose bits are set. Neighbours are one access.
template <class Recorder, bool write>
inline void tell_bytes(const void* first, std::uint64_t selected, std::uintptr_t pc) {
  auto address = reinterpret_cast<std::uintptr_t>(first);
  if (selected == 0 || Recorder::template is_known<write>(address, selected)) { return; }
  while (selected != 0) {
    const auto skipped = static_cast<unsigned>(std::countr_zero(selected));
    selected >>= skipped;
    const auto bytes = static_cast<unsigned>(std::countr_one(selected));
    tell<Recorder, write>(address + skipped, bytes, pc);
    address += skipped + bytes;
    selected = bytes < 64 ? selected >> bytes : 0;
  }
}

// Each lane at an address of its own.
template <class Recorder, bool write>
inline void tell_scattered(const void* const* addresses, std::uint64_t selected, std::size_t lane_bytes,
                           std::uintptr_t pc) {
  for (; selected != 0; selected &= selected - 1) {
    tell<Recorder, write>(reinterpret_cast<std::uintptr_t>(addresses[std::countr_zero(selected)]), lane_bytes, pc);
  }
}

}  // namespace tenter::hooks

#define TENTER_DEFINE_LANES(linkage, Recorder)                                                                        \
  linkage void tenter_read_bytes(const void* first, std::uint64_t selected) {                                         \
    ::tenter::hooks::tell_bytes<Recorder, false>(first, selected, TENTER_CALLER_PC());                                \
  }                                                                                                                   \
  linkage void tenter_write_bytes(void* first, std::uint64_t selected) {                                              \
    ::tenter::hooks::tell_bytes<Recorder, true>(first, selected, TENTER_CALLER_PC());                                 \
  }                                                                                                                   \
  linkage void tenter_read_gathered(const void* const* addresses, std::uint64_t selected, std::uint64_t lane_bytes) { \
    ::tenter::hooks::tell_scattered<Recorder, false>(addresses, selected, lane_bytes, TENTER_CALLER_PC());            \
  }                                                                                                                   \
  linkage void tenter_write_scattered(const void* const* addresses, std::uint64_t selected,                           \
                                      std::uint64_t lane_bytes) {                                                     \
    ::tenter::hooks::tell_scattered<Recorder, true>(addresses, selected, lane_bytes, TENTER_CALLER_PC());             \
  }
