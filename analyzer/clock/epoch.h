// An epoch c@t: the c-th stretch of task t between two releases (Flanagan and Freund, FastTrack, PLDI 2009, section 3).
#pragma once
#include <cstdint>

#include "base/ids.h"

namespace tenter::analysis {

struct Epoch {
  TaskId task = no_task;
  std::uint32_t count = 0;  // 0: before everything
  bool operator==(const Epoch&) const = default;
};

}  // namespace tenter::analysis
