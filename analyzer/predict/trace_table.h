// TraceTable keeps what prediction needs of a whole run, in the order of its Steps: who accessed which bytes, who held
// which lock, and for every event what Feasibility says must come before it.
//
//   TraceTable table;
//   while (Step* step = sequencer.next()) table.observe(*step);
//   table.finish();
//   table.others_before(event);   // how many steps of each other task must come before it
//
// One object is for one thread while it is built; afterwards it is read only. A table is bounded: what comes after max_events is left out, and
// full() says so. A prefix of a run is a run, so whatever is predicted from it stays true.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "order/site.h"
#include "order/step.h"
#include "predict/clock_rows.h"
#include "predict/feasibility.h"

namespace tenter::analysis {

enum class EventKind : std::uint8_t { read, write, acquire, release, other };

struct TableEvent {
  static constexpr std::uint8_t atomic = 1, freed = 2, shared = 4, modifies = 8, unwatched = 16, threads_own = 32,
                                attempt = 64,  // of bits
      waits = 128;  // an operation that waits for others, and is neither an attempt nor a select

  std::uint32_t step = 0;                 // counted from 0 over all steps
  std::uint32_t position = 0;             // of its step among those of its task that have events
  std::uint32_t object = 0;               // cell of an access, lock of an acquire or release, else condition
  std::uint32_t row_before = 0, row = 0;  // what must come before: see others_before, others_until
  std::uint32_t place = 0;                // of an access or acquire: among those of its object
  std::uint32_t partner = 0;  // of an acquire: the release that ended it; of a release: that acquire; or no_event
  std::uint16_t task = 0;     // dense: see TraceTable::task_id
  EventKind kind{};
  std::uint8_t mask = 0;  // bytes of its cell
  std::uint8_t bits = 0;
  trace::Op op{};
  LockSetId held = no_locks;
  Site where;

  bool is(std::uint8_t bit) const { return (bits & bit) != 0; }
  bool writes() const { return kind == EventKind::write; }
  bool accesses() const { return kind <= EventKind::write; }
};

// May the two race (C++20 [intro.races]/21)? Both are accesses of one cell.
inline bool conflicting(const TableEvent& a, const TableEvent& b) {
  return (a.mask & b.mask) != 0 && (a.writes() || b.writes()) &&
         !(a.is(TableEvent::atomic) && b.is(TableEvent::atomic)) &&
         !(a.is(TableEvent::threads_own) && b.is(TableEvent::threads_own));
}
// Must the two keep their order for every read to see what it saw?
inline bool dependent(const TableEvent& a, const TableEvent& b) {
  return (a.mask & b.mask) != 0 && (a.writes() || b.writes());
}

// A set of steps that holds a prefix of every task: how many of each. A step that touches several cells is several events
// with one position, which are in a set together or not at all.
using Frontier = std::vector<std::uint32_t>;

class TraceTable {
 public:
  struct Limits {
    std::size_t events = std::size_t{1} << 23;       // 60 bytes each
    std::size_t clock_words = std::size_t{1} << 27;  // four bytes each
    std::size_t tasks = 4096;
  };
  TraceTable();
  explicit TraceTable(const Limits& limits);
  ~TraceTable();
  // Races of a step that is not watched are somebody else's to find (a shard's); it counts for all others.
  void observe(const Step& step, bool watched = true);
  // Gives back what only building needs. To be called once, after the last step.
  void finish();

  bool full() const { return full_; }
  std::uint64_t steps() const { return steps_; }  // that it holds, of those that it was given

  const std::vector<TableEvent>& events() const { return events_; }
  std::size_t tasks() const { return task_events_.size(); }
  TaskId task_id(std::size_t task) const { return task_ids_[task]; }
  // By position: the first event of each of the task's steps.
  const std::vector<std::uint32_t>& events_of(std::size_t task) const { return task_events_[task]; }
  // By cell: its accesses; by lock: its acquires. In the order of the run.
  const std::vector<std::vector<std::uint32_t>>& cells() const { return cells_; }
  const std::vector<std::vector<std::uint32_t>>& locks() const { return locks_; }
  // As Feasibility says.
  const std::unordered_set<std::uint64_t>& doubtful_locks() const { return doubtful_locks_; }

  // How many steps of each other task must come before the event can be the next of its own. The place of its own task, and
  // tasks beyond the end, need nothing.
  std::span<const std::uint32_t> others_before(const TableEvent& event) const { return rows_[event.row_before]; }
  // The same for what follows the event: with its writer, where it reads.
  std::span<const std::uint32_t> others_until(const TableEvent& event) const { return rows_[event.row]; }

 private:
  struct Build;

  Limits limits_;
  bool full_ = false;
  std::uint64_t steps_ = 0;
  std::vector<TableEvent> events_;
  std::vector<TaskId> task_ids_;
  std::vector<std::vector<std::uint32_t>> task_events_;
  std::vector<std::vector<std::uint32_t>> cells_, locks_;
  std::unordered_set<std::uint64_t> doubtful_locks_;
  ClockRows rows_;
  std::unique_ptr<Build> build_;
};

}  // namespace tenter::analysis
