// How the allocation and the end of memory are written: ordered by region, so a block across regions is several events.
#pragma once
#include <cstdint>

#include "record/recorder.h"
#include "record/thread.h"
#include "record/tickets.h"
#include "trace/event.h"

namespace tenter::record {

// One event for each region that the block touches, so that blocks that overlap share a stripe.
template <class Write>
void each_region(std::uint64_t address, std::uint64_t size, Write write) {
  constexpr unsigned pieces_max = 1024;
  constexpr std::uint64_t region_bytes = std::uint64_t{1} << Tickets::region_bits;
  unsigned pieces = 0;
  do {
    const std::uint64_t to_end = region_bytes - address % region_bytes;
    const std::uint64_t piece = size < to_end || ++pieces == pieces_max ? size : to_end;
    write(address, piece, Tickets::stripe_of_region(address));
    address += piece;
    size -= piece;
  } while (size != 0);
}

inline void write_life(Thread& thread, Op op, std::uint64_t address, std::uint64_t size, trace::MemoryKind kind,
                       Pc pc) {
  each_region(address, size, [&](std::uint64_t begin, std::uint64_t piece, std::uint32_t stripe) {
    write_ordered(thread, op, 0, static_cast<std::uint8_t>(kind), begin, piece, thread.take(stripe), pc);
  });
}

}  // namespace tenter::record
