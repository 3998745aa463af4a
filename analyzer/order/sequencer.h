// Merges the streams of a recording into Steps: a stream waits until the count of its next ordered
// event comes up on that event's stripe. Linear time, no timestamps.
//
// Where a count never comes up (its event was lost with a killed thread), the streams that wait for it end there: what
// comes out is a consistent prefix, and lost() tells how much was left.
#pragma once
#include <cstdint>
#include <memory>

#include "base/stack_table.h"
#include "order/step.h"
#include "read/recording.h"

namespace tenter::analysis {

class Sequencer {
 public:
  // Neither argument may go away before the sequencer.
  Sequencer(const Recording& recording, StackTable& stacks);
  ~Sequencer();
  // The next step, or null at the end. Valid until the next call. `held` is filled in by World.
  Step* next();
  // The same, with the small plain accesses as a stretch where it is known without a look at other streams that they come next. The step
  // behind them comes along if it is known, and is null else; there may be neither. False at the end.
  bool next(Stretch& stretch, Step*& step);
  // Where in the file the chunk begins that the step came from; it grows, but for the streams that wait now and then.
  std::uint64_t position() const;
  // Streams that stopped early because an event they depend on is missing.
  std::size_t stalled_streams() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
