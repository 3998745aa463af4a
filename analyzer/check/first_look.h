// FirstLook feeds each step of a recording once to World, to happens-before and to the engines that find things out while a run goes by.
//
// With several threads the work goes through stages (stages.h): one reads the steps, one for each part of the memory searches it for races,
// one asks whether predictions are worth their price, and the last one has all the other engines and puts together what was found. What
// comes out is the same to the byte.
#pragma once
#include <cstdint>
#include <functional>

#include "base/stack_table.h"
#include "channel/foreseen_misuse.h"
#include "channel/left_by_select.h"
#include "channel/left_held.h"
#include "channel/misuse.h"
#include "check/shard.h"
#include "deadlock/held_waiting.h"
#include "deadlock/lock_order.h"
#include "happens_before/happens_before.h"
#include "leak/left_behind.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "predict/outlook.h"
#include "predict/waits_under_locks.h"
#include "race/race_detector.h"
#include "read/recording.h"

namespace tenter::analysis {

// Which engines are fed.
struct FirstLookChoice {
  bool hb = false, deadlock = false, leak = false, misuse = false;
  bool lock_order = false, waits_under_locks = false;
  bool left_for_shb = false;  // needs hb
  bool outlook = false;       // with endless patience but where left_for_shb is asked
  bool has_all_order = true;  // whatever orders the program's steps is recorded
  Shard shard;
  std::uint64_t held_limit_ns = 0;
  PossibleRaces::Limits possible;
};

class FirstLook {
 public:
  explicit FirstLook(const FirstLookChoice& choice);
  // Once. `at` is told where in the file the reader is, after every so many steps: by one thread at a time, not always the same.
  // `threads`: so many work at a time.
  using At = std::function<void(std::uint64_t position, std::uint64_t steps)>;
  void look(const Recording& recording, StackTable& stacks, unsigned threads, const At& at);

  World world;
  HappensBefore order;
  RaceDetector races{world, order};
  LockOrder lock_order{world, LockOrder::Clocks::none};
  LeftBehind left_behind{world};
  Misuse misuse{world};
  ForeseenMisuse foreseen{order};
  LeftHeld left_held{world};
  LeftBySelect left_by_select{world};
  HeldWaiting held_waiting;
  Outlook outlook;
  WaitsUnderLocks waits_under_locks;
  std::size_t stalled_streams = 0;
  bool left_for_shb = false;  // two accesses raced, or RaceSearch::orders_more_than_shb

 private:
  struct Parallel;
  void alone(Sequencer& sequencer, const At& at);
  [[gnu::always_inline]] inline void before_races(Step& step);
  [[gnu::always_inline]] inline void after_races(const Step& step);
  bool searches(const Step& step) const { return choice_.hb && choice_.shard.watches(step.event); }
  // Those of its accesses that are of the shard; they lie in `room` unless that is all of them.
  Stretch searched(const Stretch& stretch, std::vector<PlainAccess>& room) const;

  const FirstLookChoice choice_;
};

}  // namespace tenter::analysis
