// World is what a reader of the steps would know so far without any notion of happens-before: who exists, what
// they are called, which locks they hold, what they wait for, which memory is live. Fed every step once,
// before the engines see it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
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
  std::uint64_t sends = 0, receives = 0;
  bool closed = false;
};

// Distinct sets of held locks, each kept once.
class LockSets {
 public:
  LockSets();
  LockSetId intern(const std::vector<HeldLock>& held);
  // (lock address, shared), sorted by address.
  const std::vector<std::pair<std::uint64_t, bool>>& locks(LockSetId set) const;

 private:
  std::vector<std::vector<std::pair<std::uint64_t, bool>>> sets_;
  std::map<std::vector<std::pair<std::uint64_t, bool>>, LockSetId> ids_;
};

class World {
 public:
  // Takes the step in and fills in step.held.
  void observe(Step& step);

  const TaskInfo* task(TaskId id) const;           // null: never heard of
  const std::vector<TaskInfo>& tasks() const { return tasks_; }   // by index(id); [0] is nobody
  const LockInfo* lock(std::uint64_t address) const;
  const ChannelInfo* channel(std::uint64_t address) const;
  const Block* block_at(std::uint64_t address) const;             // the live block that covers the address
  const LockSets& lock_sets() const { return lock_sets_; }
  const std::string* name_of(std::uint64_t object) const;
  std::uint64_t events() const { return events_; }
  std::uint64_t accesses() const { return accesses_; }

 private:
  std::vector<TaskInfo> tasks_ = std::vector<TaskInfo>(1);
  std::unordered_map<std::uint64_t, LockInfo> locks_;
  std::unordered_map<std::uint64_t, ChannelInfo> channels_;
  std::unordered_map<std::uint64_t, std::string> names_;
  std::map<std::uint64_t, Block> blocks_;          // by address
  LockSets lock_sets_;
  std::uint64_t events_ = 0;
  std::uint64_t accesses_ = 0;
};

}  // namespace tenter::analysis
