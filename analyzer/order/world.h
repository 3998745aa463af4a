// World is what a reader of the steps would know so far without any notion of happens-before: who exists, what
// they are called, which locks they hold, what they wait for, which memory is live. Fed every step once,
// before the engines see it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "order/address_set.h"
#include "order/blocks.h"
#include "order/futexes.h"
#include "order/handles.h"
#include "order/lock_sets.h"
#include "order/site.h"
#include "order/step.h"
#include "read/recording.h"

namespace tenter::analysis {

struct SelectCase {
  std::uint64_t channel = 0;
  bool send = false;
};

struct Waiting {
  trace::WaitKind kind{};
  std::uint64_t object = 0;
  Site where;
  std::vector<SelectCase> cases;  // of a select
  std::uint64_t since = 0;        // its number among the events of the recording, from 1
};

struct TaskInfo {
  TaskId id{};
  trace::TaskKind kind{};
  std::string name;
  TaskId creator = no_task;
  Site created_at;  // pc 0 where unknown (the main thread)
  bool started = false, ended = false, joined = false, detached = false;
  std::optional<Waiting> waiting;  // set while the task blocks
  std::vector<HeldLock> held;
  LockSetId held_set = no_locks;
  Site last;  // its last event

  // Whether it is the thread that entered main() of the program itself, and not main() as a task of the library.
  bool is_main_thread() const { return kind == trace::TaskKind::main && creator == no_task; }
  // Whether the library runs it: a task that was spawned, or main() where the library made a task of it.
  bool is_of_the_library() const {
    return kind == trace::TaskKind::task || (kind == trace::TaskKind::main && creator != no_task);
  }
};

// An initialization that has begun and not ended (pthread_once, a static's guard, Once): others wait for its task.
struct OnceRun {
  TaskId task = no_task;
  Site where;
};

struct LockInfo {
  trace::LockKind kind{};
  std::string name;
  Site created_at;  // of lock_create, else of the first acquire
  std::uint64_t address = 0;
  bool destroyed = false;       // or its memory was freed: the next acquire at this address is of another lock
  std::vector<TaskId> holders;  // who holds it now, in order of acquisition
};

struct ChannelInfo {
  std::uint64_t capacity = 0;
  std::string name;
  Site created_at;
  TaskId created_by = no_task;
  std::uint64_t sends = 0, receives = 0;  // values; a receive that a close answered is none
  bool closed = false;
  bool destroyed = false;
};

// One thread at a time. Any sequence of steps is taken, however little sense it makes.
//
//   World world;
//   while (Step* step = sequencer.next()) {
//     world.observe(*step);
//     detector.observe(*step);
//   }
class World {
 public:
  // Names that the steps do not tell are the recording's, which stays until the last one is asked for.
  void ask_names_of(const Recording& recording) { recording_ = &recording; }
  // Takes the step in and fills in step.held, step.in_threads_own and step.freed_unseen.
  void observe(Step& step);
  void observe(Stretch& stretch);
  // Of a stretch that another World has filled in: that one is not written to.
  void take_in(const Stretch& stretch);

  const TaskInfo* task(TaskId id) const;                         // null: never heard of
  const std::vector<TaskInfo>& tasks() const { return tasks_; }  // by index(id); [0] is nobody
  const LockInfo* lock(std::uint64_t address) const;
  const ChannelInfo* channel(std::uint64_t address) const;
  const OnceRun* once_run(std::uint64_t address) const;  // null: nobody runs it now
  const Block* block_at(std::uint64_t address) const;    // the smallest live block that covers the address
  const Handles& handles() const { return handles_; }
  const Futexes& futexes() const { return futexes_; }
  // The program has a signal handler, which may do anything at any time.
  bool has_signal_handlers() const { return has_signal_handlers_; }
  const LockSets& lock_sets() const { return lock_sets_; }
  // The number of a set that was held elsewhere than in the steps.
  LockSetId lock_set(const std::vector<LockSets::Lock>& locks);
  std::string name_of(std::uint64_t object) const;  // empty: it has none
  std::uint64_t events() const { return events_; }
  std::uint64_t accesses() const { return accesses_; }

 private:
  TaskInfo& grown(TaskId id);
  TaskInfo& known(std::uint64_t id);
  void synchronize(Step& step, TaskInfo& task);
  void acquire(Step& step, TaskInfo& task);
  void release(const Event& event, TaskInfo& task);
  void drop(TaskInfo& holder, std::size_t held, LockInfo* lock);
  LockInfo& new_lock(const Event& event);
  LockInfo& lock_for(const Event& event);
  ChannelInfo& channel_for(const Step& step);
  void allocate(Step& step);
  void give_stack(std::uint64_t address, TaskId owner);
  void free(const Event& event);
  void end_of_memory(std::uint64_t address, std::uint64_t size);
  void end_of_task(TaskInfo& task);
  TaskInfo& who(TaskId id);
  TaskInfo& pass(const Stretch& stretch);
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  const Ranges& threads_own(TaskId thread);
  static bool lies_in(const Ranges& ranges, std::uint64_t address);
  void take_name(const Event& event);

  std::vector<TaskInfo> tasks_ = std::vector<TaskInfo>(1);
  std::unordered_map<std::uint64_t, LockInfo> locks_;
  std::unordered_map<std::uint64_t, ChannelInfo> channels_;
  std::unordered_map<std::uint64_t, OnceRun> once_runs_;
  std::unordered_map<std::uint64_t, std::string> names_;
  AddressSet live_locks_;  // not destroyed
  AddressSet live_channels_;
  Blocks heap_;
  Blocks ranges_;  // mappings, stacks, thread-local storage: they may contain heap blocks
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> ranges_of_;  // stacks and storage, by thread
  TaskId thread_seen_ = no_task;                                             // of whose ranges these are the bounds
  Ranges threads_own_;
  Handles handles_;
  Futexes futexes_;
  const Recording* recording_ = nullptr;
  bool has_signal_handlers_ = false;
  LockSets lock_sets_;
  std::uint64_t events_ = 0;
  std::uint64_t accesses_ = 0;
};

}  // namespace tenter::analysis
