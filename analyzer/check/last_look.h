// A run that is looked at again, for the sake of predictions: once as a table for the engines, and once more when they have said what
// they predict, for the judge and for the steps that a report names.
//
//   RunTable run(recording, stacks, limits, watched);
//   LastLook last_look(run.get().table);
//   last_look.expect(schedule, 2);            // of every schedule
//   last_look.run(recording, stacks);
//   if (last_look.judge().refute(schedule).empty()) last_look.witness(schedule, 2, "syncp") ...
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/stack_table.h"
#include "order/witness.h"
#include "order/world.h"
#include "predict/trace_table.h"
#include "read/recording.h"
#include "witness/schedule_check.h"
#include "witness/standstill_check.h"

namespace tenter::analysis {

using Schedule = std::vector<std::uint32_t>;  // steps; the last few, of different tasks, are those that can all be next

// A step as the last look at the run finds it.
struct Seen {
  Step step;
  Block block;  // that the address lies in
};

// The run as the engines want it.
struct TableOfRun {
  World world;
  TraceTable table;

  TableOfRun(const Recording& recording, StackTable& stacks, const TraceTable::Limits& limits,
             const std::function<bool(const Event&)>& watched);
};

// The same, made when somebody first asks for it: the engines share it.
class RunTable {
 public:
  RunTable(const Recording& recording, StackTable& stacks, const TraceTable::Limits& limits,
           const std::function<bool(const Event&)>& watched)
      : recording_(recording), stacks_(stacks), limits_(limits), watched_(watched) {}
  const TableOfRun& get() {
    if (!made_) made_.emplace(recording_, stacks_, limits_, watched_);
    return *made_;
  }
  // Says how far the table goes where it does not hold the whole run. Empty: it does, or nobody has asked for it.
  std::string limit_note() const;

 private:
  const Recording& recording_;
  StackTable& stacks_;
  const TraceTable::Limits& limits_;
  const std::function<bool(const Event&)>& watched_;
  std::optional<TableOfRun> made_;
};

// The last look at the run: what the judge has to know, and each step that a report will name. `next`: how many steps at the
// end of a schedule are not done.
class LastLook {
 public:
  explicit LastLook(const TraceTable& table, bool at_standstills = false);
  // To be told of all schedules first.
  void expect(const Schedule& schedule, std::size_t next);
  void run(const Recording& recording, StackTable& stacks);
  // Of a step that no schedule needs.
  void expect_step(std::uint32_t step) { seen_[step]; }

  const ScheduleCheck& judge() const { return judge_; }
  // Of who can go on; only where somebody looks `at_standstills`.
  const StandstillCheck& standstill_judge() const { return standstill_judge_; }
  const Seen& at(std::uint32_t step) const { return seen_.at(step); }
  Witness witness(const Schedule& schedule, std::size_t next, const std::string& analysis) const;

 private:
  const TraceTable& table_;
  std::vector<TaskId> task_of_step_;
  std::unordered_map<std::uint32_t, Seen> seen_;
  ScheduleCheck judge_;
  StandstillCheck standstill_judge_;
  const bool at_standstills_;
};

}  // namespace tenter::analysis
