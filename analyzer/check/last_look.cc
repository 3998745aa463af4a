#include "check/last_look.h"

#include <utility>

#include "base/text.h"
#include "order/sequencer.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_turns = 1000;
std::size_t first_told(std::size_t turns) { return turns > max_turns ? turns - max_turns : 0; }

// From where to where in the schedule each turn goes.
std::vector<std::pair<std::size_t, std::size_t>> turns_of(const Schedule& schedule,
                                                          const std::vector<TaskId>& task_of_step, std::size_t next) {
  std::vector<std::pair<std::size_t, std::size_t>> turns;
  for (std::size_t i = 0; i + next < schedule.size(); ++i) {
    if (i == 0 || task_of_step[schedule[i]] != task_of_step[schedule[i - 1]]) turns.emplace_back(i, i);
    turns.back().second = i + 1;
  }
  return turns;
}

}  // namespace

TableOfRun::TableOfRun(const Recording& recording, StackTable& stacks, const TraceTable::Limits& limits,
                       const std::function<bool(const Event&)>& watched)
    : table(limits) {
  Sequencer sequencer(recording, stacks);
  while (Step* const step = sequencer.next()) {
    if (table.full()) break;
    world.observe(*step);
    table.observe(*step, watched(step->event));
  }
  table.finish();
}

std::string RunTable::limit_note() const {
  if (!made_ || !made_->table.full()) return {};
  return "Other orders were looked for among the first " + group_digits(made_->table.steps()) +
         " events only; the analyses shb, syncp, osr, spd and standstill keep a run in memory.";
}

LastLook::LastLook(const TraceTable& table, bool at_standstills)
    : table_(table), task_of_step_(table.steps()), at_standstills_(at_standstills) {
  for (const TableEvent& event : table.events()) task_of_step_[event.step] = table.task_id(event.task);
}

void LastLook::expect(const Schedule& schedule, std::size_t next) {
  const auto turns = turns_of(schedule, task_of_step_, next);
  for (std::size_t i = first_told(turns.size()); i < turns.size(); ++i) seen_[schedule[turns[i].second - 1]];
  for (std::size_t i = schedule.size() - next; i < schedule.size(); ++i) seen_[schedule[i]];
}

void LastLook::run(const Recording& recording, StackTable& stacks) {
  World then;
  Sequencer sequencer(recording, stacks);
  for (std::uint32_t number = 0; number < table_.steps(); ++number) {
    Step* const step = sequencer.next();
    if (step == nullptr) break;
    const auto wanted = seen_.find(number);
    if (wanted != seen_.end())
      if (const Block* block = then.block_at(step->event.object)) wanted->second.block = *block;
    then.observe(*step);
    judge_.observe(*step);
    if (at_standstills_) standstill_judge_.observe(*step);
    if (wanted != seen_.end()) wanted->second.step = *step;
  }
}

Witness LastLook::witness(const Schedule& schedule, std::size_t next, const std::string& analysis) const {
  Witness witness;
  witness.analysis = analysis;
  witness.steps = schedule.size() - next;
  const auto turns = turns_of(schedule, task_of_step_, next);
  witness.earlier_turns = first_told(turns.size());
  for (std::size_t i = witness.earlier_turns; i < turns.size(); ++i) {
    const Step& last = at(schedule[turns[i].second - 1]).step;
    witness.turns.push_back({last.task, turns[i].second - turns[i].first, last.event.op, last.event.flags,
                             last.event.object, site_of(last.event)});
  }
  return witness;
}

}  // namespace tenter::analysis
