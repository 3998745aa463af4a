// A Site says where in the program something was done.
#pragma once
#include <cstdint>

#include "read/event.h"

namespace tenter::analysis {

// A place in the program: the code address of an event and the calls that led to it.
struct Site {
  std::uint64_t pc = 0;
  StackId callers = empty_stack;
  bool operator==(const Site&) const = default;
};
inline Site site_of(const Event& event) { return {event.pc, event.callers}; }

}  // namespace tenter::analysis
