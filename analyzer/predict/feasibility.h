// Feasibility walks over a run and says of every step the least that must have happened before it in any reordering in which it
// can happen at all. That least is the thread order, every fork and join, every read's writer (reads-from), and for each object that
// is no lock what the operation waited for or was told: the feasibility edges. They are more than happens-before knows
// (a relaxed load needs its store) and less (one critical section does not need another). As in Mathur, Pavlogiannis and
// Viswanathan, Optimal Prediction of Synchronization-Preserving Races, POPL 2021, section 3, with the edges of docs/prediction.md:
//
//   reads-from        every read sees the write that it saw, atomic or not
//   fork, join        a task starts after its creation; a join returns after all of the task
//   lock              given back by another task than took it: after the taking. Mutual exclusion is no edge
//   condition, once, channel   operations that change the object keep their order; what only looks follows them all
//   semaphore, annotation      a wait follows every earlier post
//   wait group        a wait follows every earlier add and done, an add every earlier wait, a done both
//   barrier           arrivals keep their order; who leaves follows all arrivals so far
//
// Not thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.h"
#include "order/step.h"
#include "predict/clock_rows.h"
#include "predict/short_lists.h"

namespace tenter::analysis {

constexpr std::uint32_t no_event = UINT32_MAX;

// A step that others may depend on: its place among those of its task, and what must come before what follows it.
struct Point {
  std::uint32_t position = 0;
  std::uint32_t row = no_event;  // no_event: nowhere
  std::uint16_t task = 0;        // dense: see Feasibility::task_id
  bool known() const { return row != no_event; }
};

class Feasibility {
 public:
  // Told of what each step is, while here() says where it is. Memory is told in granules of 8 bytes; one that memory came to lie in
  // anew is another cell.
  class Listener {
   public:
    struct Touch {
      std::uint32_t cell;
      std::uint8_t mask;  // bytes of the granule
      bool writes, atomic, modifies, frees;
    };
    virtual void on_access(const Touch& touch) = 0;
    // A hint: that cell may be accessed soon.
    virtual void on_soon(std::uint32_t cell) const = 0;
    // The number is given back at the release that ends the critical section, as `taken`; no_event: it began before the run.
    virtual std::uint32_t on_acquire(std::uint32_t lock, bool shared) = 0;
    virtual void on_release(std::uint32_t lock, bool shared, std::uint32_t taken) = 0;
    virtual void on_other() = 0;
    // Nobody will access the cell again. True: its number may go to another.
    virtual bool on_forgotten(std::uint32_t cell) = 0;

   protected:
    ~Listener() = default;
  };

  Feasibility(ClockRows& rows, Listener& listener) : rows_(rows), listener_(listener) {}

  void observe(const Step& step);

  // Of the step that is told of, or else of the one before.
  Point here() const { return {position_, tasks_[self_].row, self_}; }
  std::uint32_t row_before() const { return row_before_; }
  // Must the point's step come before the present one, whatever that one reads or waits for? (Its row does not matter.)
  bool was_before(const Point& point) const {
    return point.task == self_ || (point.task < before_.size() && before_[point.task] > point.position);
  }

  std::size_t tasks() const { return task_ids_.size(); }
  TaskId task_id(std::size_t task) const { return task_ids_[task]; }
  // Addresses of locks that two tasks can seem to hold at once: they did, another task gave the lock back than had taken it, or it
  // was taken where an earlier one lay.
  const std::unordered_set<std::uint64_t>& doubtful_locks() const { return doubtful_locks_; }
  // Gives up the rows that no later step can depend on. For who keeps none.
  void drop_unused_rows();

 private:
  enum class ObjectKind : std::uint8_t { lock, condition, once, barrier, semaphore, annotation, wait_group, channel };
  struct TaskState {
    std::vector<std::uint32_t> clock;  // 0 at its own place
    std::uint32_t row = 0;             // the clock, unless changed
    bool changed = false;
    std::uint32_t steps = 0;
    Point last;
    std::uint64_t waits_on = 0;  // condition
  };
  struct Holder {
    Point acquire;
    std::uint32_t taken;
    bool shared;
  };
  struct Object {
    Point last;                              // where operations keep their order
    std::vector<std::uint32_t> given, more;  // what is collected: posts, adds; dones
    std::vector<std::uint32_t> passed;       // waits of a wait group
    std::uint32_t lock = no_event;
    std::vector<Holder> holders;
  };
  struct Writer {
    std::uint32_t position = 0, row = 0;
    std::uint16_t task = 0;
    std::uint8_t mask = 0;
    Point point() const { return {position, row, task}; }
  };
  static constexpr unsigned page_bits = 12;
  static constexpr unsigned cells_a_page = 1u << (page_bits - 3);
  using Page = std::array<std::uint32_t, cells_a_page>;  // cell + 1; 0: none

  std::uint16_t task(TaskId id);
  TaskState& me() { return tasks_[self_]; }
  void settle(TaskState& state);
  void raise(TaskState& state, std::size_t task, std::uint32_t count);
  void require_clock(std::uint16_t whose, std::span<const std::uint32_t> clock);
  void require(std::uint16_t whose, const Point& point);
  void require(const Point& point) { require(self_, point); }
  void require(std::span<const std::uint32_t> clock) { require_clock(self_, clock); }
  void collect(std::vector<std::uint32_t>& into);
  // What the step needs is known: it has its place now.
  void arrive();
  void other();

  Page& page(std::uint64_t number);
  std::uint32_t cell_at(std::uint64_t granule);
  void prefetch(std::uint64_t address) const;
  void see(std::uint32_t cell, std::uint8_t mask);
  void touch(const Listener::Touch& touch);
  void access(std::uint64_t address, std::uint64_t size, bool reads, bool writes, bool atomic);
  template <class F>
  void for_each_cell(std::uint64_t begin, std::uint64_t size, F f);
  void on_free(const Event& event);
  void forget(std::uint64_t begin, std::uint64_t size);

  static std::uint64_t key(std::uint64_t address, ObjectKind kind) {
    return address << 4 | static_cast<unsigned>(kind);
  }
  Object& object(ObjectKind kind, std::uint64_t address) { return objects_[key(address, kind)]; }
  Object& object(ObjectKind kind) { return object(kind, step_->event.object); }
  void change(Object& object);
  void look(const Object& object);
  void start_anew(ObjectKind kind);
  Object& numbered_lock();
  void on_acquire(const Event& event);
  void on_release(const Event& event);
  void on_wait_group_add(const Event& event);
  void on_wait_group_pass();
  void on_give(ObjectKind kind);
  void on_take(ObjectKind kind);

  ClockRows& rows_;
  Listener& listener_;
  std::unordered_map<std::uint32_t, std::uint16_t> dense_;
  std::vector<TaskId> task_ids_;
  std::vector<TaskState> tasks_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;  // none goes away
  struct Cached {
    std::uint64_t number = ~std::uint64_t{0};
    Page* page = nullptr;
  };
  std::array<Cached, 1024> cached_;
  ShortLists<Writer, 2> writers_;  // by cell
  std::vector<std::uint32_t> unused_cells_;
  std::unordered_map<std::uint64_t, std::uint64_t> sizes_;  // of blocks, by where they begin
  std::map<std::uint64_t, Object> objects_;  // by address and kind, so that freed memory takes them along
  std::uint32_t locks_ = 0;
  std::unordered_set<std::uint64_t> ended_locks_, doubtful_locks_;

  // Of the current step.
  const Step* step_ = nullptr;
  std::uint16_t self_ = 0;
  bool arrived_ = false;
  std::uint32_t position_ = 0, row_before_ = 0;
  std::span<const std::uint32_t> before_;  // rows_[row_before_]
};

}  // namespace tenter::analysis
