// The time by which sleeping tasks, timers and deadlines go. Ordinarily it is the monotonic clock. While decisions are
// installed (task/decisions.h) it is virtual, so that a schedule does not depend on how fast the machine is:
//
//   - a step of the schedule, which is a library call or the choice of the next task, takes one microsecond;
//   - when no task can run, and nobody outside of the library could make one ready, it jumps to the next deadline;
//   - while somebody outside could (a thread that is elsewhere, a blocking call, a descriptor), it goes on with the
//     monotonic clock until the next deadline.
//
// It begins at the monotonic clock's time and never goes back.
#pragma once
#include <atomic>
#include <cstdint>
#include <ctime>

#include "task/futex.h"

namespace tenter::detail {

constexpr std::int64_t virtual_step_ns = 1'000;

// Zero: time is real. Written by the one worker that runs tasks then.
inline constinit std::atomic<std::int64_t> virtual_now{0};

inline std::int64_t clock_ns() {
  const std::int64_t now = virtual_now.load(std::memory_order_relaxed);
  return now != 0 ? now : now_ns();
}

// Cheaper, and behind by no more than the kernel's tick.
inline std::int64_t coarse_clock_ns() {
  const std::int64_t virtual_time = virtual_now.load(std::memory_order_relaxed);
  if (virtual_time != 0) { return virtual_time; }
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline bool clock_is_virtual() { return virtual_now.load(std::memory_order_relaxed) != 0; }

}  // namespace tenter::detail
