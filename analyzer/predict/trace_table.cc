#include "predict/trace_table.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "predict/feasible_memory.h"
#include "predict/short_lists.h"

namespace tenter::analysis {
namespace {

// A wait of another kind has no event.
bool is_of_condition(trace::Op op) {
  return op == trace::Op::wait_begin || op == trace::Op::cond_signal || op == trace::Op::cond_wake;
}

bool waits_for_others(const Event& event) {
  switch (event.op) {
    case trace::Op::chan_send:
    case trace::Op::chan_recv:
    case trace::Op::chan_done: return (event.flags & (trace::ChanFlag::select | trace::ChanFlag::attempt)) == 0;
    case trace::Op::wg_pass:
    case trace::Op::task_join:
    case trace::Op::cond_wake: return true;
    default: return false;
  }
}

}  // namespace

// Writes down what Feasibility tells.
struct TraceTable::Build final : Feasibility::Listener {
  explicit Build(TraceTable& the_table) : table(the_table), order(the_table.rows_, *this) {}

  struct Writer {
    std::uint32_t position = 0;
    std::uint16_t task = 0;
    std::uint8_t mask = 0;  // bytes that nobody wrote since
  };
  using Writers = ShortLists<Writer, 3>;
  struct Cell {
    Writers::List writers;
    std::uint32_t number = 0;  // 1 + that of the table's cell; 0: none
  };
  static_assert(sizeof(Cell) == 32, "two in a cache line");

  TraceTable& table;
  Feasibility order;
  Writers writers;
  FeasibleMemory<Build> memory{order, *this};
  std::vector<std::uint32_t> freed_numbers;  // of cells, by the present step
  const Step* step = nullptr;
  bool watched = true;
  std::unordered_map<std::uint64_t, std::uint32_t> conditions;  // by address

  static constexpr std::size_t most_events_a_step = 66;  // of one that is no range: a free's

  TableEvent& add(EventKind kind, std::uint32_t object = 0) {
    const Point here = order.here();
    if (table.task_events_.size() <= here.task) table.task_events_.resize(here.task + 1u);
    std::vector<std::uint32_t>& mine = table.task_events_[here.task];
    if (mine.size() == here.position) mine.push_back(static_cast<std::uint32_t>(table.events_.size()));
    TableEvent event;
    event.step = static_cast<std::uint32_t>(table.steps_);
    event.position = here.position;
    event.object = object;
    event.row_before = order.row_before();
    event.row = here.row;
    event.partner = no_event;
    event.task = here.task;
    event.kind = kind;
    event.op = step->event.op;
    event.held = step->held;
    event.where = site_of(step->event);
    table.events_.push_back(event);
    return table.events_.back();
  }
  std::uint32_t condition() {
    return conditions.try_emplace(step->event.object, static_cast<std::uint32_t>(conditions.size())).first->second;
  }
  std::uint32_t newest() const { return static_cast<std::uint32_t>(table.events_.size() - 1); }

  static std::vector<std::uint32_t>& grown(std::vector<std::vector<std::uint32_t>>& lists, std::uint32_t number) {
    if (lists.size() <= number) lists.resize(number + 1u);
    return lists[number];
  }

  static constexpr bool keeps_runs = false;  // each granule has events of its own
  bool knows(const Cell& cell) const { return cell.number != 0; }
  void free(Cell& cell) { freed_numbers.push_back(number(cell)); }
  void freed() {
    std::sort(freed_numbers.begin(), freed_numbers.end());
    for (const std::uint32_t cell : freed_numbers)
      add_access(cell, {.mask = 0xff, .writes = true}).bits |= TableEvent::freed;
    freed_numbers.clear();
  }
  // Its events go by its number, which nobody gets again.
  void forget(Cell& cell) {
    writers.clear(cell.writers);
    cell.number = 0;
  }
  void see(Cell& cell, std::uint8_t mask) {
    number(cell);
    writers.for_each(cell.writers, [&](const Writer& writer) {
      if ((writer.mask & mask) != 0) order.require(writer.task, writer.position);
    });
  }
  void access(Cell& cell, const Touch& touch) {
    if (touch.reads) see(cell, touch.mask);
    order.arrive();
    note(cell, touch);
  }
  std::uint32_t number(Cell& cell) {
    if (cell.number == 0) {
      table.cells_.emplace_back();
      cell.number = static_cast<std::uint32_t>(table.cells_.size());
    }
    return cell.number - 1;
  }
  TableEvent& add_access(std::uint32_t object, const Touch& touch) {
    TableEvent& event = add(touch.writes ? EventKind::write : EventKind::read, object);
    event.mask = touch.mask;
    event.bits = static_cast<std::uint8_t>(
        (touch.atomic ? TableEvent::atomic : 0u) | (touch.reads && touch.writes ? TableEvent::modifies : 0u) |
        (watched ? 0u : TableEvent::unwatched) | (step->in_threads_own ? TableEvent::threads_own : 0u));
    std::vector<std::uint32_t>& cell = table.cells_[object];
    event.place = static_cast<std::uint32_t>(cell.size());
    cell.push_back(newest());
    return event;
  }
  void note(Cell& in, const Touch& touch) {
    const TableEvent& event = add_access(number(in), touch);
    if (!touch.writes) return;
    const auto overwritten = [&](Writer& writer) {
      const auto left = static_cast<std::uint8_t>(writer.mask & ~touch.mask);
      if (left != 0) writer.mask = left;
      return left == 0;
    };
    writers.replace(in.writers, overwritten, {event.position, event.task, touch.mask});
  }
  std::uint32_t on_acquire(std::uint32_t lock, bool shared) override {
    TableEvent& taken = add(EventKind::acquire, lock);
    if (shared) taken.bits |= TableEvent::shared;
    if ((step->event.flags & trace::LockFlag::attempt) != 0) taken.bits |= TableEvent::attempt;
    std::vector<std::uint32_t>& acquires = grown(table.locks_, lock);
    taken.place = static_cast<std::uint32_t>(acquires.size());
    acquires.push_back(newest());
    return newest();
  }
  void on_release(std::uint32_t lock, bool shared, std::uint32_t taken) override {
    grown(table.locks_, lock);
    TableEvent& given = add(EventKind::release, lock);
    if (shared) given.bits |= TableEvent::shared;
    given.partner = taken;
    if (taken != no_event) table.events_[taken].partner = newest();
  }
  void on_other() override {
    TableEvent& event = add(EventKind::other, is_of_condition(step->event.op) ? condition() : 0);
    if (waits_for_others(step->event)) event.bits |= TableEvent::waits;
  }
};

TraceTable::TraceTable() : TraceTable(Limits{}) {}
TraceTable::TraceTable(const Limits& limits) : limits_(limits), build_(std::make_unique<Build>(*this)) {}
TraceTable::~TraceTable() = default;

void TraceTable::observe(const Step& step, bool watched) {
  TENTER_CHECK(build_ != nullptr, "steps come before finish()");
  if (full_) return;
  const bool ranges = step.event.op == trace::Op::access_range;
  const std::uint64_t events = ranges ? step.event.value / 8 + 2 : Build::most_events_a_step;
  const bool too_large = ranges && step.event.value > ~step.event.object;
  if (too_large || events_.size() + events > limits_.events || rows_.words() > limits_.clock_words ||
      build_->order.tasks() + 2 > limits_.tasks || steps_ + 1 >= no_event) {
    full_ = true;
    return;
  }
  build_->step = &step;
  build_->watched = watched;
  build_->memory.observe(step);
  ++steps_;
}

void TraceTable::finish() {
  if (build_ == nullptr) return;
  const Feasibility& order = build_->order;
  for (std::size_t task = 0; task < order.tasks(); ++task) task_ids_.push_back(order.task_id(task));
  task_events_.resize(task_ids_.size());
  doubtful_locks_ = order.doubtful_locks();
  build_.reset();
}

}  // namespace tenter::analysis
