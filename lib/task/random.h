// Good enough for fairness, and for a schedule that follows from its seed.
#pragma once
#include <cstdint>

namespace tenter::detail {

// splitmix64's finalizer (https://prng.di.unimi.it/splitmix64.c): neighbouring numbers become unrelated ones.
inline std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace tenter::detail
