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
//   attempt that failed        of a lock: within the critical section of who held it; of all else: what changes the object stays
//                              before or after it. The same of a question for the count or the length
//   wait group        a wait follows every earlier add and done, an add every earlier wait, a done both
//   barrier           arrivals keep their order; who leaves follows all arrivals so far
//
// Not thread-safe.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.h"
#include "order/step.h"
#include "predict/clock_rows.h"

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
  // Told of what each step is that is no access, while here() says where it is.
  class Listener {
   public:
    // The number is given back at the release that ends the critical section, as `taken`; no_event: it began before the run.
    virtual std::uint32_t on_acquire(std::uint32_t lock, bool shared) = 0;
    virtual void on_release(std::uint32_t lock, bool shared, std::uint32_t taken) = 0;
    virtual void on_other() = 0;

   protected:
    ~Listener() = default;
  };

  // Where tasks succeed each other, one that is created when another is over takes its dense number, and its steps come behind
  // those, if its creator knows all of them that anybody can still ask for: of these and its own there is nothing that could be side
  // by side, and each clock needs one entry for both (chain clocks: Agarwal and Garg, Efficient dependency tracking for relevant events
  // in concurrent systems, Distributed Computing 19, 2007, section 4). A clock is as long then as tasks were alive at a time, however
  // many there were. An edge from a step that nobody asks for may be lost.
  enum class Numbers : std::uint8_t { of_one_task, of_successors };
  Feasibility(ClockRows& rows, Listener& listener, Numbers numbers = Numbers::of_one_task)
      : rows_(rows), listener_(listener), numbers_(numbers) {}

  // First of each step.
  void begin(const Step& step) {
    step_ = &step;
    begin(step.task);
  }
  // Enough for one that touches memory.
  void begin(TaskId who) {
    self_ = task(who);
    arrived_ = false;
    TaskState& state = me();
    settle(state);
    row_before_ = state.row;
    before_ = rows_[row_before_];
  }
  // Then, of one that does not touch memory.
  void synchronize() {
    take_place();
    if (arrived_) publish();
  }
  // And of one that does: that step of that task, and with it what must come before it, comes before what the task does next;
  void require(std::uint16_t task, std::uint32_t position) {
    if (task == self_) return;
    const std::vector<std::uint32_t>& clock = me().clock;
    if (task < clock.size() && clock[task] > position) return;
    require(self_, {position, row_at(task, position), task});
  }
  // all that the step needs is known: it has its place now;
  void arrive() {
    if (arrived_) return;
    arrived_ = true;
    TaskState& state = me();
    if (state.changed) {
      settle(state);
      before_ = rows_[row_before_];  // another row may have moved it
    }
    position_ = state.steps++;
  }
  // it touches none that anybody knows;
  void other() {
    arrive();
    listener_.on_other();
  }
  // other objects live here from now on.
  void forget_objects(std::uint64_t begin, std::uint64_t size);

  // Of the step that is told of, or else of the one before.
  Point here() const { return {position_, tasks_[self_].row, self_}; }
  std::uint32_t row_before() const { return row_before_; }
  std::uint16_t self() const { return self_; }
  // Must that step come before the present one, whatever that one reads or waits for?
  bool was_before(std::uint16_t task, std::uint32_t position) const {
    return task == self_ || (task < before_.size() && before_[task] > position);
  }
  // Since that step of the present task, has the same come before each of its steps as comes before the present one?
  bool learnt_nothing_since(std::uint32_t position) const { return tasks_[self_].same_row_since <= position; }
  // Others may follow the present step of the task, and not what it does next. True of all that is no access.
  void publish() { me().quiet_since = me().steps; }
  // Whoever follows the present task's step at that position follows all its later steps until now too.
  bool quiet_since(std::uint32_t position) const { return tasks_[self_].quiet_since <= position; }

  std::size_t tasks() const { return task_ids_.size(); }  // numbers of tasks
  TaskId task_id(std::size_t task) const { return task_ids_[task]; }
  // Addresses of locks that two tasks can seem to hold at once: they did, another task gave the lock back than had taken it, or it
  // was taken where an earlier one lay.
  const std::unordered_set<std::uint64_t>& doubtful_locks() const { return doubtful_locks_; }
  // Gives up the rows that no later step can depend on. For who keeps none. each_step(use) calls use(task, position) for every step
  // that is to be required still.
  template <class F>
  void drop_unused_rows(F each_step) {
    std::vector<bool> used = rows_of_objects();
    each_step([&](std::uint16_t task, std::uint32_t position) { used[row_at(task, position)] = true; });
    keep_only(used);
  }
  // Of successors: the numbers of tasks that are over and of which nobody can ask, so that anybody may succeed them; so many were
  // found, and are left.
  std::size_t free_numbers() const { return free_numbers_; }
  // So many tasks found nobody to succeed since these were last looked for.
  std::size_t first_of_their_number() const { return first_of_their_number_; }
  // each_step(use) calls use(task, position) for every step that was_before() is to be asked of still, or that is to be required.
  template <class F>
  void find_free_numbers(F each_step) {
    std::vector<std::uint32_t> asked(tasks_.size());
    each_step([&](std::uint16_t task, std::uint32_t position) { asked[task] = std::max(asked[task], position + 1); });
    free_all_but(asked);
  }

 private:
  enum class ObjectKind : std::uint8_t { lock, condition, once, barrier, semaphore, annotation, wait_group, channel };
  struct RowSince {
    std::uint32_t position, row;
  };
  struct TaskState {
    std::vector<std::uint32_t> clock;  // 0 at its own place
    std::uint32_t row = 0;             // the clock, unless changed
    bool changed = false;
    std::uint32_t steps = 0;
    std::uint32_t same_row_since = 0;  // a step: `row` is what came before it and before all later ones
    std::uint32_t quiet_since = 0;     // the first of the latest steps that nobody can follow one by one
    std::uint64_t waits_on = 0;        // condition
    std::uint32_t holds = 0;           // locks that it took, and that nobody gave back
    bool ended = false;
    // Of one that ended, when it had done so many steps: so many of them can be asked for.
    std::uint32_t asked_at = 0, asked = 0;
    std::uint32_t needed() const { return steps == asked_at ? asked : steps; }
    // Which row there was at a step: that of the last one here that is not later. Before the first: the empty one.
    std::vector<RowSince> rows;
  };
  struct Holder {
    Point acquire;
    std::uint32_t taken;
    bool shared;
    std::vector<std::uint32_t> refused;  // attempts of others while it was held
    bool keeps_out(bool reader) const { return !(reader && shared); }
  };
  struct Object {
    Point last;                              // where operations keep their order
    std::vector<std::uint32_t> given, more;  // what is collected: posts, adds; dones, looks at a semaphore
    std::vector<std::uint32_t> passed;       // waits of a wait group or a semaphore
    Point released;                          // a lock's last release
    std::uint32_t lock = no_event;
    std::vector<Holder> holders;
  };

  std::uint16_t task(TaskId id) { return self_ < task_ids_.size() && task_ids_[self_] == id ? self_ : find_task(id); }
  std::uint16_t find_task(TaskId id);
  void succeed(TaskId id);
  bool can_be_succeeded(std::uint16_t number, std::span<const std::uint32_t> known) const;
  void free_all_but(const std::vector<std::uint32_t>& asked);
  TaskState& me() { return tasks_[self_]; }
  Point last_of(std::uint16_t task) const;
  void settle(TaskState& state) {
    if (state.changed) keep_clock(state);
  }
  void keep_clock(TaskState& state);
  std::uint32_t row_at(std::uint16_t task, std::uint32_t position) const;
  std::vector<bool> rows_of_objects() const;
  void keep_only(const std::vector<bool>& used);
  void raise(TaskState& state, std::size_t task, std::uint32_t count);
  void require_clock(std::uint16_t whose, std::span<const std::uint32_t> clock);
  void require(std::uint16_t whose, const Point& point);
  void require(const Point& point) { require(self_, point); }
  void require(std::span<const std::uint32_t> clock) { require_clock(self_, clock); }
  void collect(std::vector<std::uint32_t>& into);
  static std::uint64_t key(std::uint64_t address, ObjectKind kind) {
    return address << 4 | static_cast<unsigned>(kind);
  }
  Object& object(ObjectKind kind, std::uint64_t address) { return objects_[key(address, kind)]; }
  Object& object(ObjectKind kind) { return object(kind, step_->event.object); }
  void change(Object& object);
  void look(const Object& object);
  void start_anew(ObjectKind kind);
  void take_place();
  Object& numbered_lock();
  void on_acquire(const Event& event);
  void on_release(const Event& event);
  void on_refusal(const Event& event);
  void on_wait_group_add(const Event& event);
  void on_wait_group_pass();
  void on_give(ObjectKind kind);
  void on_take(ObjectKind kind);
  void on_semaphore_look();

  ClockRows& rows_;
  Listener& listener_;
  const Numbers numbers_;
  std::unordered_map<std::uint32_t, std::uint16_t> dense_;
  std::vector<TaskId> task_ids_;
  std::vector<TaskState> tasks_;
  std::vector<std::uint16_t> ended_;  // whom nobody succeeded: free_numbers_ of them, then the others as they ended
  std::size_t free_numbers_ = 0, first_of_their_number_ = 0;
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
