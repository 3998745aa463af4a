// World is what a reader of the steps would know so far without any notion of happens-before: who exists, what
// they are called, which locks they hold, what they wait for, which memory is live. Fed every step once,
// before the engines see it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "order/step.h"

namespace tenter::analysis {

// A place in the program: the code address of an event and the calls that led to it.
struct Site {
  std::uint64_t pc = 0;
  StackId callers = empty_stack;
  bool operator==(const Site&) const = default;
};
inline Site site_of(const Event& event) { return {event.pc, event.callers}; }

struct SelectCase {
  std::uint64_t channel = 0;
  bool send = false;
};

struct Waiting {
  trace::WaitKind kind{};
  std::uint64_t object = 0;
  Site where;
  std::vector<SelectCase> cases;   // of a select
};

struct HeldLock {
  std::uint64_t lock = 0;
  bool shared = false;
  Site where;                      // of the acquire
  std::uint32_t depth = 1;         // recursive acquires
};

struct TaskInfo {
  TaskId id{};
  trace::TaskKind kind{};
  std::string name;
  TaskId creator = no_task;
  Site created_at;                 // pc 0 where unknown (the main thread)
  bool started = false, ended = false, joined = false, detached = false;
  std::optional<Waiting> waiting;  // set while the task blocks
  std::vector<HeldLock> held;
  LockSetId held_set = no_locks;
  Site last;                       // its last event
};

struct LockInfo {
  trace::LockKind kind{};
  std::string name;
  Site created_at;                 // of lock_create, else of the first acquire
  std::uint64_t address = 0;
  bool destroyed = false;          // or its memory was freed: the next acquire at this address is of another lock
  std::vector<TaskId> holders;     // who holds it now, in order of acquisition
};

struct Block {
  std::uint64_t address = 0, size = 0;
  trace::MemoryKind kind{};
  TaskId allocated_by = no_task;
  Site allocated_at;
};

struct ChannelInfo {
  std::uint64_t capacity = 0;
  std::string name;
  Site created_at;
  TaskId created_by = no_task;
  std::uint64_t sends = 0, receives = 0;   // values; a receive that a close answered is none
  bool closed = false;
  bool destroyed = false;
};

// Distinct sets of held locks, each kept once. Taking a lock and giving it back costs a look-up, not a sort.
// Memory is bounded: when all sets together hold max_members locks, a set that would be new stays the smaller one
// that it extends.
class LockSets {
 public:
  using Lock = std::pair<std::uint64_t, bool>;   // address, shared
  static constexpr std::size_t max_members = std::size_t{1} << 22;

  LockSets();
  LockSetId intern(const std::vector<HeldLock>& held);
  LockSetId with(LockSetId set, Lock lock);
  LockSetId without(LockSetId set, Lock lock);
  // (lock address, shared), sorted by address.
  const std::vector<Lock>& locks(LockSetId set) const;
  std::size_t size() const { return sets_.size(); }

 private:
  struct Change {
    std::uint64_t lock;
    LockSetId from;
    bool shared, added;
    bool operator==(const Change&) const = default;
  };
  struct ChangeHash {
    std::size_t operator()(const Change& change) const {
      const std::uint64_t bits = (std::uint64_t{index(change.from)} << 2) | (std::uint64_t{change.shared} << 1) | change.added;
      return static_cast<std::size_t>((change.lock ^ bits * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull >> 17);
    }
  };
  LockSetId keep(std::vector<Lock> locks, LockSetId otherwise);

  std::vector<const std::vector<Lock>*> sets_;       // keys of ids_, which stay where they are
  std::map<std::vector<Lock>, LockSetId> ids_;
  std::unordered_map<Change, LockSetId, ChangeHash> changes_;   // what with() and without() answered before
  std::size_t members_ = 0;
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
  // Takes the step in and fills in step.held.
  void observe(Step& step);

  const TaskInfo* task(TaskId id) const;           // null: never heard of
  const std::vector<TaskInfo>& tasks() const { return tasks_; }   // by index(id); [0] is nobody
  const LockInfo* lock(std::uint64_t address) const;
  const ChannelInfo* channel(std::uint64_t address) const;
  const Block* block_at(std::uint64_t address) const;             // the smallest live block that covers the address
  const LockSets& lock_sets() const { return lock_sets_; }
  const std::string* name_of(std::uint64_t object) const;
  std::uint64_t events() const { return events_; }
  std::uint64_t accesses() const { return accesses_; }

 private:
  // Blocks that do not overlap one another, by address.
  using Blocks = std::map<std::uint64_t, Block>;

  TaskInfo& grown(TaskId id);
  TaskInfo& known(std::uint64_t id);
  void synchronize(Step& step, TaskInfo& task);
  void acquire(Step& step, TaskInfo& task);
  void release(const Event& event, TaskInfo& task);
  void drop(TaskInfo& holder, std::size_t held, LockInfo* lock);
  LockInfo& new_lock(const Event& event);
  LockInfo& lock_for(const Event& event);
  ChannelInfo& channel_for(const Step& step);
  void allocate(const Step& step);
  void free(const Event& event);
  void end_of_memory(std::uint64_t address, std::uint64_t size);
  void end_of_task(TaskInfo& task);
  void take_name(const Event& event);

  std::vector<TaskInfo> tasks_ = std::vector<TaskInfo>(1);
  std::unordered_map<std::uint64_t, LockInfo> locks_;
  std::unordered_map<std::uint64_t, ChannelInfo> channels_;
  std::unordered_map<std::uint64_t, std::string> names_;
  std::set<std::uint64_t> live_locks_;             // not destroyed; in order, so that a freed block finds those in it
  std::set<std::uint64_t> live_channels_;
  Blocks heap_;
  Blocks ranges_;                                  // mappings, stacks, thread-local storage: they may contain heap blocks
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> ranges_of_;   // stacks and storage, by task
  LockSets lock_sets_;
  std::uint64_t events_ = 0;
  std::uint64_t accesses_ = 0;
};

}  // namespace tenter::analysis
