// Every event gets a clock: what comes before it when critical sections, too, keep their order. Two conflicting accesses of
// which neither is in what comes before the other can both be next after what comes before either, done in the order of the run.
// Invariants. clocks_[task] is transitively closed, has 0 at its own place, and equals the task's newest row unless changed_.
#include <algorithm>

#include "predict/pairs.h"
#include "predict/prediction.h"

namespace tenter::analysis {
namespace {

using Clock = std::vector<std::uint32_t>;

class Engine {
 public:
  explicit Engine(const TraceTable& table)
      : table_(table),
        clocks_(table.tasks()),
        births_(table.tasks()),
        changed_(table.tasks()),
        rows_(table.tasks()),
        latest_(table.cells().size()),
        locks_(table.locks().size()),
        found_(table, {}) {}

  Predictions run() {
    const std::vector<TableEvent>& events = table_.events();
    for (std::uint32_t first = 0, next = 0; first < events.size(); first = next) {
      if (events[first].position == 0) begin(events[first]);
      for (next = first; next < events.size() && events[next].step == events[first].step; ++next) {
        if (events[next].accesses() && !events[next].is(TableEvent::unwatched)) compare(next);
      }
      step(events[first]);
    }
    return found_.take();
  }

 private:
  // From the position on, this is what comes before; until the next row of the task.
  struct Row {
    std::uint32_t position;
    Clock clock;
  };
  struct Lock {
    Clock readers, writers;  // what came before their releases, and those
  };

  static void join(Clock& into, std::span<const std::uint32_t> from) {
    if (into.size() < from.size()) into.resize(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
  }
  static std::uint32_t at(const Clock& clock, std::size_t task) { return task < clock.size() ? clock[task] : 0; }

  // What comes before the end of the task's step at this position, others of its task not counted.
  const Clock& row_of(std::size_t task, std::uint32_t position) const {
    static const Clock nothing;
    const std::vector<Row>& rows = rows_[task];
    const auto after = std::upper_bound(rows.begin(), rows.end(), position,
                                        [](std::uint32_t wanted, const Row& row) { return wanted < row.position; });
    return after == rows.begin() ? nothing : std::prev(after)->clock;
  }

  void learn(std::size_t self, std::span<const std::uint32_t> from) {
    Clock& own = clocks_[self];
    for (std::size_t task = 0; task < from.size(); ++task) {
      if (task == self || from[task] <= at(own, task)) continue;
      if (own.size() < from.size()) own.resize(from.size());
      own[task] = from[task];
      changed_[self] = true;
    }
  }
  // Learns of others' steps together with what came before those.
  void learn_closed(std::size_t self, std::span<const std::uint32_t> from) {
    for (std::size_t task = 0; task < from.size(); ++task) {
      if (task == self || from[task] <= at(clocks_[self], task)) continue;
      learn(self, row_of(task, from[task] - 1));
    }
    learn(self, from);
  }

  // What its creation gave a task counts before its first step.
  void begin(const TableEvent& first) {
    learn_closed(first.task, table_.others_before(first));
    births_[first.task] = clocks_[first.task];
  }

  void compare(std::uint32_t right) {
    const TableEvent& later = table_.events()[right];
    const Clock& own = clocks_[later.task];
    std::vector<std::uint32_t>& latest = latest_[later.object];
    std::uint32_t* same = nullptr;
    for (std::uint32_t& left : latest) {
      const TableEvent& earlier = table_.events()[left];
      if (earlier.task == later.task) {
        if (earlier.mask == later.mask && earlier.kind == later.kind && earlier.bits == later.bits) same = &left;
      } else if (conflicting(earlier, later) && earlier.position >= at(own, earlier.task)) {
        if (found_.add(left, right)) found_.keep({left, right, before(earlier, later), {}});
      }
    }
    if (same != nullptr) *same = right;
    else latest.push_back(right);
  }

  Frontier before(const TableEvent& earlier, const TableEvent& later) const {
    Clock both = clocks_[later.task];
    join(both, births_[earlier.task]);
    if (earlier.position > 0) join(both, row_of(earlier.task, earlier.position - 1));
    both.resize(table_.tasks());
    both[earlier.task] = earlier.position;
    both[later.task] = later.position;
    return both;
  }

  void step(const TableEvent& event) {
    const std::size_t self = event.task;
    learn_closed(self, table_.others_until(event));
    if (event.kind == EventKind::acquire) {
      const Lock& lock = locks_[event.object];
      learn(self, lock.writers);
      if (!event.is(TableEvent::shared)) learn(self, lock.readers);
    }
    if (changed_[self]) {
      rows_[self].push_back({event.position, clocks_[self]});
      changed_[self] = false;
    }
    if (event.kind != EventKind::release) return;
    Lock& lock = locks_[event.object];
    Clock& released = event.is(TableEvent::shared) ? lock.readers : lock.writers;
    join(released, clocks_[self]);
    if (released.size() <= self) released.resize(self + 1);
    released[self] = std::max(released[self], event.position + 1);
  }

  const TraceTable& table_;
  std::vector<Clock> clocks_, births_;
  std::vector<bool> changed_;
  std::vector<std::vector<Row>> rows_;
  std::vector<std::vector<std::uint32_t>> latest_;  // by cell: of each task and kind of access
  std::vector<Lock> locks_;
  Found found_;
};

}  // namespace

Predictions predict_schedulable(const TraceTable& table) { return Engine(table).run(); }

}  // namespace tenter::analysis
