// Which of the 65,536 counters gives an event its ticket (event.h). The recorder takes tickets by this, and the codec
// foresees them by it; a reader believes what the ticket says.
#pragma once
#include <cstdint>

#include "trace/event.h"

namespace tenter::trace {

constexpr std::uint32_t stripe_count = 1u << 16;
constexpr unsigned region_bits = 26;  // memory begins and ends in an order of its own in each region of this size

// Fibonacci hashing (Knuth, volume 3, section 6.4): neighbours go to different cache lines.
constexpr std::uint32_t stripe_of(std::uint64_t key) {
  return static_cast<std::uint32_t>(((key >> 3) * 0x9e3779b97f4a7c15u) >> 48);
}
constexpr std::uint32_t stripe_of_task(std::uint64_t id) { return stripe_of((id << 3) ^ 0x5bd1e995'00000000u); }
constexpr std::uint32_t stripe_of_region(std::uint64_t address) {
  return stripe_of(((address >> region_bits) << 3) ^ 0x3c6ef372'00000000u);
}

// Of an ordered event. Fences have the payload 0, and its stripe.
constexpr std::uint32_t stripe_of_event(Op op, std::uint64_t payload) {
  if (op == Op::alloc || op == Op::free) { return stripe_of_region(payload); }
  return op >= Op::task_create && op <= Op::task_suspend ? stripe_of_task(payload) : stripe_of(payload);
}

}  // namespace tenter::trace
