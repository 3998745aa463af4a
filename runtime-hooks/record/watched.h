// Which places in memory are watched, where fewer than all are to be: on request (sample=), or since the recording comes
// near its largest size (max_size=).
//
// A place is a block of 64 bytes. It is watched or not for all threads alike, so a race is recorded with both of its sides or
// not at all, and a share of 1/n shows about one in n of the racy places. A draw for each access would show one in n*n.
// (Drawing data rather than moments is DataCollider's idea: Erickson et al., OSDI 2010.) Whatever a small share watches a larger
// one watches too, so while a share shrinks some places are watched from the first to the last access. Another run draws
// other places: the seed is the recording's own.
#pragma once
#include <cstdint>

namespace tenter::record {

using Share = std::uint32_t;  // of 2^32
constexpr Share whole = ~Share{0};

constexpr unsigned watched_block_log2 = 6;

// Two multiplications, by the constants of splitmix64 (Steele, Lea, Flood, OOPSLA 2014): neighbours are drawn apart.
constexpr bool is_watched(std::uintptr_t address, Share share, std::uint64_t seed) {
  std::uint64_t mixed = (address >> watched_block_log2) + seed;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
  return static_cast<Share>(mixed >> 32) < share;
}

// Is any part of it? Of a long range one always is, nearly.
constexpr bool is_any_watched(std::uintptr_t address, std::size_t size, Share share, std::uint64_t seed) {
  constexpr std::size_t blocks_looked_at = 64;
  constexpr std::size_t block = std::size_t{1} << watched_block_log2;
  if (size > blocks_looked_at * block) { return true; }
  const std::uintptr_t last = address + size - 1;
  for (std::uintptr_t at = address; at < last; at += block) {
    if (is_watched(at, share, seed)) { return true; }
  }
  return is_watched(last, share, seed);
}

// With `room` left of `limit` bytes: all while half is left, half of that until a quarter is left, and so on. The last
// sixteenth is for synchronization alone.
constexpr Share share_for_room(Share asked, std::uint64_t room, std::uint64_t limit) {
  if (room < limit / 16) { return 0; }
  for (std::uint64_t half = limit / 2; room < half; half /= 2) { asked /= 2; }
  return asked;
}

}  // namespace tenter::record
